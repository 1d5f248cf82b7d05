//! What an image consists of, told apart by how a registry keeps it: documents under `manifests`, all else under `blobs`.
//! The media type alone does not say it: a catalog carries original indexes as layers, and those are blobs.

use crate::error::Result;
use crate::store::Store;
use sealer_model::Digest;
use sealer_model::image::{Descriptor, media_type};
use std::collections::BTreeSet;

/// An index may list indexes; no honest image nests deeper.
pub(crate) const DEEPEST: usize = 4;

/// The parts of an image, each once.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// Configurations and layers.
    pub(crate) blobs: Vec<Descriptor>,
    /// Manifests and indexes; what a document lists comes before it.
    pub(crate) documents: Vec<Descriptor>,
}

impl Parts {
    /// The parts of images whose documents are all in the store.
    pub(crate) fn of(store: &Store, images: &[Descriptor]) -> Result<Self> {
        let mut walk = Walk { store, seen: BTreeSet::new(), parts: Self::default() };
        for image in images {
            walk.visit(image, 0)?;
        }
        Ok(walk.parts)
    }

    /// Bytes of all blobs. The sizes are what documents claim, so they may be too large for any sum.
    pub(crate) fn blob_bytes(&self) -> u64 {
        self.blobs.iter().fold(0, |sum, blob| sum.saturating_add(blob.size))
    }
}

struct Walk<'a> {
    store: &'a Store,
    seen: BTreeSet<(Digest, bool)>,
    parts: Parts,
}

impl Walk<'_> {
    fn visit(&mut self, document: &Descriptor, depth: usize) -> Result<()> {
        if !self.seen.insert((document.digest.clone(), true)) {
            return Ok(());
        }
        if media_type::is_index(&document.media_type) && depth < DEEPEST {
            for child in self.store.index(document)?.manifests {
                self.visit(&child, depth + 1)?;
            }
        } else if media_type::is_manifest(&document.media_type) {
            for blob in self.store.manifest(document)?.blobs() {
                if self.seen.insert((blob.digest.clone(), false)) {
                    self.parts.blobs.push(blob.clone());
                }
            }
        }
        self.parts.documents.push(document.clone());
        Ok(())
    }
}
