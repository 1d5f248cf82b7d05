//! What builds and tries programs for another processor. The Rust toolchain's own standard library for it is used where it is there. Else
//! everything comes from Debian: a compiler of Rust of a later release, which has standard libraries for every processor that Debian runs
//! on, started by its own dynamic linker out of a folder of the cache, and this release's compiler and libraries of C for the linking.

use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::debian::foreign::Release;
use crate::debian::release;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};
use crate::parts::elf;

/// The one other processor that programs are built for, as Go, Debian and the compilers call it.
pub(crate) const ARCHITECTURE: &str = "arm64";
const TRIPLE: &str = "aarch64-unknown-linux-gnu";
const PREFIX: &str = "aarch64-linux-gnu";
const EMULATOR: &str = "usr/bin/qemu-aarch64-static";

/// The release of Debian with a compiler of Rust that is new enough, and the package that holds it.
const RELEASE: &str = "trixie";
const COMPILER: &str = "rustc-web";
const LIBRARIES: &str = "libstd-rust-web-dev";

/// What of the compiler's dependencies it really loads: it has a linker for C elsewhere.
const LOADED: [&str; 19] = [
    COMPILER,
    "libstd-rust-web",
    "libllvm",
    "libz3",
    "libxml2",
    "libffi",
    "libedit",
    "libtinfo",
    "libzstd",
    "zlib1g",
    "libstdc++6",
    "libgcc-s1",
    "libc6",
    "liblzma",
    "libbsd0",
    "libmd0",
    "libgmp10",
    "libicu",
    "libcurl",
];

/// Compiler and libraries of C for the other processor.
const LINKER: [&str; 9] = [
    "gcc-aarch64-linux-gnu",
    "gcc-12-aarch64-linux-gnu",
    "cpp-12-aarch64-linux-gnu",
    "binutils-aarch64-linux-gnu",
    "libgcc-12-dev-arm64-cross",
    "libgcc-s1-arm64-cross",
    "libc6-dev-arm64-cross",
    "libc6-arm64-cross",
    "linux-libc-dev-arm64-cross",
];

/// Programs for the other processor can be built with these.
#[derive(Debug)]
pub(crate) struct Toolchain {
    variables: Vec<(String, PathBuf)>,
}

impl Toolchain {
    /// The machine's own, or one out of Debian's packages.
    pub(crate) fn ensure(folders: &Folders) -> Result<Self> {
        if is_installed()? {
            return Ok(Self { variables: vec![(linker_variable(), format!("{PREFIX}-gcc").into())] });
        }
        let place =
            folders.cache.join("cross").join(crate::digest::short(&[include_str!("cross.rs"), &release::codename()?]));
        if !place.exists() {
            println!("    fetch a compiler for {ARCHITECTURE} from Debian {RELEASE}");
            make(folders, &place)?;
        }
        let tool = |name: &str| place.join("bin").join(name);
        let lower = TRIPLE.replace('-', "_");
        Ok(Self {
            variables: vec![
                ("RUSTC".to_owned(), tool("rustc")),
                (linker_variable(), tool("gcc")),
                (format!("CC_{lower}"), tool("gcc")),
                (format!("AR_{lower}"), tool("ar")),
            ],
        })
    }

    /// The name that Rust has for the processor and its system.
    pub(crate) fn triple(&self) -> &'static str {
        TRIPLE
    }

    /// The environment that cargo builds in.
    pub(crate) fn variables(&self) -> &[(String, PathBuf)] {
        &self.variables
    }
}

fn linker_variable() -> String {
    format!("CARGO_TARGET_{}_LINKER", TRIPLE.replace('-', "_").to_uppercase())
}

/// Whether the Rust toolchain has the standard library and the machine a linker.
fn is_installed() -> Result<bool> {
    let libraries = Program::new("rustc").arguments(["--print", "target-libdir", "--target", TRIPLE]).output()?;
    let has_linker = Program::new(format!("{PREFIX}-gcc")).argument("--version").attempt().is_ok_and(|it| it.success());
    Ok(Path::new(libraries.trim()).is_dir() && has_linker)
}

/// Makes the toolchain at its place: the programs say where their files are, so it is not moved afterwards but made there, `bin` last.
fn make(folders: &Folders, place: &Path) -> Result<()> {
    let making = place.with_extension("making");
    folders::remove(&making)?;
    let later = Release::open(folders, RELEASE, ARCHITECTURE)?;
    later.extract(&later.needed_by(COMPILER, &LOADED)?, &making.join("rust"))?;
    later.extract(&[format!("{LIBRARIES}:{ARCHITECTURE}")], &making.join("rust"))?;
    let own = Release::open(folders, &release::codename()?, ARCHITECTURE)?;
    own.extract(&LINKER.map(str::to_owned), &making.join("c"))?;
    write_wrappers(&making.join("bin"), place)?;
    folders::publish(&making, place)
}

/// The compiler of Rust is of a later system than this one, so it is started by its own dynamic linker; that of C is of this very system,
/// but for a few libraries of its own.
fn write_wrappers(bin: &Path, place: &Path) -> Result<()> {
    folders::create(bin)?;
    let (rust, c) = (place.join("rust/usr"), place.join("c/usr"));
    let (rust, c) = (rust.display(), c.display());
    let libraries = format!("{rust}/lib/x86_64-linux-gnu");
    let rustc = format!(
        "exec {libraries}/{} --library-path {libraries} --argv0 rustc {rust}/bin/rustc --sysroot {rust} \"$@\"",
        elf::LINKER
    );
    write_program(&bin.join("rustc"), &rustc)?;
    for name in ["gcc", "ar"] {
        let line = format!("LD_LIBRARY_PATH={c}/lib/x86_64-linux-gnu exec {c}/bin/{PREFIX}-{name} \"$@\"");
        write_program(&bin.join(name), &line)?;
    }
    Ok(())
}

fn write_program(path: &Path, line: &str) -> Result<()> {
    folders::write(path, format!("#!/bin/sh\n{line}\n"))?;
    folders::set_mode(path, 0o755)
}

/// A static program that runs those of the other processor on this one.
pub(crate) fn emulator(folders: &Folders) -> Result<PathBuf> {
    let place = folders.cache.join("cross").join(format!("qemu-{}", release::codename()?));
    if !place.join(EMULATOR).is_file() {
        let making = place.with_extension("making");
        folders::remove(&making)?;
        let own = Release::open(folders, &release::codename()?, ARCHITECTURE)?;
        own.extract(&["qemu-user-static".to_owned()], &making)?;
        folders::publish(&making, &place)?;
    }
    let emulator = place.join(EMULATOR);
    if emulator.is_file() { Ok(emulator) } else { Err(Error::unmet(format!("{} is not there", emulator.display()))) }
}
