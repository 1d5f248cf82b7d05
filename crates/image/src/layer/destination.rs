//! The folder that layers are unpacked into, held open so that no path, link or mount inside an archive can lead out of it:
//! every parent is looked up with the folder as root, and every entry is made relative to its parent. Layers have tens of thousands of
//! small files, so what is not needed is not asked of the kernel: the parent that was looked up last is kept, a file is made at once as it
//! shall be, and only what came out otherwise is changed.

use super::inside::{FOLDER, open_folder};
use crate::writeback::Writeback;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{self, AtFlags, Dir, Mode, OFlags};
use rustix::io::Errno;
use std::cell::RefCell;
use std::ffi::{CStr, OsStr};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Bytes that are read and written at once.
const PIECE: usize = 256 * 1024;

/// An open folder.
pub(super) struct Destination {
    root: OwnedFd,
    /// The parent that was looked up last, as long as nothing was removed that its path may lead through.
    last_parent: RefCell<Option<(PathBuf, Rc<OwnedFd>)>>,
    piece: RefCell<Vec<u8>>,
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
        let root = fs::open(path, FOLDER, Mode::empty())?;
        Ok(Self { root, last_parent: RefCell::new(None), piece: RefCell::new(vec![0; PIECE]) })
    }

    /// The folder that an entry goes into, made if need be.
    fn parent(&self, path: &Path) -> io::Result<Rc<OwnedFd>> {
        let mut last = self.last_parent.borrow_mut();
        match &*last {
            Some((known, folder)) if known == path => Ok(Rc::clone(folder)),
            _ => {
                let folder = Rc::new(self.folder(path)?);
                *last = Some((path.to_owned(), Rc::clone(&folder)));
                Ok(folder)
            }
        }
    }

    /// Removes an entry of a folder with all that is in it, if it is there.
    fn make_room(&self, parent: &OwnedFd, name: &OsStr) -> io::Result<()> {
        self.last_parent.take();
        remove(parent.as_fd(), name)
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
                self.make_room(&parent, name)?;
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
        let mut file = self.new_file(path, Mode::from_raw_mode(ownership.mode & 0o777))?;
        self.fill(&mut file, content)?;
        own(&file, ownership)?;
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(modified))
    }

    /// An empty file. Bits that lend rights to whoever runs it come when its content is whole.
    fn new_file(&self, path: &Path, mode: Mode) -> io::Result<File> {
        let (parent, name) = split(path)?;
        let parent = self.parent(parent)?;
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let made = match fs::openat(&parent, name, flags, mode) {
            Err(Errno::EXIST) => {
                self.make_room(&parent, name)?;
                fs::openat(&parent, name, flags, mode)
            }
            made => made,
        };
        Ok(File::from(made?))
    }

    fn fill(&self, file: &mut File, content: &mut impl io::Read) -> io::Result<()> {
        let (mut piece, mut size, mut writeback) = (self.piece.borrow_mut(), 0, Writeback::default());
        loop {
            match content.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(length) => {
                    file.write_all(&piece[..length])?;
                    size += length as u64;
                    writeback.wrote(file, size);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes a symbolic link; its target is text and is followed only inside the root.
    pub(super) fn make_link(&self, path: &Path, target: &Path, ownership: &Ownership) -> io::Result<()> {
        let (parent, name) = split(path)?;
        let parent = self.parent(parent)?;
        self.make_room(&parent, name)?;
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
        let parent = self.parent(parent)?;
        self.make_room(&parent, name)?;
        Ok(fs::linkat(&target_parent, target_name, &parent, name, AtFlags::empty())?)
    }

    /// Removes an entry with all that is in it; that it is not there is no error.
    pub(super) fn remove(&self, path: &Path) -> io::Result<()> {
        let (parent, name) = split(path)?;
        match self.existing(parent) {
            Ok(parent) => self.make_room(&parent, name),
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

/// Changes what is not as it shall be. The mode comes last, because changing the owner clears the set-user-id bit.
fn own(file: impl AsFd, ownership: &Ownership) -> io::Result<()> {
    let Ownership { user, group, change_owner, .. } = *ownership;
    let (found, mode) = (fs::fstat(&file)?, ownership.mode & 0o7777);
    let other_owner = change_owner && (found.st_uid, found.st_gid) != (user, group);
    if other_owner {
        fs::fchown(&file, Some(fs::Uid::from_raw(user)), Some(fs::Gid::from_raw(group)))?;
    }
    if other_owner || found.st_mode & 0o7777 != mode {
        fs::fchmod(&file, Mode::from_raw_mode(mode))?;
    }
    Ok(())
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
