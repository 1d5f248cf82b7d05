//! Stores and images made on demand.

use sealer_image::Store;
use sealer_image::layer::{Attributes, LayerWriter};
use sealer_model::image::{Config, ConfigDetails, Descriptor, Manifest, RootFilesystem, media_type};
use sealer_model::{Digest, Reference};
use tempfile::TempDir;

pub(crate) const FILE: Attributes = Attributes { mode: 0o640, user: 0, group: 0 };
pub(crate) const FOLDER: Attributes = Attributes { mode: 0o755, user: 0, group: 0 };

/// A store in a folder that vanishes with it.
pub(crate) struct Made {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
}

pub(crate) fn store() -> Made {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    Made { folder, store }
}

pub(crate) fn name(text: &str) -> Reference {
    text.parse().unwrap()
}

/// The configuration of an image for linux/amd64 with these layers.
pub(crate) fn config(diff_ids: Vec<Digest>) -> Config {
    Config {
        created: None,
        architecture: "amd64".into(),
        os: "linux".into(),
        variant: None,
        config: ConfigDetails::default(),
        rootfs: RootFilesystem { kind: "layers".into(), diff_ids },
        history: Vec::new(),
    }
}

/// An image of one layer with one file of this content.
pub(crate) fn image(store: &Store, content: &[u8]) -> Descriptor {
    let mut writer = LayerWriter::new(store, 0).unwrap();
    writer.directory("etc", FOLDER).unwrap();
    writer.file("etc/content", FILE, content.len() as u64, content).unwrap();
    let layer = writer.finish().unwrap();
    let config = store.put_json(media_type::CONFIG, &config(vec![layer.diff_id])).unwrap();
    store.put_json(media_type::MANIFEST, &Manifest::new(config, vec![layer.descriptor])).unwrap()
}
