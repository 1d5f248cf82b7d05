//! A folder that is not whole yet: it is filled beside its place under a name of its own, and gets its name when all of it is on the
//! disk. Whoever is killed leaves it behind, and the next one for the same place begins anew.

use crate::place::is_at;
use rustix::fs::{FlockOperation, flock, syncfs};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A folder on its way to its place; dropped before that, it vanishes.
pub(super) struct UnfinishedFolder {
    /// Where to put what is to be in it.
    pub(super) path: PathBuf,
    above: PathBuf,
    /// The folder, locked for as long as it is filled.
    lock: File,
    published: bool,
}

impl UnfinishedFolder {
    /// Begins a folder for the place `target`, where nothing may be.
    pub(super) fn begin(target: &Path) -> io::Result<Self> {
        let name = target.file_name().ok_or_else(|| io::Error::other("it is the name of no folder"))?;
        if target.symlink_metadata().is_ok() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "something is there already"));
        }
        let above = target.parent().filter(|above| !above.as_os_str().is_empty());
        let above = above.unwrap_or(Path::new(".")).to_owned();
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(".unfinished");
        let path = above.join(hidden);
        let lock = alone(&path)?;
        for entry in fs::read_dir(&path)? {
            remove(&entry?.path())?;
        }
        Ok(Self { path, above, lock, published: false })
    }

    /// Puts the folder into its place.
    pub(super) fn publish(mut self, target: &Path) -> io::Result<()> {
        syncfs(&self.lock)?;
        fs::rename(&self.path, target)?;
        self.published = true;
        File::open(&self.above)?.sync_all()
    }
}

impl Drop for UnfinishedFolder {
    fn drop(&mut self) {
        if !self.published {
            // What cannot be removed is removed by the next one.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Opens the folder, making it if need be, unless somebody else is filling it.
fn alone(path: &Path) -> io::Result<File> {
    loop {
        fs::create_dir_all(path)?;
        let folder = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened?,
        };
        flock(&folder, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
            rustix::io::Errno::WOULDBLOCK => io::Error::other("somebody else is writing it"),
            other => other.into(),
        })?;
        if is_at(&folder, path)? {
            return Ok(folder);
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    if path.symlink_metadata()?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_behind_is_cleared_and_nothing_is_replaced() {
        let above = tempfile::tempdir().unwrap();
        let target = above.path().join("layout");
        fs::create_dir_all(above.path().join(".layout.unfinished/old")).unwrap();
        let one = UnfinishedFolder::begin(&target).unwrap();
        assert!(UnfinishedFolder::begin(&target).is_err(), "two fill one folder");
        fs::write(one.path.join("new"), "").unwrap();
        one.publish(&target).unwrap();
        let names: Vec<_> = fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["new"]);
        assert!(UnfinishedFolder::begin(&target).is_err());
        drop(UnfinishedFolder::begin(&above.path().join("other")).unwrap());
        assert_eq!(fs::read_dir(above.path()).unwrap().count(), 1);
    }
}
