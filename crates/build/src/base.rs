//! The image that a build starts from: its layers, configuration, applications and container images for one platform.

use crate::assemble::{Carried, empty_config};
use crate::error::Error;
use sealer_image::Store;
use sealer_model::image::{
    Annotations, Catalog, Config, Descriptor, Entry, Extension, Index, Manifest, annotation,
};
use sealer_model::{Digest, Platform, Reference};
use std::collections::BTreeMap;

/// What a build inherits.
#[derive(Debug)]
pub(crate) struct BaseImage {
    /// The configuration, diff ids and history included.
    pub(crate) config: Config,
    /// The layers, lowest first.
    pub(crate) layers: Vec<Descriptor>,
    /// Applications, launch and environment, with the labels of the configuration.
    pub(crate) extension: Extension,
    /// Container images for the platform.
    pub(crate) carried: Vec<Carried>,
    /// Annotations that name the base.
    pub(crate) annotations: Annotations,
}

/// The OCI annotations that name a base image.
const BASE_NAME: &str = "org.opencontainers.image.base.name";
const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";

impl BaseImage {
    /// `FROM scratch`.
    pub(crate) fn scratch(platform: &Platform) -> Self {
        Self {
            config: empty_config(platform),
            layers: Vec::new(),
            extension: Extension::default(),
            carried: Vec::new(),
            annotations: Annotations::new(),
        }
    }

    /// `FROM` a cluster image of the store. `rootfs` is the platform of the files, `platform` that of the build.
    pub(crate) fn load(
        store: &Store,
        name: &Reference,
        descriptor: &Descriptor,
        rootfs: &Platform,
        platform: &Platform,
    ) -> Result<Self, Error> {
        let index: Index = store.index(descriptor)?;
        if !index.is_cluster_image() {
            return Err(Error::NotClusterImage { name: name.clone() });
        }
        let manifest_descriptor = index.rootfs_for(rootfs).ok_or_else(|| Error::NoPlatform {
            name: name.clone(),
            platform: rootfs.clone(),
            present: platforms(&index),
        })?;
        let manifest = store.manifest(manifest_descriptor)?;
        let config: Config = store.parse(&manifest.config)?;
        let mut extension = extension(name, &manifest)?;
        extension.labels.extend(config.config.labels.clone().unwrap_or_default());
        let annotations = Annotations::from([
            (BASE_NAME.to_owned(), name.to_string()),
            (BASE_DIGEST.to_owned(), descriptor.digest.to_string()),
        ]);
        let carried = carried(store, &index, platform)?;
        let config = Config {
            architecture: platform.architecture.clone(),
            variant: platform.variant.clone(),
            ..config
        };
        Ok(Self { config, layers: manifest.layers, extension, carried, annotations })
    }
}

fn extension(name: &Reference, manifest: &Manifest) -> Result<Extension, Error> {
    let text = manifest
        .annotations
        .get(annotation::EXTENSION)
        .ok_or_else(|| Error::NotClusterImage { name: name.clone() })?;
    serde_json::from_str(text)
        .map_err(|source| Error::Document { name: name.clone(), what: annotation::EXTENSION.into(), source })
}

/// The platforms of an index, for an error.
fn platforms(index: &Index) -> String {
    let platform = |descriptor: &Descriptor| match Entry::of(descriptor) {
        Ok(Entry::Rootfs { platform }) => Some(platform.to_string()),
        _ => None,
    };
    index.manifests.iter().filter_map(platform).collect::<Vec<String>>().join(", ")
}

/// The container images for one platform, with who asked for them according to the catalog.
fn carried(store: &Store, index: &Index, platform: &Platform) -> Result<Vec<Carried>, Error> {
    let (catalog, originals) = catalog(store, index)?;
    let mut carried = Vec::new();
    for (descriptor, entry) in index.entries()? {
        let Entry::ContainerImage { name, original_index } = entry else { continue };
        let Some(own) = descriptor.platform.clone().filter(|own| own.runs_on(platform)) else {
            continue;
        };
        let listed = catalog
            .container_images
            .iter()
            .find(|each| each.name == name && each.digest == descriptor.digest);
        carried.push(Carried {
            manifest: Descriptor::new(&descriptor.media_type, descriptor.digest.clone(), descriptor.size),
            original_index: original_index.and_then(|digest| originals.get(&digest).cloned()),
            demands: listed.map(|entry| entry.demands.clone()).unwrap_or_default(),
            platform: own,
            name,
        });
    }
    Ok(carried)
}

/// The catalog of an image and the original indexes that it keeps.
fn catalog(
    store: &Store,
    index: &Index,
) -> Result<(Catalog, BTreeMap<Digest, Descriptor>), Error> {
    let is_catalog = |descriptor: &&Descriptor| matches!(Entry::of(descriptor), Ok(Entry::Catalog));
    let Some(descriptor) = index.manifests.iter().find(is_catalog) else {
        return Ok(Default::default());
    };
    let manifest = store.manifest(descriptor)?;
    let catalog = store.parse(&manifest.config)?;
    let originals = manifest.layers.into_iter().map(|index| (index.digest.clone(), index));
    Ok((catalog, originals.collect()))
}
