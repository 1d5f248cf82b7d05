//! What uncompressed layers became when they were compressed, so that it need not be done again. Only a memory: whatever is
//! missing here is found out anew.

use super::Store;
use crate::error::Result;
use sealer_model::Digest;
use sealer_model::image::Descriptor;
use std::path::PathBuf;

impl Store {
    /// The compressed form of a layer, if it is known and still in the store.
    pub(crate) fn remembered_layer(&self, diff_id: &Digest) -> Result<Option<Descriptor>> {
        let known: Option<Descriptor> = Self::recall(&self.memory(diff_id))?;
        Ok(known.filter(|layer| self.contains(&layer.digest)))
    }

    /// Remembers the compressed form of a layer.
    pub(crate) fn remember_layer(&self, diff_id: &Digest, layer: &Descriptor) -> Result<()> {
        let text = serde_json::to_vec(layer).expect("a descriptor always has a JSON form");
        self.replace(&self.memory(diff_id), &text)
    }

    fn memory(&self, diff_id: &Digest) -> PathBuf {
        self.ingest().join(format!("gzip-{}", diff_id.hex()))
    }
}
