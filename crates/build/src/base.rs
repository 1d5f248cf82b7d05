//! The image that a build starts from: its layers, configuration, applications and container images for one platform.

use crate::assemble::{Carried, empty_config};
use crate::completeness::Searchable;
use crate::error::Error;
use sealer_image::Store;
use sealer_model::image::{
    Annotations, CarriedProgram, Catalog, CatalogEntry, Config, Demand, Descriptor, Entry, Extension, Index, Manifest,
    annotation,
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
    /// sealer's own program for the platform, where it carries one.
    pub(crate) programs: Vec<CarriedProgram>,
    /// The part of its files that is searched for container images.
    pub(crate) searchable: Searchable,
    /// Container images that may be missing, as it was built.
    pub(crate) allowed_missing: Vec<Reference>,
    /// Files that need not be searched, as it was built.
    pub(crate) allowed_unsearched: Vec<String>,
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
            programs: Vec::new(),
            searchable: Searchable::default(),
            allowed_missing: Vec::new(),
            allowed_unsearched: Vec::new(),
            annotations: Annotations::new(),
        }
    }

    /// `FROM` any image of the store, for a stage that files are copied from: its files and its environment.
    pub(crate) fn of_stage(store: &Store, manifest: &Descriptor) -> Result<Self, Error> {
        let Manifest { config, layers, .. } = store.manifest(manifest)?;
        let config: Config = store.parse(&config)?;
        let variables = config.config.env.iter().flatten().filter_map(|text| text.split_once('='));
        let env = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let platform = Platform::linux(&config.architecture);
        let extension = Extension { env, ..Extension::default() };
        Ok(Self { config, layers, extension, ..Self::scratch(&platform) })
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
        let manifest = store.manifest(rootfs_of(&index, name, rootfs)?)?;
        let mut config: Config = store.parse(&manifest.config)?;
        config.architecture.clone_from(&platform.architecture);
        config.variant.clone_from(&platform.variant);
        let mut extension = extension(name, &manifest)?;
        extension.labels.extend(config.config.labels.clone().unwrap_or_default());
        let annotations = Annotations::from([
            (BASE_NAME.to_owned(), name.to_string()),
            (BASE_DIGEST.to_owned(), descriptor.digest.to_string()),
        ]);
        let (catalog, originals) = catalog(store, &index)?;
        let carried = carried(&catalog, &originals, &index, platform)?;
        let programs = programs(&index, platform)?;
        let Catalog { allowed_missing, allowed_unsearched, .. } = catalog;
        let searchable = Searchable::of(store, &manifest.layers)?;
        let layers = manifest.layers;
        let base = Self { config, layers, extension, carried, programs, searchable, ..Self::scratch(platform) };
        Ok(Self { allowed_missing, allowed_unsearched, annotations, ..base })
    }
}

fn rootfs_of<'a>(index: &'a Index, name: &Reference, platform: &Platform) -> Result<&'a Descriptor, Error> {
    if !index.is_cluster_image() {
        return Err(Error::NotClusterImage { name: name.to_string() });
    }
    index.rootfs_for(platform).ok_or_else(|| Error::NoPlatform {
        name: name.to_string(),
        platform: platform.to_string(),
        present: platforms(index),
    })
}

fn extension(name: &Reference, manifest: &Manifest) -> Result<Extension, Error> {
    let text = manifest
        .annotations
        .get(annotation::EXTENSION)
        .ok_or_else(|| Error::NotClusterImage { name: name.to_string() })?;
    serde_json::from_str(text).map_err(|source| Error::Document {
        name: name.to_string(),
        what: annotation::EXTENSION.into(),
        source,
    })
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
fn carried(
    catalog: &Catalog,
    originals: &BTreeMap<Digest, Descriptor>,
    index: &Index,
    platform: &Platform,
) -> Result<Vec<Carried>, Error> {
    let mut carried = Vec::new();
    for (descriptor, entry) in index.entries()? {
        let own = descriptor.platform.clone().filter(|own| own.runs_on(platform));
        if let (Entry::ContainerImage { name, original_index }, Some(platform)) = (entry, own) {
            let Descriptor { media_type, digest, size, .. } = descriptor.clone();
            carried.push(Carried {
                demands: demands(catalog, &name, &digest),
                original_index: original_index.and_then(|digest| originals.get(&digest).cloned()),
                manifest: Descriptor::new(&media_type, digest, size),
                platform,
                name,
            });
        }
    }
    Ok(carried)
}

/// The programs for one platform.
fn programs(index: &Index, platform: &Platform) -> Result<Vec<CarriedProgram>, Error> {
    let mut programs = Vec::new();
    for (descriptor, entry) in index.entries()? {
        if let Entry::Program { platform: own, version } = entry
            && own.runs_on(platform)
        {
            let Descriptor { media_type, digest, size, .. } = descriptor;
            let manifest = Descriptor::new(media_type, digest.clone(), *size);
            programs.push(CarriedProgram { platform: own, version, manifest });
        }
    }
    Ok(programs)
}

/// Who asked for an image when the base was built.
fn demands(catalog: &Catalog, name: &Reference, digest: &Digest) -> Vec<Demand> {
    let wanted = |entry: &&CatalogEntry| entry.name == *name && entry.digest == *digest;
    catalog.container_images.iter().find(wanted).map(|entry| entry.demands.clone()).unwrap_or_default()
}

/// The catalog of an image and the original indexes that it keeps.
fn catalog(store: &Store, index: &Index) -> Result<(Catalog, BTreeMap<Digest, Descriptor>), Error> {
    let is_catalog = |descriptor: &&Descriptor| matches!(Entry::of(descriptor), Ok(Entry::Catalog));
    let Some(descriptor) = index.manifests.iter().find(is_catalog) else {
        return Ok(Default::default());
    };
    let manifest = store.manifest(descriptor)?;
    let catalog = store.parse(&manifest.config)?;
    let originals = manifest.layers.into_iter().map(|index| (index.digest.clone(), index));
    Ok((catalog, originals.collect()))
}
