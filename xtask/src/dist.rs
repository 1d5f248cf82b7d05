//! Builds the program that is shipped: one static file. It is then tried where nothing else is, in an empty root, because "static" is
//! a promise about hosts that nobody has seen yet.

use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};

/// Names a program to try or to measure instead of building one: an older one, or one built quickly.
const GIVEN: &str = "SEALER_BINARY";

/// The program that is tried: the one that is named, or the one that is shipped.
pub(crate) fn binary(folders: &Folders) -> Result<PathBuf> {
    match std::env::var_os(GIVEN).filter(|path| !path.is_empty()) {
        Some(given) => Ok(given.into()),
        None => build(folders),
    }
}

/// Builds `sealer`, checks it, and returns its path.
pub(crate) fn build(folders: &Folders) -> Result<PathBuf> {
    let triple = host_triple()?;
    // a random number generator through the C library would load it at run time
    let flags = r#"["-C","target-feature=+crt-static","--cfg","getrandom_backend=\"linux_raw\""]"#;
    let cargo = Program::new(cargo()).arguments(["build", "--release", "--package", "sealer", "--target", &triple]);
    let cargo = cargo.arguments(["--config", &format!("target.{triple}.rustflags={flags}")]);
    cargo.folder(&folders.repository).run()?;
    let binary = target(folders).join(&triple).join("release/sealer");
    verify_static(&binary)?;
    verify_stripped(&binary)?;
    let version = version_in_empty_root(&binary)?;
    println!("    {} ({}) runs in an empty root: {version}", binary.display(), size(&binary)?);
    Ok(binary)
}

/// The folder that cargo builds in.
pub(crate) fn target(folders: &Folders) -> PathBuf {
    let chosen = std::env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty());
    folders.repository.join(chosen.unwrap_or_else(|| "target".into()))
}

/// The cargo that started this chore.
pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

fn host_triple() -> Result<String> {
    let text = Program::new("rustc").arguments(["--version", "--verbose"]).output()?;
    let triple = text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned);
    triple.ok_or_else(|| Error::unmet("rustc --version --verbose names no host"))
}

/// A program header of the kind INTERP asks for a dynamic linker.
fn verify_static(binary: &Path) -> Result<()> {
    let headers = Program::new("readelf").arguments(["--program-headers", "--wide"]).argument(binary).output()?;
    if headers.lines().any(|line| line.trim_start().starts_with("INTERP")) {
        return Err(Error::unmet(format!("{} asks for a dynamic linker, so it is not static", binary.display())));
    }
    Ok(())
}

/// Names of functions are of no use to who runs the program, and would travel to every host.
fn verify_stripped(binary: &Path) -> Result<()> {
    let sections = Program::new("readelf").arguments(["--section-headers", "--wide"]).argument(binary).output()?;
    if sections.contains(" .symtab ") {
        return Err(Error::unmet(format!("{} is not stripped", binary.display())));
    }
    Ok(())
}

/// What the binary says about its version where there is no other file.
fn version_in_empty_root(binary: &Path) -> Result<String> {
    if !crate::prepare::is_root() {
        println!("    left out: the run in an empty root needs root");
        return Program::new(binary).arguments(["version"]).output().map(first_line);
    }
    let root = tempfile::tempdir().map_err(Error::file("create a folder in", &std::env::temp_dir()))?;
    let inside = root.path().join("sealer");
    std::fs::copy(binary, &inside).map_err(Error::file("copy", binary))?;
    folders::set_mode(&inside, 0o755)?;
    Program::new("chroot").argument(root.path()).arguments(["/sealer", "version"]).output().map(first_line)
}

fn first_line(text: String) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn size(binary: &Path) -> Result<String> {
    let bytes = std::fs::metadata(binary).map_err(Error::file("read", binary))?.len();
    Ok(format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10))
}
