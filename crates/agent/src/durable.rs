//! Writes that survive a crash: a temporary name in the same folder, fsync, rename, fsync of the folder.

use crate::error::{Error, IoContext as _, Result};
use rustix::fs::ioctl_ficlone;
use rustix::io::Errno;
use std::fs::{self, File, Permissions};
use std::io::{self, Seek as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Begins the names of files that are not finished.
const PREFIX: &str = ".sealer-";

/// How many letters of chance follow.
const RANDOM: usize = 6;

/// Writes a whole file, with this mode.
pub(crate) fn write(path: &Path, mode: u32, content: &[u8]) -> Result<()> {
    replace(path, mode, |file| file.write_all(content))
}

/// Copies a file of this machine without holding it in memory; where the file system can, without copying at all.
pub(crate) fn copy(from: &Path, to: &Path, mode: u32) -> Result<()> {
    let mut source = File::open(from).at("read", from)?;
    replace(to, mode, |file| match ioctl_ficlone(&*file, &source) {
        Ok(()) => Ok(()),
        Err(_) => io::copy(&mut source, file).map(drop),
    })
}

fn replace(path: &Path, mode: u32, fill: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
    let folder = folder_of(path)?;
    let mut file = tempfile::Builder::new().prefix(PREFIX).rand_bytes(RANDOM).tempfile_in(folder).at("write", path)?;
    fill(file.as_file_mut()).at("write", path)?;
    file.as_file().set_permissions(Permissions::from_mode(mode)).at("set the mode of", path)?;
    file.as_file().sync_all().at("write", path)?;
    persist(file, path)?;
    sync_folder(folder)
}

/// `/etc/hosts` and its like are bind mounts in containers. A mount point cannot be renamed over, so such a file is written in
/// place; a crash in the middle can leave it short, which is the price of its being a mount point.
fn persist(file: NamedTempFile, path: &Path) -> Result<()> {
    let failed = match file.persist(path) {
        Ok(_) => return Ok(()),
        Err(failed) => failed,
    };
    if failed.error.raw_os_error() != Some(Errno::BUSY.raw_os_error()) {
        return Err(Error::io("write", path, failed.error));
    }
    let mut written = failed.file;
    written.rewind().at("write", path)?;
    let mut place = fs::OpenOptions::new().write(true).truncate(true).open(path).at("write", path)?;
    io::copy(&mut written, &mut place).at("write", path)?;
    place.sync_all().at("write", path)
}

/// Makes a symbolic link, in the place of whatever is there.
pub(crate) fn link(path: &Path, target: &Path) -> Result<()> {
    let folder = folder_of(path)?;
    // A folder with a name of its own, so that no name can be taken by anybody else.
    let aside = tempfile::Builder::new().prefix(PREFIX).rand_bytes(RANDOM).tempdir_in(folder).at("write", path)?;
    let temporary = aside.path().join("link");
    std::os::unix::fs::symlink(target, &temporary).at("write", path)?;
    fs::rename(&temporary, path).at("write", path)?;
    sync_folder(folder)
}

/// Removes a file or link; one that is not there is no error.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(folder_of(path)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("remove", path, error)),
    }
}

/// Removes what writes into this folder left that were cut off by a crash; none must be under way. A folder that is not there has nothing.
pub(crate) fn clear(folder: &Path) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.at("read", folder)?,
    };
    for entry in entries {
        let entry = entry.at("read", folder)?;
        if entry.file_name().to_str().is_some_and(is_unfinished) {
            let path = entry.path();
            let is_folder = entry.file_type().at("look at", &path)?.is_dir();
            if is_folder { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }.at("remove", &path)?;
        }
    }
    Ok(())
}

/// As `tempfile` makes names, and none that anybody would give: six letters or digits, of which not all are small letters.
fn is_unfinished(name: &str) -> bool {
    let random = name.strip_prefix(PREFIX).unwrap_or_default();
    let is_word = random.bytes().all(|byte| byte.is_ascii_lowercase());
    random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !is_word
}

/// Makes the entries of a folder survive a crash.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).at("write", folder)
}

/// The folders above `path` that do not exist yet, outermost first.
pub(crate) fn missing_parents(path: &Path) -> Vec<PathBuf> {
    let above = path.ancestors().skip(1);
    let mut missing: Vec<_> = above.take_while(|folder| !folder.exists()).map(Into::into).collect();
    missing.reverse();
    missing
}

fn folder_of(path: &Path) -> Result<&Path> {
    path.parent().ok_or_else(|| Error::Path { path: path.display().to_string() })
}
