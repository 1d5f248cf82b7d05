//! What runs in the processes of a `RUN`, behind a hidden verb of the program itself. Two processes, because a process does not enter
//! the PID namespace that it makes: the first makes the namespaces and mounts the layers over each other, the second is number one
//! inside, arranges `/proc` and `/dev`, gives up what the command must not have, and becomes the command.
//!
//! Both must have one thread only, so they are called before anything else in a program starts one.

mod failure;
mod inside;
mod order;
mod outside;
mod rights;

pub(crate) use failure::Told;
pub(crate) use order::{FILES, Form, MERGED, Order, UPPER, WORK};

use failure::Failure;

use std::convert::Infallible;
use std::fs::File;
use std::path::Path;

/// The exit code of a process that could not do its part; why is in the order's folder.
const FAILED: u8 = 125;

/// The program and words in front of the folder that start the first process.
pub(crate) const WORDS: [&str; 1] = ["run-step"];
const INSIDE: &str = "--inside";

/// Carries out the order in a folder, and tells the command's exit code. `inside` is the second process.
#[must_use]
pub fn run_step(folder: &Path, inside: bool) -> u8 {
    // opened now, for later the folder may be out of reach
    let failures = File::options().append(true).create(true).open(folder.join(order::FAILURE));
    let done = Order::read(folder).and_then(|order| match inside {
        true => inside::become_command(folder, &order).map(never),
        false => outside::carry_out(folder, &order),
    });
    done.unwrap_or_else(|failure| {
        // Where it cannot be told, the exit code alone must do.
        let _ = failures.and_then(|file| failure.tell(file));
        FAILED
    })
}

fn never(never: Infallible) -> u8 {
    match never {}
}
