//! What a cluster image is, for people and programs: platforms, applications, container images, sizes.

use crate::error::{Error, Result};
use crate::store::Store;
use sealer_model::bundle::{Bundle, Rootfs};
use sealer_model::image::{Catalog, CatalogEntry, Config, Descriptor, Entry, Extension, Index, Manifest, annotation};
use sealer_model::{Digest, Platform, Reference};
use serde::Serialize;

/// A cluster image, described.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    /// The full name.
    pub name: Reference,
    /// The digest of the index.
    pub digest: Digest,
    /// When the rootfs was made, if it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The platforms it has a rootfs for.
    pub platforms: Vec<Platform>,
    /// Bytes of all blobs, each counted once.
    pub size: u64,
    /// Applications, launch, labels and environment.
    pub image_extension: Extension,
    /// The container images it carries.
    pub container_images: Vec<ContainerImage>,
}

/// A container image of a cluster image: the catalog's entry.
pub type ContainerImage = CatalogEntry;

/// Describes a cluster image of the store.
///
/// # Errors
/// When it is not there, is no cluster image, or is damaged.
pub fn inspect(store: &Store, name: &Reference) -> Result<Inspection> {
    let parts = Parts::read(store, name)?;
    let bundle = parts.bundle(store)?;
    Ok(Inspection {
        name: name.clone(),
        digest: parts.descriptor.digest.clone(),
        created: parts.config.created.clone(),
        platforms: bundle.rootfs.iter().map(|rootfs| rootfs.platform.clone()).collect(),
        size: bundle.size(),
        image_extension: bundle.extension,
        container_images: parts.catalog.container_images,
    })
}

/// Describes a cluster image for the rooms that deliver it.
///
/// # Errors
/// As [`inspect`], and when a blob of it is missing.
pub fn bundle(store: &Store, name: &Reference) -> Result<Bundle> {
    let parts = Parts::read(store, name)?;
    if let Some(missing) = store.missing(&parts.descriptor)?.into_iter().next() {
        return Err(Error::NoBlob { digest: missing.digest, store: store.root().to_owned() });
    }
    parts.bundle(store)
}

/// The documents of a cluster image that say what it is.
struct Parts {
    name: Reference,
    descriptor: Descriptor,
    rootfs: Vec<(Platform, Descriptor, Manifest)>,
    config: Config,
    catalog: Catalog,
}

impl Parts {
    fn read(store: &Store, name: &Reference) -> Result<Self> {
        let descriptor = store.require(name)?;
        let index: Index = store.index(&descriptor)?;
        let failed = |source| Error::NotAClusterImage { name: name.to_string(), source };
        let mut rootfs = Vec::new();
        let mut catalog = Catalog::default();
        for (entry, meaning) in index.entries().map_err(failed)? {
            match meaning {
                Entry::Rootfs { platform } => {
                    rootfs.push((platform, entry.clone(), store.manifest(entry)?));
                }
                Entry::Catalog => catalog = store.parse(&store.manifest(entry)?.config)?,
                Entry::ContainerImage { .. } => {}
            }
        }
        let Some((_, _, first)) = rootfs.first() else {
            return Err(Error::NoPlatform { name: name.to_string(), platform: "any host".into() });
        };
        let config = store.parse(&first.config)?;
        Ok(Self { name: name.clone(), descriptor, rootfs, config, catalog })
    }

    fn bundle(&self, store: &Store) -> Result<Bundle> {
        let size = |manifest: &Manifest| manifest.layers.iter().map(|layer| layer.size).sum();
        let rootfs = self.rootfs.iter().map(|(platform, descriptor, manifest)| Rootfs {
            platform: platform.clone(),
            manifest: descriptor.clone(),
            size: size(manifest),
        });
        let mut names: Vec<Reference> = self.catalog.container_images.iter().map(|image| image.name.clone()).collect();
        names.dedup();
        Ok(Bundle {
            name: self.name.clone(),
            index: self.descriptor.clone(),
            blobs: store.reachable(&self.descriptor)?,
            rootfs: rootfs.collect(),
            extension: self.extension()?,
            container_images: names,
        })
    }

    /// The extension with the configuration's labels, as the Go sealer shows it.
    fn extension(&self) -> Result<Extension> {
        let (_, descriptor, manifest) = &self.rootfs[0];
        let text = manifest.annotations.get(annotation::EXTENSION).map_or("{}", String::as_str);
        let mut extension: Extension = serde_json::from_str(text).map_err(|source| Error::Document {
            digest: descriptor.digest.clone(),
            media_type: annotation::EXTENSION.to_owned(),
            source,
        })?;
        extension.labels.extend(self.config.config.labels.clone().unwrap_or_default());
        Ok(extension)
    }
}
