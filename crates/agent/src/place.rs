//! Where on the machine the agent works: the folder of its own state, and the folder that stands for `/`, so that all of it
//! can be tried without being root.

use crate::error::{Error, Result};
use std::path::{Component, Path, PathBuf};

/// The agent's own folder and the system that it changes.
#[derive(Clone, Debug)]
pub struct Place {
    root: PathBuf,
    system: PathBuf,
}

impl Place {
    /// State in `root`, changes to the real system.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root, system: PathBuf::from("/") }
    }

    /// A system below a folder of its own, for tests.
    #[must_use]
    pub fn below(system: PathBuf) -> Self {
        Self { root: system.join("var/lib/sealer"), system }
    }

    /// The folder that holds all of sealer's state on this host.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The store of blobs.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.root.join("registry")
    }

    /// The program of this name: found by `PATH` on a real system.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        if self.system == Path::new("/") { PathBuf::from(name) } else { self.system.join("usr/bin").join(name) }
    }

    /// Where an absolute path of a request lies.
    pub(crate) fn path(&self, text: &str) -> Result<PathBuf> {
        let path = Path::new(text);
        let plain = |part| matches!(part, Component::RootDir | Component::Normal(_));
        if !path.is_absolute() || !path.components().all(plain) || text.contains('\0') {
            return Err(Error::Path { path: text.to_owned() });
        }
        Ok(self.system.join(text.trim_start_matches('/')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_could_leave_the_system_is_refused() {
        let place = Place::below("/tmp/system".into());
        for path in ["etc/hosts", "", "/etc/../../passwd", "../x", "/etc/\0"] {
            assert!(place.path(path).is_err(), "{path:?} was accepted");
        }
        assert_eq!(place.path("/etc/hosts").unwrap(), Path::new("/tmp/system/etc/hosts"));
        assert_eq!(Place::new("/x".into()).path("/etc/hosts").unwrap(), Path::new("/etc/hosts"));
    }
}
