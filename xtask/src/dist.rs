//! Builds the program that is shipped: one static file. It is then tried where nothing else is, in an empty root, because "static" is
//! a promise about hosts that nobody has seen yet.

use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::cross::{self, Toolchain};
use crate::error::{Error, Result};
use crate::folders::{self, Folders};

/// Names a program to try or to measure instead of building one: an older one, or one built quickly.
const GIVEN: &str = "SEALER_BINARY";

/// The same for the program of the other platform.
const GIVEN_OTHER: &str = "SEALER_BINARY_ARM64";

/// The platform of this machine, and the other one that is built for.
pub(crate) const OWN: &str = "linux/amd64";
pub(crate) const OTHER: &str = "linux/arm64";

/// What every static program is built with. A random number generator through the C library would load it at run time.
const FLAGS: [&str; 4] = ["-C", "target-feature=+crt-static", "--cfg", "getrandom_backend=\"linux_raw\""];

/// What that for the other processor is built with besides: with code for any address it would refer to more symbols by their table than the
/// C library's own code can, and it is not loaded at any address anyway.
const OTHER_FLAGS: [&str; 2] = ["-C", "relocation-model=static"];

/// The program that is tried: the one that is named, or the one that is shipped.
pub(crate) fn binary(folders: &Folders) -> Result<PathBuf> {
    given(GIVEN).map_or_else(|| build(folders), Ok)
}

/// The same for hosts of the other platform.
pub(crate) fn other_binary(folders: &Folders) -> Result<PathBuf> {
    given(GIVEN_OTHER).map_or_else(|| build_other(folders), Ok)
}

fn given(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Builds `sealer` for a platform, checks it, and returns its path.
pub(crate) fn build_for(folders: &Folders, platform: &str) -> Result<PathBuf> {
    match platform {
        OWN => build(folders),
        OTHER => build_other(folders),
        _ => Err(Error::unmet(format!("sealer is built for {OWN} and {OTHER}, not for {platform}"))),
    }
}

/// Builds `sealer`, checks it, and returns its path.
pub(crate) fn build(folders: &Folders) -> Result<PathBuf> {
    let triple = host_triple()?;
    compile(&triple, &FLAGS)?.folder(&folders.repository).run()?;
    let binary = target(folders).join(&triple).join("release/sealer");
    verify(&binary, None)?;
    Ok(binary)
}

/// The same for the other platform, under the name by which a build finds it beside the program that it runs.
fn build_other(folders: &Folders) -> Result<PathBuf> {
    let toolchain = Toolchain::ensure(folders)?;
    // another compiler's results would replace those of the usual one
    let target = target(folders).join("cross");
    let compile = compile(toolchain.triple(), &[&FLAGS[..], &OTHER_FLAGS].concat())?;
    let compile = compile.variables(toolchain.variables().iter().cloned());
    compile.variable("CARGO_TARGET_DIR", &target).folder(&folders.repository).run()?;
    let built = target.join(toolchain.triple()).join("release/sealer");
    verify(&built, Some(&cross::emulator(folders)?))?;
    let binary = target.join(format!("sealer-linux-{}", cross::ARCHITECTURE));
    std::fs::copy(&built, &binary).map_err(Error::file("copy", &built))?;
    println!("    {}: give it to sealer build with --program {OTHER}=FILE, or put it beside sealer", binary.display());
    Ok(binary)
}

fn compile(triple: &str, flags: &[&str]) -> Result<Program> {
    let flags = serde_json::to_string(flags).map_err(Error::json("the compiler's flags"))?;
    let cargo = Program::new(cargo()).arguments(["build", "--release", "--package", "sealer", "--target", triple]);
    Ok(cargo.arguments(["--config", &format!("target.{triple}.rustflags={flags}")]))
}

fn verify(binary: &Path, emulator: Option<&Path>) -> Result<()> {
    verify_static(binary)?;
    verify_stripped(binary)?;
    let version = version_in_empty_root(binary, emulator)?;
    println!("    {} ({}) runs in an empty root: {version}", binary.display(), size(binary)?);
    Ok(())
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

/// What the binary says about its version where there is no other file but the emulator that it may need.
fn version_in_empty_root(binary: &Path, emulator: Option<&Path>) -> Result<String> {
    if !crate::prepare::is_root() {
        println!("    left out: the run in an empty root needs root");
        let program = emulator.map_or_else(|| Program::new(binary), |it| Program::new(it).argument(binary));
        return program.arguments(["version"]).output().map(first_line);
    }
    let root = tempfile::tempdir().map_err(Error::file("create a folder in", &std::env::temp_dir()))?;
    let inside = root.path().join("sealer");
    std::fs::copy(binary, &inside).map_err(Error::file("copy", binary))?;
    folders::set_mode(&inside, 0o755)?;
    let mut chroot = Program::new("chroot").argument(root.path());
    if let Some(emulator) = emulator {
        std::fs::copy(emulator, root.path().join("emulator")).map_err(Error::file("copy", emulator))?;
        chroot = chroot.argument("/emulator");
    }
    chroot.arguments(["/sealer", "version"]).output().map(first_line)
}

fn first_line(text: String) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn size(binary: &Path) -> Result<String> {
    let bytes = std::fs::metadata(binary).map_err(Error::file("read", binary))?.len();
    Ok(format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10))
}
