//! Collecting garbage: blobs that no name leads to. It waits for writers and keeps them out, so that a blob which is about to
//! be named is never lost.

use super::Store;
use crate::error::{Error, Result, at};
use sealer_model::Digest;
use std::collections::BTreeSet;
use std::fs;

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Collected {
    /// How many blobs.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Store {
    /// Removes every blob that no named image needs. Documents that other tools named are kept with all that they need.
    ///
    /// # Errors
    /// When an image's documents cannot be read (then nothing is removed), or a file cannot be removed.
    pub fn collect_garbage(&self) -> Result<Collected> {
        let _lock = self.own()?;
        let needed = self.needed()?;
        let mut collected = Collected::default();
        let folder = self.blobs();
        for entry in fs::read_dir(&folder).map_err(at(&folder))? {
            let entry = entry.map_err(at(&folder))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let Ok(digest) = format!("sha256:{name}").parse::<Digest>() else {
                continue;
            };
            if !needed.contains(&digest) {
                let path = entry.path();
                collected.bytes += entry.metadata().map_err(at(&path))?.len();
                collected.blobs += 1;
                fs::remove_file(&path).map_err(at(&path))?;
            }
        }
        Ok(collected)
    }

    fn needed(&self) -> Result<BTreeSet<Digest>> {
        let mut needed = BTreeSet::new();
        for entry in self.entries()? {
            needed.extend(self.reachable(&entry)?.into_iter().map(|part| part.digest));
        }
        Ok(needed)
    }

    /// Reads every blob and compares it with its name; returns the damaged ones.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn verify(&self) -> Result<Vec<Digest>> {
        let mut damaged = Vec::new();
        for entry in self.entries()? {
            for part in self.reachable(&entry)? {
                match self.verify_blob(&part.digest) {
                    Ok(()) => {}
                    Err(Error::Damaged { expected, .. }) => damaged.push(expected),
                    Err(error) => return Err(error),
                }
            }
        }
        damaged.sort();
        damaged.dedup();
        Ok(damaged)
    }

    fn verify_blob(&self, digest: &Digest) -> Result<()> {
        let path = self.blob_path(digest);
        let mut hasher = sealer_model::digest::Hasher::default();
        let mut file = self.open_blob(digest)?;
        let mut piece = vec![0; 256 * 1024];
        loop {
            match std::io::Read::read(&mut file, &mut piece).map_err(at(&path))? {
                0 => break,
                length => hasher.update(&piece[..length]),
            }
        }
        let found = hasher.finish();
        if found == *digest {
            return Ok(());
        }
        let what = path.display().to_string();
        Err(Error::Damaged { what, expected: digest.clone(), found })
    }
}
