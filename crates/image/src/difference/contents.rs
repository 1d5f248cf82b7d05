//! What one cluster image says, read from the store, as far as two of them are compared.

use super::Side;
use super::layers::{self, Files, LayerFiles};
use crate::error::Result;
use crate::inspect::Documents;
use crate::store::Store;
use sealer_model::bundle::Program;
use sealer_model::image::{CatalogEntry, Descriptor, Extension, Manifest};
use sealer_model::{Digest, Reference};
use std::collections::BTreeMap;

/// One image.
#[derive(Clone, Debug)]
pub(super) struct Contents {
    pub(super) side: Side,
    /// Applications, launch, environment; labels included.
    pub(super) extension: Extension,
    pub(super) container_images: Vec<CatalogEntry>,
    /// sealer's own programs.
    pub(super) programs: Vec<Program>,
    /// The layers of each platform, lowest first.
    pub(super) layers: BTreeMap<String, Vec<Descriptor>>,
    /// The files of each platform that was worth reading.
    pub(super) files: BTreeMap<String, Files>,
    /// Every blob with its bytes.
    pub(super) blobs: BTreeMap<Digest, u64>,
}

impl Contents {
    /// Reads everything but files.
    pub(super) fn read(store: &Store, name: &Reference) -> Result<Self> {
        let documents = Documents::read(store, name)?;
        let extension = documents.extension()?;
        let blobs = store.reachable(&documents.descriptor)?;
        let layers = |manifest: Manifest| manifest.layers;
        Ok(Self {
            side: Side { name: name.clone(), digest: documents.descriptor.digest },
            extension,
            container_images: documents.catalog.container_images,
            programs: documents.programs,
            layers: documents
                .rootfs
                .into_iter()
                .map(|(platform, _, manifest)| (platform.to_string(), layers(manifest)))
                .collect(),
            files: BTreeMap::new(),
            blobs: blobs.into_iter().map(|blob| (blob.digest, blob.size)).collect(),
        })
    }
}

/// Reads the files of the platforms that both images have, and not alike. A layer that occurs several times is read once.
pub(super) fn read_files(store: &Store, from: &mut Contents, to: &mut Contents) -> Result<()> {
    let mut known = BTreeMap::new();
    let differ = |platform: &&String| to.layers.get(*platform).is_some_and(|layers| *layers != from.layers[*platform]);
    let platforms: Vec<String> = from.layers.keys().filter(differ).cloned().collect();
    for platform in platforms {
        for contents in [&mut *from, &mut *to] {
            let files = laid(store, &contents.layers[&platform], &mut known)?;
            contents.files.insert(platform.clone(), files);
        }
    }
    Ok(())
}

fn laid(store: &Store, layers: &[Descriptor], known: &mut BTreeMap<Digest, LayerFiles>) -> Result<Files> {
    let mut files = Files::new();
    for layer in layers {
        if !known.contains_key(&layer.digest) {
            known.insert(layer.digest.clone(), layers::read(store, layer)?);
        }
        known[&layer.digest].lay_over(&mut files);
    }
    Ok(files)
}
