//! The names in the store, in memory, and read again whenever somebody has replaced the store's `index.json`: a push to this
//! registry, or another process that works on the same store. Looking for a change costs one system call, so that every
//! request can afford it. What an entry of the index means is remembered, so that a push to a store of a thousand images
//! reads one new document and not a thousand.

mod catalog;
mod entry;

pub(crate) use catalog::{Catalog, Held, Named};

use catalog::Fact;
use sealer_image::{Error, NamedImage, Result, Store};
use sealer_model::Digest;
use sealer_model::causes::chain;
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All names of a store, as of its last change.
#[derive(Debug)]
pub(crate) struct Names {
    store: Store,
    known: Mutex<Option<Known>>,
    meanings: Mutex<HashMap<Key, Arc<Vec<Fact>>>>,
}

/// An entry of the index: its full name and its digest.
type Key = (String, Digest);

#[derive(Debug)]
struct Known {
    stamp: Stamp,
    catalog: Arc<Catalog>,
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
        Self { store, known: Mutex::default(), meanings: Mutex::default() }
    }

    /// The names, if those in memory are still the right ones. Asks only for the state of one file that is in memory anyway.
    pub(crate) fn fresh(&self) -> Option<Arc<Catalog>> {
        let stamp = self.stamp().ok()?;
        let known = lock(&self.known);
        known.as_ref().filter(|known| known.stamp == stamp).map(|known| known.catalog.clone())
    }

    /// The names as they are now. Blocks on the disk, and while somebody else reads them anew.
    ///
    /// # Errors
    /// When the store's index cannot be read.
    pub(crate) fn current(&self) -> Result<Arc<Catalog>> {
        let mut meanings = lock(&self.meanings);
        if let Some(catalog) = self.fresh() {
            return Ok(catalog);
        }
        // Taken first: a change while the names are read makes them be read once more.
        let stamp = self.stamp()?;
        let catalog = Arc::new(self.read(&mut meanings)?);
        *lock(&self.known) = Some(Known { stamp, catalog: catalog.clone() });
        Ok(catalog)
    }

    /// Forgets the names after a change of our own, which may be too quick for a time stamp.
    pub(crate) fn forget(&self) {
        *lock(&self.known) = None;
    }

    fn read(&self, meanings: &mut HashMap<Key, Arc<Vec<Fact>>>) -> Result<Catalog> {
        let mut still = HashMap::new();
        let mut catalog = Catalog::default();
        for image in self.store.images()? {
            catalog.name(&image);
            let key = (image.name.to_string(), image.descriptor.digest.clone());
            match meanings.remove(&key).map_or_else(|| self.facts(&image), Ok) {
                Ok(facts) => {
                    catalog.add(&facts);
                    still.insert(key, facts);
                }
                // One damaged image does not take the others away; it is read again with the next change.
                Err(error) => {
                    catalog.add(&entry::named(&image));
                    catalog.problems.push(format!("{}: {}", image.name, chain(&error)));
                }
            }
        }
        *meanings = still;
        Ok(catalog)
    }

    fn facts(&self, image: &NamedImage) -> Result<Arc<Vec<Fact>>> {
        entry::facts(&self.store, image).map(Arc::new)
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
