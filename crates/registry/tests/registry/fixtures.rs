//! Images made for the tests, small but complete.

use flate2::Compression;
use flate2::write::GzEncoder;
use sealer_image::Store;
use sealer_model::image::{Descriptor, Entry, Index, Manifest, media_type};
use sealer_model::{Digest, Platform};
use serde_json::json;
use std::io::Write;

/// An image with one layer that holds a text.
pub(crate) fn image(store: &Store, text: &str) -> Descriptor {
    let layer = gzip(text.as_bytes());
    let layer = store.put_document(media_type::LAYER_GZIP, &layer).unwrap();
    let config = json!({
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": { "type": "layers", "diff_ids": [Digest::of(text.as_bytes())] },
    });
    let config = store.put_json(media_type::CONFIG, &config).unwrap();
    let manifest = Manifest::new(config, vec![layer]);
    let descriptor = store.put_json(media_type::MANIFEST, &manifest).unwrap();
    descriptor.for_platform(Platform::linux("amd64"))
}

/// An index over images.
pub(crate) fn index(store: &Store, manifests: Vec<Descriptor>) -> Descriptor {
    store.put_json(media_type::INDEX, &Index::new(manifests)).unwrap()
}

/// A cluster image that carries a container image under a name.
pub(crate) fn cluster_image(store: &Store, name: &str, container: &Descriptor) -> Descriptor {
    let platform = Platform::linux("amd64");
    let rootfs = Entry::Rootfs { platform }.annotate(image(store, "rootfs"));
    let entry = Entry::ContainerImage { name: name.parse().unwrap(), original_index: None };
    index(store, vec![rootfs, entry.annotate(container.clone())])
}

pub(crate) fn bytes(store: &Store, digest: &Digest) -> Vec<u8> {
    std::fs::read(store.blob_path(digest)).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
