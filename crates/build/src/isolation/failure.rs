//! Why the surroundings of a command could not be made, and how the build is told.

use super::order::FAILURE;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// A step that failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing}: {source}")]
pub(crate) struct Failure {
    doing: String,
    source: io::Error,
    no_program: bool,
}

/// A failure, as the build reads it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    /// What could not be done, and why.
    pub(crate) text: String,
    /// Whether everything was there but the program to run.
    pub(crate) no_program: bool,
}

impl Failure {
    /// For the errors of one step, which `doing` says in words.
    pub(crate) fn to<E: Into<io::Error>>(doing: impl Into<String>) -> impl FnOnce(E) -> Self {
        let doing = doing.into();
        move |source| Self { doing, source: source.into(), no_program: false }
    }

    /// The program did not become this process.
    pub(super) fn to_run(program: &str, source: io::Error) -> Self {
        let kinds = [io::ErrorKind::NotFound, io::ErrorKind::PermissionDenied, io::ErrorKind::NotADirectory];
        // a program for another machine, or a script without its first line
        let format = source.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error());
        let no_program = format || kinds.contains(&source.kind());
        Self { doing: format!("run {program}"), source, no_program }
    }

    pub(super) fn tell(&self, mut place: impl Write) -> io::Result<()> {
        let told = Told { text: self.to_string(), no_program: self.no_program };
        place.write_all(&serde_json::to_vec(&told)?)
    }
}

impl Told {
    /// What the processes of an order told, if they failed.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        let bytes = fs::read(folder.join(FAILURE)).ok().filter(|bytes| !bytes.is_empty())?;
        let unreadable = || Self { text: String::from_utf8_lossy(&bytes).into_owned(), no_program: false };
        Some(serde_json::from_slice(&bytes).unwrap_or_else(|_| unreadable()))
    }
}
