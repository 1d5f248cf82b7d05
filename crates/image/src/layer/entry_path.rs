//! Paths inside archives are hostile input: they are taken apart here, and nothing that could lead out of a folder is left.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// What an entry of a layer means by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EntryPath {
    /// The root itself.
    Root,
    /// Something below the root.
    Below(PathBuf),
    /// A lower layer's entry of this path is to vanish.
    Whiteout(PathBuf),
    /// Everything that lower layers have in this folder is to vanish.
    Opaque(PathBuf),
}

const WHITEOUT: &str = ".wh.";
pub(crate) const OPAQUE: &str = ".wh..wh..opq";

impl EntryPath {
    /// Reads an entry's path.
    pub(crate) fn read(path: &Path) -> Result<Self, &'static str> {
        let below = below_root(path)?;
        let Some(name) = below.file_name().map(OsStr::to_owned) else {
            return Ok(Self::Root);
        };
        if name == OPAQUE {
            return Ok(Self::Opaque(below.parent().unwrap_or(Path::new("")).to_owned()));
        }
        match name.to_str().and_then(|name| name.strip_prefix(WHITEOUT)) {
            None => Ok(Self::Below(below)),
            Some("" | "." | "..") => Err("is a whiteout of nothing"),
            Some(hidden) => Ok(Self::Whiteout(below.with_file_name(hidden))),
        }
    }
}

/// The path of an archive's entry relative to the root, of normal components only.
///
/// # Errors
/// When it leads out of the archive; in words to be read after the path.
pub fn below_root(path: &Path) -> Result<PathBuf, &'static str> {
    let mut below = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => below.push(name),
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir => return Err("leads out of the archive with .."),
            Component::Prefix(_) => return Err("has a drive prefix"),
        }
    }
    Ok(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Result<EntryPath, &'static str> {
        EntryPath::read(Path::new(path))
    }

    #[test]
    fn paths_are_relative_to_the_root_however_they_are_written() {
        for path in ["a/b", "/a/b", "./a/b", "a/./b/"] {
            assert_eq!(read(path), Ok(EntryPath::Below("a/b".into())), "{path}");
        }
        assert_eq!(read("./"), Ok(EntryPath::Root));
    }

    #[test]
    fn paths_that_lead_out_are_refused() {
        for path in ["../a", "a/../../b", "/..", "a/.wh..."] {
            assert!(read(path).is_err(), "{path} was accepted");
        }
    }

    #[test]
    fn whiteouts_name_what_vanishes() {
        assert_eq!(read("a/.wh.b"), Ok(EntryPath::Whiteout("a/b".into())));
        assert_eq!(read("a/.wh..wh..opq"), Ok(EntryPath::Opaque("a".into())));
    }
}
