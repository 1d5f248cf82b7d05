//! What was proven before, by digest: one empty file each below the store, beside the image layout and out of its way. Losing
//! one costs time and nothing else.

use crate::error::Error;
use sealer_model::Digest;
use std::fs;
use std::path::{Path, PathBuf};

/// Digests of which one thing was proven.
pub(crate) struct Proofs {
    folder: PathBuf,
}

impl Proofs {
    /// Images that need nothing from outside, as a version of the program saw it: a later one may find more.
    pub(crate) fn new(store: &Path, version: &str) -> Self {
        let version = if version.is_empty() { "unknown" } else { version };
        Self { folder: store.join("build/complete").join(version.replace('/', "-")) }
    }

    /// Layers that have nothing in these folders: a later version of the program may search others.
    pub(crate) fn of_layers(store: &Path, folders: &[&str]) -> Self {
        Self { folder: store.join("build/unsearched").join(folders.join("+")) }
    }

    /// Whether it was proven of this digest.
    pub(crate) fn knows(&self, digest: &Digest) -> bool {
        self.folder.join(digest.hex()).is_file()
    }

    /// Remembers that it was.
    pub(crate) fn remember(&self, digest: &Digest) -> Result<(), Error> {
        fs::create_dir_all(&self.folder).map_err(|source| Error::write(&self.folder, source))?;
        let path = self.folder.join(digest.hex());
        fs::write(&path, "").map_err(|source| Error::write(&path, source))
    }
}
