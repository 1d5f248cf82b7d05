//! A file that is not whole yet: it is written beside its place under a name of its own, and gets its name when it is on the
//! disk. Whoever is killed leaves it behind, and the next one that writes to the same place writes over it.

use crate::place::is_at;
use rustix::fs::{FlockOperation, flock};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A file on its way to its place; dropped before that, it vanishes.
pub(super) struct Unfinished {
    pub(super) file: File,
    path: PathBuf,
    folder: PathBuf,
    published: bool,
}

impl Unfinished {
    /// Begins a file for the place `target`. While it is there, nobody else does.
    pub(super) fn begin(target: &Path) -> io::Result<Self> {
        let name = target.file_name().ok_or_else(|| io::Error::other("it is the name of no file"))?;
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).to_owned();
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(".unfinished");
        let path = folder.join(hidden);
        let file = alone(&path)?;
        file.set_len(0)?;
        Ok(Self { file, path, folder, published: false })
    }

    /// Puts the file into its place and says its size.
    pub(super) fn publish(mut self, target: &Path) -> io::Result<u64> {
        self.file.sync_all()?;
        fs::rename(&self.path, target)?;
        self.published = true;
        File::open(&self.folder)?.sync_all()?;
        Ok(self.file.metadata()?.len())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.published {
            // What cannot be removed is written over by the next one.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Opens the file, unless somebody else is writing it.
fn alone(path: &Path) -> io::Result<File> {
    loop {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        if let Some(ours) = locked(file, path)? {
            return Ok(ours);
        }
    }
}

/// The file, locked. Whoever wrote it may have put it into its place before the lock was had; then it is somebody's archive, and none
/// of ours.
fn locked(file: File, path: &Path) -> io::Result<Option<File>> {
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
        rustix::io::Errno::WOULDBLOCK => io::Error::other("somebody else is writing it"),
        other => other.into(),
    })?;
    Ok(is_at(&file, path)?.then_some(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn who_opened_the_file_before_it_got_its_place_does_not_get_it() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.tar");
        let first = Unfinished::begin(&target).unwrap();
        let opened = OpenOptions::new().write(true).open(&first.path).unwrap();
        let path = first.path.clone();
        first.publish(&target).unwrap();
        assert!(locked(opened, &path).unwrap().is_none(), "it would write into what was published");
        assert!(locked(alone(&path).unwrap(), &path).unwrap().is_some());
    }

    #[test]
    fn what_was_left_behind_is_written_over_and_two_never_write_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.tar");
        fs::write(folder.path().join(".a.tar.unfinished"), "left behind and longer").unwrap();
        let mut one = Unfinished::begin(&target).unwrap();
        assert!(Unfinished::begin(&target).is_err());
        one.file.write_all(b"whole").unwrap();
        assert_eq!(one.publish(&target).unwrap(), 5);
        assert_eq!(fs::read(&target).unwrap(), b"whole");
        drop(Unfinished::begin(&target).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
