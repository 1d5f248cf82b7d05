//! The folder of one command: what it changes, and what its processes are told. It is removed with its owner; what a killed build left
//! is removed by the next.

use crate::error::Error;
use crate::isolation::{Form, MERGED, Order, UPPER, WORK};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const PREFIX: &str = "run-";
/// Held as long as the folder is used.
const LOCK: &str = "lock";

/// A command's folder.
#[derive(Debug)]
pub(super) struct Room {
    folder: PathBuf,
    form: Form,
    _lock: File,
}

impl Room {
    /// A new folder below `root`, with the order in it.
    pub(super) fn open(root: &Path, order: &Order) -> Result<Self, Error> {
        let failed = |source| Error::write(root, source);
        remove_left(root).map_err(failed)?;
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(root).map_err(failed)?.keep();
        let open = || {
            let lock = File::create(folder.join(LOCK))?;
            lock.lock()?;
            // the folder of the root inside is the upper one; whoever is not root there must be able to enter it
            order.write(&folder)?;
            fs::set_permissions(folder.join(UPPER), Permissions::from_mode(0o755))?;
            Ok(lock)
        };
        let lock = open().map_err(failed)?;
        Ok(Self { folder, form: order.form, _lock: lock })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn upper(&self) -> PathBuf {
        self.folder.join(UPPER)
    }

    pub(super) fn form(&self) -> Form {
        self.form
    }

    /// Removes the folder, and tells when that cannot be done.
    pub(super) fn remove(self) -> Result<(), Error> {
        remove(&self.folder).map_err(|source| Error::write(&self.folder, source))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // What cannot be removed now, the next command's build removes or tells.
        let _ = remove(&self.folder);
    }
}

/// Removes the folders of builds that were killed.
fn remove_left(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        let is_room = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        let free = |lock: File| lock.try_lock().is_ok();
        if is_room && File::open(path.join(LOCK)).is_ok_and(free) {
            remove(&path)?;
        }
    }
    Ok(())
}

/// Removes a tree, with folders in it that nobody but root may enter.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            // some may be gone by now
            for part in [WORK, UPPER, MERGED].map(|part| folder.join(part)).iter().filter(|part| part.exists()) {
                open_folders(part)?;
            }
            fs::remove_dir_all(folder)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn open_folders(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_folders(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Network;

    fn order() -> Order {
        let (network, form) = (Network::None, Form::of_this_user());
        Order { lowers: Vec::new(), form, network, environment: Default::default(), arguments: Vec::new() }
    }

    #[test]
    fn what_a_killed_build_left_is_removed_and_what_is_in_use_is_not() {
        let root = tempfile::tempdir().unwrap();
        let used = Room::open(root.path(), &order()).unwrap();
        let left = root.path().join("run-left");
        fs::create_dir_all(left.join("work/work")).unwrap();
        fs::write(left.join(LOCK), "").unwrap();
        fs::set_permissions(left.join("work/work"), Permissions::from_mode(0o000)).unwrap();
        let room = Room::open(root.path(), &order()).unwrap();
        assert!(!left.exists() && used.upper().exists() && room.upper().exists());
        room.remove().unwrap();
        drop(used);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }
}
