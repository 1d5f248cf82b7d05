//! The documents of a cluster image: configuration and manifest of each rootfs, the catalog, and the index over all. Pure
//! functions of what the build found, with everything in a fixed order, so the same findings give the same bytes.

mod rootfs;

pub(crate) use rootfs::{annotations, config, empty_config, extension};

use sealer_model::image::{Catalog, CatalogEntry, Demand, Descriptor, Entry, Index, Manifest, media_type};
use sealer_model::{Digest, Platform, Reference};
use std::collections::BTreeMap;

/// One container image for one platform, whose blobs are in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Carried {
    /// Full name.
    pub(crate) name: Reference,
    /// The platform.
    pub(crate) platform: Platform,
    /// The original manifest.
    pub(crate) manifest: Descriptor,
    /// The multi-platform index it was found in, if that is kept too.
    pub(crate) original_index: Option<Descriptor>,
    /// Who asks for it.
    pub(crate) demands: Vec<Demand>,
}

impl Carried {
    /// Takes in more of those who ask for it.
    pub(crate) fn demand(&mut self, demands: Vec<Demand>) {
        for demand in demands {
            if !self.demands.contains(&demand) {
                self.demands.push(demand);
            }
        }
    }
}

/// The catalog of all that is carried, for all platforms.
pub(crate) fn catalog(carried: &[Carried]) -> Catalog {
    let entry = |carried: &Carried| CatalogEntry {
        name: carried.name.clone(),
        digest: carried.manifest.digest.clone(),
        original_index: carried.original_index.as_ref().map(|index| index.digest.clone()),
        platform: carried.platform.clone(),
        demands: carried.demands.clone(),
    };
    Catalog { container_images: carried.iter().map(entry).collect() }
}

/// The manifest of the artifact that holds the catalog and the original indexes.
pub(crate) fn catalog_manifest(config: Descriptor, carried: &[Carried]) -> Manifest {
    let mut originals: BTreeMap<Digest, Descriptor> = BTreeMap::new();
    for index in carried.iter().filter_map(|carried| carried.original_index.as_ref()) {
        let bare = Descriptor::new(&index.media_type, index.digest.clone(), index.size);
        originals.insert(index.digest.clone(), bare);
    }
    let mut manifest = Manifest::new(config, originals.into_values().collect());
    manifest.artifact_type = Some(media_type::CATALOG.to_owned());
    manifest
}

/// The index: each rootfs, then each container image, then the catalog.
pub(crate) fn index(rootfs: Vec<(Platform, Descriptor)>, carried: &[Carried], catalog: Descriptor) -> Index {
    let rootfs = rootfs.into_iter().map(|(platform, manifest)| Entry::Rootfs { platform }.annotate(manifest));
    let images = carried.iter().map(|carried| {
        let original_index = carried.original_index.as_ref().map(|index| index.digest.clone());
        let bare =
            Descriptor::new(&carried.manifest.media_type, carried.manifest.digest.clone(), carried.manifest.size);
        let entry = Entry::ContainerImage { name: carried.name.clone(), original_index };
        entry.annotate(bare.for_platform(carried.platform.clone()))
    });
    let catalog = std::iter::once(Entry::Catalog.annotate(catalog));
    Index::new(rootfs.chain(images).chain(catalog).collect())
}

#[cfg(test)]
mod tests;
