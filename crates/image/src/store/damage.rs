//! Blobs that are not what their name says: found by reading them, and put aside, so that whoever needs them next brings them
//! anew, and nobody takes them for good ones.

use super::Store;
use crate::copy::hash;
use crate::error::{Result, at};
use sealer_model::Digest;
use std::fs;

/// What the content of a blob really is.
pub(super) fn true_digest(store: &Store, digest: &Digest, moved: impl FnMut(usize)) -> Result<Digest> {
    let mut file = store.open_blob(digest)?;
    let (_, found) = hash(&mut file, moved).map_err(at(&store.blob_path(digest)))?;
    Ok(found)
}

/// Whether a blob is what its name says.
pub(super) fn is_intact(store: &Store, digest: &Digest) -> Result<bool> {
    Ok(true_digest(store, digest, |_| ())? == *digest)
}

/// What files that were put aside are called, before their digest.
pub(super) const ASIDE: &str = "damaged-";

impl Store {
    /// Whether a blob is what its name says; one that is not is put aside, so that whoever needs it brings it anew.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn keep_if_intact(&self, digest: &Digest) -> Result<bool> {
        let intact = is_intact(self, digest)?;
        if !intact {
            self.put_aside(digest)?;
        }
        Ok(intact)
    }

    /// Takes a damaged blob out of the store; it stays beside it until garbage is collected.
    pub(super) fn put_aside(&self, digest: &Digest) -> Result<()> {
        let path = self.blob_path(digest);
        fs::rename(&path, self.ingest().join(format!("{ASIDE}{}", digest.hex()))).map_err(at(&path))
    }
}
