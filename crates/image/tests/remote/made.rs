//! Stores, images and clients made on demand.

use sealer_image::remote::{Client, Options};
use sealer_image::{Result, Store};
use sealer_model::event::Listener;
use sealer_model::image::{Config, ConfigDetails, Descriptor, Entry, Index, Manifest, RootFilesystem, media_type};
use sealer_model::{Digest, Platform, Reference};
use std::path::Path;
use tempfile::TempDir;

/// A store in a folder that vanishes with it.
pub(crate) struct Made {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
}

pub(crate) fn store() -> Made {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store")).unwrap();
    Made { folder, store }
}

pub(crate) fn name(text: &str) -> Reference {
    text.parse().unwrap()
}

pub(crate) fn client() -> Client {
    Client::new(Options::default()).unwrap()
}

pub(crate) fn amd64() -> Platform {
    Platform::linux("amd64")
}

pub(crate) fn arm64() -> Platform {
    Platform::linux("arm64")
}

/// Bytes that no compression and no coincidence makes equal to others.
pub(crate) fn noise(seed: u8, length: usize) -> Vec<u8> {
    let mut state = u64::from(seed) + 1;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// An image of one layer with this content, which need not be an archive for a registry.
pub(crate) fn image(store: &Store, platform: &Platform, layer: &[u8]) -> Descriptor {
    let config = Config {
        created: None,
        architecture: platform.architecture.clone(),
        os: platform.os.clone(),
        variant: None,
        config: ConfigDetails::default(),
        rootfs: RootFilesystem { kind: "layers".into(), diff_ids: vec![Digest::of(layer)] },
        history: Vec::new(),
    };
    let config = store.put_json(media_type::CONFIG, &config).unwrap();
    let layer = store.put_document(media_type::LAYER_TAR, layer).unwrap();
    store.put_json(media_type::MANIFEST, &Manifest::new(config, vec![layer])).unwrap()
}

/// A plain index with an image for each of two platforms.
pub(crate) fn index(store: &Store) -> Descriptor {
    let entry = |platform: Platform| image(store, &platform, platform.architecture.as_bytes()).for_platform(platform);
    let index = Index::new(vec![entry(amd64()), entry(arm64())]);
    store.put_json(media_type::INDEX, &index).unwrap()
}

/// A cluster image: a rootfs, a container image found in an index, and a catalog that carries that index.
pub(crate) fn cluster_image(store: &Store, container_image: &str) -> Descriptor {
    let original = index(store);
    let inner = store.index(&original).unwrap().manifests.remove(0);
    let container_image =
        Entry::ContainerImage { name: name(container_image), original_index: Some(original.digest.clone()) };
    let catalog_config = store.put_document(media_type::CATALOG, br#"{"containerImages":[]}"#);
    let catalog = Manifest::new(catalog_config.unwrap(), vec![original]);
    let catalog = store.put_json(media_type::MANIFEST, &catalog).unwrap();
    let rootfs = image(store, &amd64(), &noise(9, 300_000));
    let entries = vec![
        Entry::Rootfs { platform: amd64() }.annotate(rootfs),
        container_image.annotate(inner),
        Entry::Catalog.annotate(catalog),
    ];
    store.put_json(media_type::INDEX, &Index::new(entries)).unwrap()
}

/// Names an image and pushes it under the same name.
pub(crate) async fn publish(store: &Store, client: &Client, name: &Reference, image: &Descriptor) {
    store.tag(name, image).unwrap();
    sealer_image::push(store, client, name, name, &Listener::deaf()).await.unwrap();
}

/// Pulls the whole of an image, with nobody listening.
pub(crate) async fn pull(store: &Store, client: &Client, name: &Reference) -> Result<Descriptor> {
    sealer_image::pull(store, client, name, None, &Listener::deaf()).await
}

/// A credentials file of docker's form for one registry.
pub(crate) fn credentials(folder: &Path, registry: &str, password: &str) -> Options {
    let path = folder.join("config.json");
    let text = serde_json::json!({
        "auths": { registry: { "username": "engineer", "password": password } }
    });
    std::fs::write(&path, text.to_string()).unwrap();
    Options { credential_files: vec![path], ..Options::default() }
}
