//! File systems that are mounted below folders: found in the kernel's own list and unmounted, last mounted first.

use crate::error::{Error, IoContext as _, Result};
use rustix::io::Errno;
use rustix::mount::{UnmountFlags, unmount};
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

const LIST: &str = "/proc/self/mountinfo";

/// How often a busy mount is tried before it is detached.
const TRIES: u32 = 20;

/// Mount points can be stacked, and unmounting one can bring another to light.
const PASSES: u32 = 8;

/// Unmounts everything strictly below the folders. Blocks.
pub(crate) fn unmount_below(folders: &[impl AsRef<Path>]) -> Result<()> {
    for _ in 0..PASSES {
        let mounts = below(folders)?;
        if mounts.is_empty() {
            return Ok(());
        }
        for mount in mounts.iter().rev() {
            release(mount)?;
        }
    }
    let left = below(folders)?;
    if left.is_empty() {
        return Ok(());
    }
    let left: Vec<_> = left.iter().map(|mount| mount.display().to_string()).collect();
    Err(Error::Mounted { mounts: left.join(", ") })
}

fn below(folders: &[impl AsRef<Path>]) -> Result<Vec<PathBuf>> {
    let path = Path::new(LIST);
    let list = fs::read(path).at("read", path)?;
    let is_below = |mount: &PathBuf| {
        let mut folders = folders.iter().map(AsRef::as_ref);
        folders.any(|folder: &Path| mount.starts_with(folder) && mount != folder)
    };
    Ok(mount_points(&list).into_iter().filter(is_below).collect())
}

/// What is busy for long is detached: it vanishes from the tree now and from the kernel when its last user ends.
fn release(mount: &Path) -> Result<()> {
    for _ in 0..TRIES {
        match unmount(mount, UnmountFlags::NOFOLLOW) {
            // INVAL, NOENT: it went with another one.
            Ok(()) | Err(Errno::INVAL | Errno::NOENT) => return Ok(()),
            Err(Errno::BUSY) => thread::sleep(Duration::from_millis(50)),
            Err(error) => return Err(Error::io("unmount", mount, error.into())),
        }
    }
    match unmount(mount, UnmountFlags::NOFOLLOW | UnmountFlags::DETACH) {
        Ok(()) | Err(Errno::INVAL | Errno::NOENT) => Ok(()),
        Err(error) => Err(Error::io("unmount", mount, error.into())),
    }
}

/// The fifth word of each line, in the order of mounting.
fn mount_points(list: &[u8]) -> Vec<PathBuf> {
    let lines = list.split(|byte| *byte == b'\n');
    lines.filter_map(|line| line.split(|byte| *byte == b' ').nth(4).map(unescape)).collect()
}

/// Space, tab, line end and backslash are written as three octal digits.
fn unescape(word: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((first, tail)) = rest.split_first() {
        let digits = if *first == b'\\' { tail.get(..3) } else { None };
        let code = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 8).ok()) {
            bytes.push(byte);
            rest = &tail[3..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points_with_odd_letters_are_read() {
        let list = b"22 1 0:21 / / rw - ext4 /dev/vda rw\n\
            23 22 0:22 / /mnt/a\\040disk rw shared:1 - tmpfs tmpfs rw\n\
            24 22 0:23 / /mnt/back\\134slash rw - tmpfs tmpfs rw\n\
            25 22 0:24 / /mnt/\\99 rw - tmpfs tmpfs rw\n";
        let expected = ["/", "/mnt/a disk", "/mnt/back\\slash", "/mnt/\\99"].map(PathBuf::from);
        assert_eq!(mount_points(list), expected);
    }

    #[test]
    fn a_list_that_is_cut_off_is_read_as_far_as_it_goes() {
        assert_eq!(mount_points(b"22 1 0:21 / /a rw\n23 22"), [PathBuf::from("/a")]);
        assert!(mount_points(b"").is_empty());
    }

    /// Mounts a small file system, or says what is left out.
    fn mount(path: &Path) -> bool {
        fs::create_dir_all(path).unwrap();
        let flags = rustix::mount::MountFlags::empty();
        let mounted = rustix::mount::mount("none", path, "tmpfs", flags, None);
        if let Err(error) = &mounted {
            eprintln!("left out, because this process may not mount: {error}");
        }
        mounted.is_ok()
    }

    #[test]
    fn what_is_mounted_below_is_unmounted_even_if_stacked_nested_and_busy() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        if !mount(&path("a b")) {
            return;
        }
        assert!(mount(&path("a b/c")) && mount(&path("a b/c")) && mount(&path("d")));
        let busy = fs::File::create(path("a b/c/busy")).unwrap();
        unmount_below(&[path("a b")]).unwrap();
        assert_eq!(below(&[folder.path()]).unwrap(), [path("a b"), path("d")]);
        drop(busy);
        unmount_below(&[folder.path()]).unwrap();
        assert!(below(&[folder.path()]).unwrap().is_empty());
    }
}
