//! Programs that exist only as Python packages: Helm's own engine, which says what charts must become, a client of registries, and ansible.
//! They live in an environment of their own in the cache, made anew when what belongs into it changes.

use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::error::Result;
use crate::folders::{self, Folders};

/// Which variable tells the tests where the interpreter is.
pub(crate) const VARIABLE: &str = "SEALER_TEST_PYTHON";

/// Every package with its version, and what it is for.
const PACKAGES: [(&str, &str); 3] = [
    (
        "helm-python-sdk==0.2.2",
        "carries Helm's engine: says what charts become, and is a client in the registry's tests",
    ),
    ("ansible-core==2.19.14", "is a peer in the bench of deliveries"),
    ("oras==0.2.43", "is a client in the registry's tests"),
];

/// The interpreter that has the packages.
pub(crate) fn ensure(folders: &Folders) -> Result<PathBuf> {
    let place = folders.cache.join("python");
    let interpreter = place.join("bin/python");
    let wanted: String = PACKAGES.iter().map(|(package, reason)| format!("{package}  # {reason}\n")).collect();
    let mark = place.join("packages.txt");
    if interpreter.exists() && folders::read(&mark).is_ok_and(|there| there == wanted) {
        return Ok(interpreter);
    }
    println!("    to be installed from Python's package index:");
    PACKAGES.iter().for_each(|(package, reason)| println!("      {package}: {reason}"));
    install(&place)?;
    // written last, so that what broke off is made anew
    folders::write(&mark, wanted)?;
    Ok(interpreter)
}

fn install(place: &Path) -> Result<()> {
    folders::remove(place)?;
    Program::new("python3").arguments(["-m", "venv"]).argument(place).output()?;
    let pip = Program::new(place.join("bin/python")).arguments(["-m", "pip", "install", "--quiet", "--no-input"]);
    pip.arguments(PACKAGES.iter().map(|(package, _)| package)).output().map(drop)
}
