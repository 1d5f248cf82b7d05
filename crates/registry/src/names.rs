//! The names in the store, read once and again whenever somebody has replaced the store's `index.json`: a push to this
//! registry, or another process that works on the same store.

use sealer_image::{ContainerImages, Error, Result, Store};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All names of a store, as of its last change.
#[derive(Debug)]
pub(crate) struct Names {
    store: Store,
    known: Mutex<Option<Known>>,
}

#[derive(Debug)]
struct Known {
    stamp: Stamp,
    names: Arc<ContainerImages>,
}

/// What changes about `index.json` when it is replaced.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl Names {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, known: Mutex::new(None) }
    }

    /// The names as they are now. Blocks on the disk, and while somebody else reads them anew.
    ///
    /// # Errors
    /// When the store or a document of a named image cannot be read.
    pub(crate) fn current(&self) -> Result<Arc<ContainerImages>> {
        let mut known = self.lock();
        // Taken first: a change while the names are read makes them be read once more.
        let stamp = self.stamp()?;
        if let Some(known) = known.as_ref().filter(|known| known.stamp == stamp) {
            return Ok(known.names.clone());
        }
        let names = Arc::new(ContainerImages::of(&self.store)?);
        *known = Some(Known { stamp, names: names.clone() });
        Ok(names)
    }

    /// Forgets the names after a change of our own, which may be too quick for a time stamp.
    pub(crate) fn forget(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stamp(&self) -> Result<Stamp> {
        let path = self.store.index_path();
        match fs::metadata(&path) {
            Ok(metadata) => Ok(Stamp {
                inode: metadata.ino(),
                size: metadata.len(),
                modified: (metadata.mtime(), metadata.mtime_nsec()),
            }),
            Err(source) => Err(Error::File { path, source }),
        }
    }
}
