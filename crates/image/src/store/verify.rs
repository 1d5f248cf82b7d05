//! Checks a store: every blob is read and compared with its name, by as many threads as the machine has processors, and every
//! image is followed to all that it needs. What is damaged is put aside, so that the next pull, load or build brings it anew.

use super::Store;
use super::damage::{is_intact, true_digest};
use crate::error::{Error, Result};
use sealer_model::Digest;
use sealer_model::event::{Listener, Meter, Transfer};
use sealer_model::image::{Descriptor, Manifest, annotation, media_type};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Blobs that were read.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What is wrong, in order of digest.
    pub faults: Vec<Fault>,
}

/// What reading every blob showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The blobs that were there.
    pub blobs: BTreeSet<Digest>,
    /// Their bytes.
    pub bytes: u64,
    /// Those that are not what their name says, and what they are.
    pub damaged: BTreeMap<Digest, Digest>,
}

/// One blob that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Which.
    pub digest: Digest,
    /// What is wrong with it.
    pub wrong: Wrong,
    /// The names of the images that need it; none where no image does.
    pub images: Vec<String>,
}

/// What is wrong with a blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Wrong {
    /// It was not what its name says, and was put aside.
    Damaged {
        /// What it was.
        found: Digest,
    },
    /// It is not there.
    Missing,
}

/// The names of the images that need a blob.
pub(super) type Needing = BTreeSet<String>;

impl Store {
    /// Checks every blob and every image. Nothing is changed but that damaged blobs are put aside and that what heals an
    /// image is looked at after the next start of the machine.
    ///
    /// # Errors
    /// When the store cannot be read; damage is no error here.
    pub fn verify(&self, listener: &Listener) -> Result<Verification> {
        // Asked before anything is read: what comes or goes meanwhile is none of this check's business.
        let before = self.demanded()?;
        let Scan { blobs: present, bytes, damaged } = self.scan(listener)?;
        let absent = |digest: &&Digest| !present.contains(digest) && !self.contains(digest);
        let missing: Vec<Digest> = before.keys().filter(absent).cloned().collect();
        if !missing.is_empty() || damaged.keys().any(|digest| before.contains_key(digest)) {
            self.note_wound()?;
        }
        self.put_all_aside(damaged.keys())?;
        let mut faults: Vec<Fault> = Vec::new();
        for (digest, found) in damaged {
            let images = images(&before, &digest);
            faults.push(Fault { digest, wrong: Wrong::Damaged { found }, images });
        }
        for digest in missing {
            let images = images(&before, &digest);
            faults.push(Fault { digest, wrong: Wrong::Missing, images });
        }
        faults.sort_by(|one, other| one.digest.cmp(&other.digest));
        Ok(Verification { blobs: present.len() as u64, bytes, faults })
    }

    /// Reads every blob, by as many threads as the machine has processors, and changes nothing.
    ///
    /// # Errors
    /// When the store cannot be read; damage is no error here.
    pub fn scan(&self, listener: &Listener) -> Result<Scan> {
        let present = self.present()?;
        let bytes = present.values().sum();
        let transfer = Transfer { title: "verify the store".to_owned(), host: None, digest: None };
        let meter = Mutex::new(Meter::new(listener, transfer, Some(bytes)));
        let advance = |bytes: usize| locked(&meter).advance(bytes as u64, Instant::now());
        let (queue, damaged) = (Mutex::new(present.keys()), Mutex::new(BTreeMap::new()));
        let work = || -> Result<()> {
            loop {
                // A statement of its own, so that the queue is free while the blob is read.
                let next = locked(&queue).next();
                let Some(digest) = next else { return Ok(()) };
                match true_digest(self, digest, advance) {
                    Ok(found) if found == *digest => {}
                    Ok(found) => drop(locked(&damaged).insert(digest.clone(), found)),
                    // Garbage may be collected meanwhile.
                    Err(Error::NoBlob { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        };
        let threads = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| match worker.join() {
                Ok(outcome) => outcome,
                Err(_) => Err(Error::Task { what: "a check of the store" }),
            })
        })?;
        locked(&meter).finish(Instant::now());
        let damaged = damaged.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Scan { blobs: present.into_keys().collect(), bytes, damaged })
    }

    /// Nobody may take a blob for good while it goes, so it goes while nobody writes.
    fn put_all_aside<'a>(&self, damaged: impl ExactSizeIterator<Item = &'a Digest>) -> Result<()> {
        if damaged.len() == 0 {
            return Ok(());
        }
        let _lock = self.own()?;
        for digest in damaged {
            // It may have been brought anew since it was read.
            if self.contains(digest) && !is_intact(self, digest)? {
                self.put_aside(digest)?;
            }
        }
        Ok(())
    }

    /// Everything that named images need, as far as their documents can be read.
    pub(super) fn demanded(&self) -> Result<BTreeMap<Digest, Needing>> {
        let mut demanded: BTreeMap<Digest, Needing> = BTreeMap::new();
        for entry in self.entries()? {
            let name = entry.annotation(annotation::REFERENCE).unwrap_or("an image without a name").to_owned();
            let mut open = vec![entry];
            while let Some(document) = open.pop() {
                let known = !demanded.entry(document.digest.clone()).or_default().insert(name.clone());
                if known {
                    continue;
                }
                open.extend(self.listed(&document));
                for blob in self.blobs_of(&document) {
                    demanded.entry(blob).or_default().insert(name.clone());
                }
            }
        }
        Ok(demanded)
    }

    /// The documents that a document lists. One that cannot be read lists nothing; that it cannot is found when it is checked
    /// itself.
    fn listed(&self, document: &Descriptor) -> Vec<Descriptor> {
        if !media_type::is_index(&document.media_type) {
            return Vec::new();
        }
        self.index(document).map(|index| index.manifests).unwrap_or_default()
    }

    /// The blobs of a manifest, as in [`Store::listed`]. None of them is looked into: a catalog carries indexes as blobs, and
    /// what those list need not be here.
    fn blobs_of(&self, document: &Descriptor) -> Vec<Digest> {
        if !media_type::is_manifest(&document.media_type) {
            return Vec::new();
        }
        let digests = |manifest: Manifest| manifest.blobs().map(|blob| blob.digest.clone()).collect();
        self.manifest(document).map(digests).unwrap_or_default()
    }
}

fn images(demanded: &BTreeMap<Digest, Needing>, digest: &Digest) -> Vec<String> {
    demanded.get(digest).into_iter().flatten().cloned().collect()
}

/// A thread that panicked while it held the lock left nothing half-done in a list or a number.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
