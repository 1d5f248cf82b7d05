//! Looks folders up below a root that no path and no link can lead out of. The kernel does it where it can (`openat2`, Linux 5.6); older
//! ones, which many sites run (4.18 and 4.19), are walked one name after the other, links read and followed inside the root.

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{self, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path};

/// How folders are opened: never what is no folder.
pub(super) const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC).union(OFlags::RDONLY);

/// Links that may be followed in one look-up, as many as the kernel allows.
const MOST_LINKS: usize = 40;

/// Opens the folder `path` below `root` as if `root` were `/`.
pub(super) fn open_folder(root: &OwnedFd, path: &Path) -> Result<OwnedFd, Errno> {
    let asked = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    match fs::openat2(root, asked, FOLDER, Mode::empty(), ResolveFlags::IN_ROOT) {
        // a container's filter for system calls that knows no openat2 answers that it is forbidden
        Err(Errno::NOSYS | Errno::PERM) => walk(root, path),
        other => other,
    }
}

/// The same without the kernel's help.
fn walk(root: &OwnedFd, path: &Path) -> Result<OwnedFd, Errno> {
    let mut walk = Walk { root: root.as_fd(), opened: Vec::new(), names: VecDeque::new(), links: 0 };
    walk.go_first(path);
    while let Some(name) = walk.names.pop_front() {
        walk.enter(&name)?;
    }
    match walk.opened.pop() {
        Some(folder) => Ok(folder),
        None => rustix::io::fcntl_dupfd_cloexec(root, 0),
    }
}

/// A look-up on its way.
struct Walk<'a> {
    root: BorrowedFd<'a>,
    /// The folders from below the root to where the walk is.
    opened: Vec<OwnedFd>,
    /// The names still to go.
    names: VecDeque<OsString>,
    links: usize,
}

impl Walk<'_> {
    fn here(&self) -> BorrowedFd<'_> {
        self.opened.last().map_or(self.root, AsFd::as_fd)
    }

    /// Puts the names of a path before those still to go. An absolute path starts at the root.
    fn go_first(&mut self, path: &Path) {
        for component in path.components().rev() {
            match component {
                Component::RootDir => self.opened.clear(),
                Component::CurDir | Component::Prefix(_) => {}
                Component::ParentDir | Component::Normal(_) => self.names.push_front(component.as_os_str().to_owned()),
            }
        }
    }

    /// Goes into a folder, follows a link, or goes back; above the root is the root.
    fn enter(&mut self, name: &OsStr) -> Result<(), Errno> {
        if name == ".." {
            self.opened.pop();
            return Ok(());
        }
        match fs::openat(self.here(), name, FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(folder) => {
                self.opened.push(folder);
                Ok(())
            }
            Err(error @ (Errno::LOOP | Errno::NOTDIR)) => self.follow(name, error),
            Err(error) => Err(error),
        }
    }

    fn follow(&mut self, name: &OsStr, error: Errno) -> Result<(), Errno> {
        // what is neither folder nor link cannot be read as a link
        let target = fs::readlinkat(self.here(), name, Vec::new()).map_err(|_| error)?;
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(Errno::LOOP);
        }
        let target = OsString::from_vec(target.into_bytes());
        self.go_first(Path::new(&target));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A tree with links in, out, round and up.
    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        std::fs::create_dir_all(at("usr/lib/deep")).unwrap();
        std::fs::create_dir_all(at("etc")).unwrap();
        std::fs::write(at("etc/hosts"), "").unwrap();
        let links = [
            ("usr/lib", "lib"),
            ("/usr/lib", "absolute"),
            ("../../../../etc", "usr/out"),
            ("/../..", "usr/above"),
            ("round", "round"),
            ("etc/hosts", "file"),
            ("nowhere", "dangling"),
            ("../lib/./deep/..", "usr/long"),
        ];
        for (target, link) in links {
            symlink(target, at(link)).unwrap();
        }
        folder
    }

    #[test]
    fn the_walk_finds_what_the_kernel_finds() {
        let folder = tree();
        let root = fs::open(folder.path(), FOLDER, Mode::empty()).unwrap();
        let paths = [
            "",
            ".",
            "usr",
            "usr/lib/deep",
            "lib",
            "lib/deep",
            "absolute/deep",
            "usr/out",
            "usr/above",
            "usr/above/etc",
            "round",
            "round/x",
            "file",
            "file/x",
            "dangling",
            "usr/long",
            "usr/long/deep",
            "etc/hosts",
            "usr/../etc",
            "../../etc",
            "/etc",
            "no",
            "no/such",
        ];
        for path in paths {
            let identity = |folder: OwnedFd| fs::fstat(folder).map(|status| (status.st_dev, status.st_ino));
            let path = Path::new(path);
            let walked = walk(&root, path).and_then(identity);
            assert_eq!(walked, open_folder(&root, path).and_then(identity), "{}", path.display());
        }
    }
}
