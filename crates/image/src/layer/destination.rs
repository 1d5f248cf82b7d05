//! The folder that layers are unpacked into, held open so that no path, link or mount inside an archive can lead out of it:
//! every parent is looked up with the folder as root, and every entry is made relative to its parent.

use super::inside::{FOLDER, open_folder};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{self, AtFlags, Dir, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::{CStr, OsStr};
use std::fs::File;
use std::io;
use std::path::Path;

/// An open folder.
pub(super) struct Destination {
    root: OwnedFd,
}

/// Who owns an entry and who may do what with it.
pub(super) struct Ownership {
    pub(super) mode: u32,
    pub(super) user: u32,
    pub(super) group: u32,
    /// Only root may give files away.
    pub(super) change_owner: bool,
}

impl Destination {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { root: fs::open(path, FOLDER, Mode::empty())? })
    }

    /// Opens a folder below the root, making it and its parents if need be.
    pub(super) fn folder(&self, path: &Path) -> io::Result<OwnedFd> {
        match self.existing(path) {
            Err(Errno::NOENT) => {}
            other => return Ok(other?),
        }
        let (parent, name) = split(path)?;
        let parent = self.folder(parent)?;
        match fs::mkdirat(&parent, name, Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(Errno::EXIST) => Ok(self.existing(path)?),
            Err(error) => Err(error.into()),
        }
    }

    fn existing(&self, path: &Path) -> Result<OwnedFd, Errno> {
        open_folder(&self.root, path)
    }

    /// Makes a folder, or keeps the one that is there.
    pub(super) fn make_folder(&self, path: &Path, ownership: &Ownership) -> io::Result<()> {
        let (parent, name) = split(path)?;
        let parent = self.folder(parent)?;
        match fs::mkdirat(&parent, name, Mode::from_raw_mode(0o700)) {
            Err(Errno::EXIST) if is_folder(&parent, name)? => {}
            Err(Errno::EXIST) => {
                remove(parent.as_fd(), name)?;
                fs::mkdirat(&parent, name, Mode::from_raw_mode(0o700))?;
            }
            other => other?,
        }
        let folder = fs::openat(&parent, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
        own(&folder, ownership)
    }

    /// Makes a regular file with content; what was there before is unlinked, not overwritten.
    pub(super) fn make_file(
        &self,
        path: &Path,
        ownership: &Ownership,
        modified: u64,
        content: &mut impl io::Read,
    ) -> io::Result<()> {
        let (parent, name) = split(path)?;
        let parent = self.folder(parent)?;
        remove(parent.as_fd(), name)?;
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(fs::openat(&parent, name, flags, Mode::from_raw_mode(0o600))?);
        io::copy(content, &mut file)?;
        own(&file, ownership)?;
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(modified))
    }

    /// Makes a symbolic link; its target is text and is followed only inside the root.
    pub(super) fn make_link(&self, path: &Path, target: &Path, ownership: &Ownership) -> io::Result<()> {
        let (parent, name) = split(path)?;
        let parent = self.folder(parent)?;
        remove(parent.as_fd(), name)?;
        fs::symlinkat(target, &parent, name)?;
        if ownership.change_owner {
            let (user, group) = (ownership.user, ownership.group);
            let (user, group) = (fs::Uid::from_raw(user), fs::Gid::from_raw(group));
            fs::chownat(&parent, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)?;
        }
        Ok(())
    }

    /// Makes another name for a file that is there.
    pub(super) fn make_hard_link(&self, path: &Path, target: &Path) -> io::Result<()> {
        let (target_parent, target_name) = split(target)?;
        let target_parent = self.existing(target_parent)?;
        let (parent, name) = split(path)?;
        let parent = self.folder(parent)?;
        remove(parent.as_fd(), name)?;
        Ok(fs::linkat(&target_parent, target_name, &parent, name, AtFlags::empty())?)
    }

    /// Removes an entry with all that is in it; that it is not there is no error.
    pub(super) fn remove(&self, path: &Path) -> io::Result<()> {
        let (parent, name) = split(path)?;
        match self.existing(parent) {
            Ok(parent) => remove(parent.as_fd(), name),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Marks an entry of lower layers as removed, as an overlay has it: a character device 0, 0. What is there already is this
    /// layer's own and stays.
    pub(super) fn mark_removed(&self, path: &Path) -> io::Result<()> {
        let (parent, name) = split(path)?;
        let parent = self.folder(parent)?;
        match fs::mknodat(&parent, name, fs::FileType::CharacterDevice, Mode::empty(), 0) {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Marks a folder as hiding everything that lower layers have in it.
    pub(super) fn mark_opaque(&self, path: &Path, attribute: &str) -> io::Result<()> {
        let folder = self.folder(path)?;
        Ok(fs::fsetxattr(&folder, attribute, b"y", fs::XattrFlags::empty())?)
    }

    /// The names in a folder; none if it is not there.
    pub(super) fn names(&self, path: &Path) -> io::Result<Vec<std::ffi::OsString>> {
        use std::os::unix::ffi::OsStrExt;
        let folder = match self.existing(path) {
            Ok(folder) => folder,
            Err(Errno::NOENT) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let names = children(folder.as_fd())?;
        Ok(names.iter().map(|name| OsStr::from_bytes(name.to_bytes()).to_owned()).collect())
    }
}

fn split(path: &Path) -> io::Result<(&Path, &OsStr)> {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => Ok((parent, name)),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "the path names nothing")),
    }
}

fn is_folder(parent: &OwnedFd, name: &OsStr) -> io::Result<bool> {
    let status = fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(fs::FileType::from_raw_mode(status.st_mode) == fs::FileType::Directory)
}

/// The mode comes last, because changing the owner clears the set-user-id bit.
fn own(file: impl AsFd, ownership: &Ownership) -> io::Result<()> {
    if ownership.change_owner {
        let (user, group) = (ownership.user, ownership.group);
        let (user, group) = (fs::Uid::from_raw(user), fs::Gid::from_raw(group));
        fs::fchown(&file, Some(user), Some(group))?;
    }
    Ok(fs::fchmod(&file, Mode::from_raw_mode(ownership.mode & 0o7777))?)
}

fn remove(parent: rustix::fd::BorrowedFd<'_>, name: impl rustix::path::Arg + Copy) -> io::Result<()> {
    match fs::unlinkat(parent, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        Err(Errno::ISDIR | Errno::PERM) => {}
        Err(error) => return Err(error.into()),
    }
    let folder = fs::openat(parent, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
    for child in children(folder.as_fd())? {
        remove(folder.as_fd(), child.as_c_str())?;
    }
    Ok(fs::unlinkat(parent, name, AtFlags::REMOVEDIR)?)
}

fn children(folder: rustix::fd::BorrowedFd<'_>) -> io::Result<Vec<std::ffi::CString>> {
    let itself = |name: &CStr| matches!(name.to_bytes(), b"." | b"..");
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        if !itself(entry.file_name()) {
            names.push(entry.file_name().to_owned());
        }
    }
    Ok(names)
}
