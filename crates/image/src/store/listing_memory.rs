//! Which paths a layer holds, so that a file of a rootfs is looked for without decompressing every layer. Only a memory: whatever is
//! missing here is found out anew.

use super::Store;
use crate::error::Result;
use sealer_model::Digest;
use std::path::PathBuf;

impl Store {
    /// The paths of a layer's entries as the archive has them, in its order, if they are known.
    pub(crate) fn remembered_listing(&self, layer: &Digest) -> Result<Option<Vec<String>>> {
        Self::recall(&self.listing_memory(layer))
    }

    /// Remembers the paths of a layer's entries.
    pub(crate) fn remember_listing(&self, layer: &Digest, paths: &[String]) -> Result<()> {
        let text = serde_json::to_vec(paths).expect("a list of texts always has a JSON form");
        self.replace(&self.listing_memory(layer), &text)
    }

    fn listing_memory(&self, layer: &Digest) -> PathBuf {
        self.ingest().join(format!("listing-{}", layer.hex()))
    }
}
