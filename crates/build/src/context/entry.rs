//! Files, folders and links, as the disk has them.

use crate::error::Error;
use std::fs::{self, Metadata};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Something below the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its path relative to what was asked for, with slashes; empty for that itself.
    pub(crate) path: String,
    /// What it is.
    pub(crate) kind: Kind,
    /// Permission bits as the image gets them.
    pub(crate) mode: u32,
    /// User and group as the image gets them.
    pub(crate) owner: (u64, u64),
}

/// What a path is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A folder.
    Folder,
    /// A file.
    File {
        /// Where its bytes are.
        source: PathBuf,
        /// How many.
        size: u64,
    },
    /// A symbolic link.
    Link {
        /// What it points to, as it is written.
        target: String,
    },
    /// Another name of a file that the same layer has before it.
    Same {
        /// The file's path in the rootfs.
        target: String,
    },
    /// A mark, by its name, that something of the layers below is gone.
    Removal,
}

/// Names in a folder, sorted.
pub(crate) fn children(folder: &Path) -> Result<Vec<String>, Error> {
    let failed = |source| Error::read(folder, source);
    let mut names = Vec::new();
    for child in fs::read_dir(folder).map_err(failed)? {
        let child = child.map_err(failed)?;
        let name = child.file_name().into_string();
        names.push(name.map_err(|_| Error::NotUtf8 { path: child.path() })?);
    }
    names.sort();
    Ok(names)
}

/// What a path is, not following links.
pub(super) fn entry(path: String, source: &Path) -> Result<Found, Error> {
    let metadata: Metadata = source.symlink_metadata().map_err(|error| Error::read(source, error))?;
    let kind = if metadata.is_dir() {
        Kind::Folder
    } else if metadata.is_file() {
        Kind::File { source: source.to_owned(), size: metadata.len() }
    } else if metadata.is_symlink() {
        let target = fs::read_link(source).map_err(|error| Error::read(source, error))?;
        let target = target.into_os_string().into_string();
        Kind::Link { target: target.map_err(|_| Error::NotUtf8 { path: source.to_owned() })? }
    } else {
        return Err(Error::Special { path: source.to_owned() });
    };
    let mode = mode(&kind, metadata.permissions().mode());
    // whose the context is says nothing about the image
    Ok(Found { path, kind, mode, owner: (0, 0) })
}

/// The permission bits that an image gets: whether a file can be executed, and nothing else that depends on the umask of
/// whoever checked the context out.
fn mode(kind: &Kind, found: u32) -> u32 {
    let special = found & 0o7000;
    match kind {
        Kind::Folder => special | 0o755,
        Kind::File { .. } if found & 0o100 != 0 => special | 0o755,
        Kind::File { .. } => special | 0o644,
        Kind::Link { .. } | Kind::Same { .. } | Kind::Removal => 0o777,
    }
}
