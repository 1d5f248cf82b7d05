//! What a cluster image is, for people and programs: platforms, applications, container images, sizes.

use crate::error::{Error, Result};
use crate::programs::program;
use crate::rootfs_files::rootfs_files;
use crate::store::Store;
use sealer_model::bundle::{Bundle, Program, Rootfs, RootfsFiles, Sent};
use sealer_model::image::{
    Catalog, CatalogEntry, Config, Descriptor, Entry, Extension, Index, Manifest, annotation, media_type,
};
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
    /// The digest of the Go sealer's image that it was made of, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted_from: Option<String>,
    /// When the rootfs was made, if it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The platforms it has a rootfs for.
    pub platforms: Vec<Platform>,
    /// sealer's own programs that it carries for hosts of some platforms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<Program>,
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
    let parts = Documents::read(store, name)?;
    let bundle = parts.bundle(store)?;
    Ok(Inspection {
        name: name.clone(),
        digest: parts.descriptor.digest.clone(),
        converted_from: parts.converted_from.clone(),
        created: parts.config.created.clone(),
        platforms: bundle.rootfs.iter().map(|rootfs| rootfs.platform.clone()).collect(),
        size: bundle.size(),
        programs: bundle.programs,
        image_extension: bundle.extension,
        container_images: parts.catalog.container_images,
    })
}

/// Describes a cluster image for the rooms that deliver it, with those files of its rootfs that are wanted, by their paths below it.
///
/// # Errors
/// As [`inspect`], and when a blob of it is missing.
pub fn bundle(store: &Store, name: &Reference, wanted: &dyn Fn(&str) -> bool) -> Result<Bundle> {
    let parts = Documents::read(store, name)?;
    if let Some(missing) = store.missing(&parts.descriptor)?.into_iter().next() {
        return Err(Error::NoBlob { digest: missing.digest, store: store.root().to_owned() });
    }
    let mut bundle = parts.bundle(store)?;
    for (described, (_, _, manifest)) in bundle.rootfs.iter_mut().zip(&parts.rootfs) {
        described.files = rootfs_files(store, manifest, wanted)?;
    }
    Ok(bundle)
}

/// What registries on hosts get of an image whose container images are kept elsewhere: an index over the rootfs of each platform, which is
/// put into the store, and all below it. The same image always gives the same index.
///
/// # Errors
/// When a document cannot be read, or the index not be written.
pub fn rootfs_only(store: &Store, image: &Descriptor) -> Result<Sent> {
    let index = match media_type::is_index(&image.media_type) {
        true => store.index(image)?,
        false => Index::new(vec![image.clone()]),
    };
    let is_rootfs = |entry: &Descriptor| matches!(Entry::of(entry), Ok(Entry::Rootfs { .. }));
    let only = Index::new(index.manifests.into_iter().filter(is_rootfs).collect());
    let bytes = serde_json::to_vec(&only).map_err(|source| Error::Document {
        digest: image.digest.clone(),
        media_type: media_type::INDEX.to_owned(),
        source,
    })?;
    let index = store.put_document(media_type::INDEX, &bytes)?;
    Ok(Sent { blobs: store.reachable(&index)?, index })
}

/// What a list of images shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Bytes of all that the image needs, each blob once.
    pub size: u64,
    /// When it was made, if it says so.
    pub created: Option<String>,
}

/// Sums an image up, be it a cluster image or not.
///
/// # Errors
/// When a document of it is absent or damaged.
pub fn summary(store: &Store, image: &Descriptor) -> Result<Summary> {
    let size = store.reachable(image)?.iter().map(|part| part.size).sum();
    let mut document = image.clone();
    while media_type::is_index(&document.media_type) {
        match store.index(&document)?.manifests.into_iter().next() {
            Some(first) => document = first,
            None => return Ok(Summary { size, created: None }),
        }
    }
    Ok(Summary { size, created: created(store, &document)? })
}

/// What is no configuration of an image, as in an artifact, tells no time.
fn created(store: &Store, manifest: &Descriptor) -> Result<Option<String>> {
    let config = store.manifest(manifest)?.config;
    if config.media_type == media_type::CATALOG || !store.contains(&config.digest) {
        return Ok(None);
    }
    Ok(store.parse::<Config>(&config).ok().and_then(|config| config.created))
}

/// The documents of a cluster image that say what it is.
pub(crate) struct Documents {
    pub(crate) name: Reference,
    pub(crate) descriptor: Descriptor,
    converted_from: Option<String>,
    pub(crate) rootfs: Vec<(Platform, Descriptor, Manifest)>,
    pub(crate) config: Config,
    pub(crate) programs: Vec<Program>,
    pub(crate) catalog: Catalog,
}

impl Documents {
    pub(crate) fn read(store: &Store, name: &Reference) -> Result<Self> {
        let descriptor = store.require(name)?;
        // a manifest that stands alone is the one entry of an index that says nothing about it
        let index: Index = match media_type::is_index(&descriptor.media_type) {
            true => store.index(&descriptor)?,
            false => Index::new(vec![descriptor.clone()]),
        };
        let failed = |source| Error::NotAClusterImage { name: name.to_string(), source };
        let mut rootfs = Vec::new();
        let (mut catalog, mut programs) = (Catalog::default(), Vec::new());
        for (entry, meaning) in index.entries().map_err(failed)? {
            match meaning {
                Entry::Rootfs { platform } => {
                    rootfs.push((platform, entry.clone(), store.manifest(entry)?));
                }
                Entry::Program { platform, version } => programs.push(program(store, entry, platform, version)?),
                Entry::Catalog => catalog = store.parse(&store.manifest(entry)?.config)?,
                Entry::ContainerImage { .. } => {}
            }
        }
        let Some((_, _, first)) = rootfs.first() else {
            return Err(Error::NoPlatform { name: name.to_string(), platform: "any host".into() });
        };
        let config = store.parse(&first.config)?;
        let converted_from = index.annotations.get(annotation::CONVERTED_FROM).cloned();
        Ok(Self { name: name.clone(), descriptor, converted_from, rootfs, config, programs, catalog })
    }

    fn bundle(&self, store: &Store) -> Result<Bundle> {
        let size = |manifest: &Manifest| manifest.layers.iter().map(|layer| layer.size).sum();
        let rootfs = self.rootfs.iter().map(|(platform, descriptor, manifest)| Rootfs {
            platform: platform.clone(),
            manifest: descriptor.clone(),
            size: size(manifest),
            files: RootfsFiles::new(),
        });
        let mut names: Vec<Reference> = self.catalog.container_images.iter().map(|image| image.name.clone()).collect();
        names.dedup();
        let blobs = store.reachable(&self.descriptor)?;
        Ok(Bundle {
            sent: Sent { index: self.descriptor.clone(), blobs: blobs.clone() },
            name: self.name.clone(),
            index: self.descriptor.clone(),
            blobs,
            rootfs: rootfs.collect(),
            programs: self.programs.clone(),
            extension: self.extension()?,
            container_images: names,
        })
    }

    /// The extension with the configuration's labels, as the Go sealer shows it.
    pub(crate) fn extension(&self) -> Result<Extension> {
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
