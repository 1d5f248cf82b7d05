//! Which shared libraries a program needs, answered by the dynamic linker that will load them: a program from a package is made
//! portable by carrying exactly these along.

use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::error::{Error, Result};
use crate::folders;

/// The dynamic linker's name, the same on every x86-64 system.
pub(crate) const LINKER: &str = "ld-linux-x86-64.so.2";

/// Where packages of the running release put shared libraries.
const LIBRARY_FOLDERS: [&str; 4] = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib64", "usr/lib64"];

/// Copies into `place` the dynamic linker and every library that `program` needs, all out of the tree below `root`.
pub(crate) fn copy_libraries(root: &Path, program: &Path, place: &Path) -> Result<()> {
    let linker = library(root, LINKER)?;
    let path = LIBRARY_FOLDERS.map(|folder| root.join(folder).display().to_string()).join(":");
    let listing = Program::new(&linker).arguments(["--library-path", &path, "--list"]).argument(program).output()?;
    copy(&linker, place)?;
    for needed in listing.lines().filter_map(resolved) {
        copy(Path::new(needed), place)?;
    }
    Ok(())
}

/// The path in a line such as `libc.so.6 => /tree/lib/libc.so.6 (0x00007f...)`.
fn resolved(line: &str) -> Option<&str> {
    let (_, right) = line.split_once("=> ")?;
    right.split_whitespace().next().filter(|path| path.starts_with('/'))
}

fn library(root: &Path, name: &str) -> Result<PathBuf> {
    let found = LIBRARY_FOLDERS.iter().map(|folder| root.join(folder).join(name)).find(|path| path.is_file());
    found.ok_or_else(|| Error::unmet(format!("no library {name} below {}", root.display())))
}

/// Copies a library under the name it is asked for by; the name may be a link to the file.
fn copy(from: &Path, place: &Path) -> Result<()> {
    folders::create(place)?;
    let name = from.file_name().ok_or_else(|| Error::unmet(format!("{} has no name", from.display())))?;
    let target = place.join(name);
    if !target.exists() {
        std::fs::copy(from, &target).map_err(Error::file("copy", from))?;
        folders::set_mode(&target, 0o755)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::resolved;

    #[test]
    fn only_lines_with_a_path_name_a_library() {
        assert_eq!(resolved("\tlibc.so.6 => /t/lib/libc.so.6 (0x00007f)"), Some("/t/lib/libc.so.6"));
        assert_eq!(resolved("\tlinux-vdso.so.1 (0x00007f)"), None);
    }
}
