//! The agent as a program that can be sent to a host: a script that gives the example a folder of its own, for the product's
//! agent would use the machine's.

use std::fs;
use std::path::{Path, PathBuf};

/// The example that Cargo builds beside this test.
pub(crate) fn agent() -> Option<PathBuf> {
    let own = std::env::current_exe().unwrap();
    let program = own.parent()?.parent()?.join("examples/agent");
    program.exists().then_some(program)
}

/// A script that starts `program` with its state in `folder`.
pub(crate) fn wrapped(program: &Path, folder: &Path) -> PathBuf {
    let path = folder.with_extension("agent");
    let script = format!("#!/bin/sh\nexec {} {}\n", program.display(), folder.display());
    fs::write(&path, script).unwrap();
    path
}
