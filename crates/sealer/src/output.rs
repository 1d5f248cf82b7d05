//! Results, on standard output and nowhere else: tables, JSON, and sizes and times for people.

mod amounts;
mod format;
mod table;

pub(crate) use amounts::{age, duration, size};
pub(crate) use format::Format;
pub(crate) use table::table;

use crate::failure::Failure;
use serde::Serialize;
use std::io::{self, Write};

/// Writes a result to standard output. A reader who has seen enough is no error.
///
/// # Errors
/// When standard output cannot be written to.
pub(crate) fn print(bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes.as_ref()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::of(error).within("cannot write to standard output"))
        }
        _ => Ok(()),
    }
}

/// Writes one JSON document to standard output.
///
/// # Errors
/// When standard output cannot be written to.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)?;
    print(text + "\n")
}
