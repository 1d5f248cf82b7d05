//! What an image consists of: the closure of its descriptors, in the order in which a registry accepts them.

use super::Store;
use crate::error::Result;
use sealer_model::Digest;
use sealer_model::image::{Descriptor, Manifest, media_type};
use std::collections::BTreeSet;

/// An index may list indexes; no honest image nests deeper.
const DEEPEST: usize = 4;

impl Store {
    /// Everything that a document needs, itself last; blobs come before manifests and manifests before indexes, each once.
    ///
    /// # Errors
    /// When a document of it is absent or damaged. Layers and configurations are not looked at.
    pub fn reachable(&self, descriptor: &Descriptor) -> Result<Vec<Descriptor>> {
        let mut walk = Walk { store: self, seen: BTreeSet::new(), order: Vec::new() };
        walk.visit(descriptor, 0)?;
        Ok(walk.order)
    }

    /// The parts of [`Store::reachable`] that are not in the store.
    ///
    /// # Errors
    /// When a document of it is absent or damaged.
    pub fn missing(&self, descriptor: &Descriptor) -> Result<Vec<Descriptor>> {
        let mut parts = self.reachable(descriptor)?;
        parts.retain(|part| !self.contains(&part.digest));
        Ok(parts)
    }
}

struct Walk<'a> {
    store: &'a Store,
    seen: BTreeSet<Digest>,
    order: Vec<Descriptor>,
}

impl Walk<'_> {
    fn visit(&mut self, descriptor: &Descriptor, depth: usize) -> Result<()> {
        if !self.seen.insert(descriptor.digest.clone()) {
            return Ok(());
        }
        if media_type::is_index(&descriptor.media_type) && depth < DEEPEST {
            for child in self.store.index(descriptor)?.manifests {
                self.visit(&child, depth + 1)?;
            }
        } else if media_type::is_manifest(&descriptor.media_type) {
            let manifest: Manifest = self.store.manifest(descriptor)?;
            for blob in manifest.blobs() {
                if self.seen.insert(blob.digest.clone()) {
                    self.order.push(blob.clone());
                }
            }
        }
        self.order.push(descriptor.clone());
        Ok(())
    }
}
