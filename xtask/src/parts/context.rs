//! The examples for another version of Kubernetes: the same files with the other number, in a folder of the cache. Two versions side by side are what
//! an upgrade is tried with; the code in both is the same.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::folders::{self, Folders};
use crate::parts::KUBERNETES_VERSION;

/// The folder with both examples for that version.
pub(crate) fn ensure(folders: &Folders, version: &str) -> Result<PathBuf> {
    let original = folders.repository.join("examples");
    if version == KUBERNETES_VERSION {
        return Ok(original);
    }
    let copy = folders.cache.join("examples").join(version);
    for example in ["kubernetes", "guestbook"] {
        copy_text(&original.join(example), &copy.join(example), version)?;
    }
    Ok(copy)
}

/// Copies the files beside the parts, each with the other number in it.
fn copy_text(from: &Path, to: &Path, version: &str) -> Result<()> {
    folders::create(to)?;
    for entry in std::fs::read_dir(from).map_err(Error::file("list", from))? {
        let path = entry.map_err(Error::file("list", from))?.path();
        let Some(name) = path.file_name().filter(|name| *name != "parts") else {
            continue;
        };
        if path.is_dir() {
            copy_text(&path, &to.join(name), version)?;
        } else {
            let text = folders::read(&path)?.replace(KUBERNETES_VERSION, version);
            folders::write(&to.join(name), text)?;
        }
    }
    Ok(())
}
