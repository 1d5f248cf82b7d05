//! What the store remembers of layers: one small file a key, `build/layers/<key>.json` below the store, beside the image
//! layout and out of its way. Losing a file costs time and nothing else.

use crate::error::Error;
use crate::record;
use sealer_image::layer::Layer;
use sealer_model::Digest;
use sealer_model::image::Descriptor;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The folder below the store.
const FOLDER: &str = "build/layers";

/// The records of one store.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

/// One record.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    descriptor: Descriptor,
    diff_id: Digest,
}

impl Cache {
    /// The records of the store in this folder.
    pub(crate) fn new(store: &Path) -> Self {
        Self { folder: store.join(FOLDER) }
    }

    /// The layer of a key. A record that cannot be read is as good as none.
    pub(crate) fn find(&self, key: &Digest) -> Option<Layer> {
        let record: Record = record::read(&self.path(key))?;
        Some(Layer { descriptor: record.descriptor, diff_id: record.diff_id })
    }

    /// Remembers a layer.
    pub(crate) fn remember(&self, key: &Digest, layer: &Layer) -> Result<(), Error> {
        let record = Record { descriptor: layer.descriptor.clone(), diff_id: layer.diff_id.clone() };
        record::write(&self.path(key), &record)
    }

    fn path(&self, key: &Digest) -> PathBuf {
        self.folder.join(format!("{}.json", key.hex()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_layer_is_found_again_by_its_key_only() {
        let store = tempfile::tempdir().unwrap();
        let cache = Cache::new(store.path());
        let layer = Layer { descriptor: Descriptor::of("x", b"blob"), diff_id: Digest::of(b"tar") };
        cache.remember(&Digest::of(b"key"), &layer).unwrap();
        assert_eq!(cache.find(&Digest::of(b"key")), Some(layer));
        assert_eq!(cache.find(&Digest::of(b"other")), None);
    }

    #[test]
    fn a_damaged_record_is_as_good_as_none() {
        let store = tempfile::tempdir().unwrap();
        let cache = Cache::new(store.path());
        let key = Digest::of(b"key");
        fs::create_dir_all(&cache.folder).unwrap();
        fs::write(cache.path(&key), "{").unwrap();
        assert_eq!(cache.find(&key), None);
    }
}
