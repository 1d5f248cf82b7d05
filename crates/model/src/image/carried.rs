//! The documents of a cluster image that follow from what it carries: the catalog and the index over all. Pure functions with
//! everything in a fixed order, so the same content gives the same bytes, whoever found it.

use super::{CarriedProgram, Catalog, CatalogEntry, Demand, Descriptor, Entry, Index, Manifest, media_type};
use crate::{Digest, Platform, Reference};
use std::collections::BTreeMap;

/// One container image for one platform, to be carried by a cluster image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Full name.
    pub name: Reference,
    /// The platform.
    pub platform: Platform,
    /// The original manifest.
    pub manifest: Descriptor,
    /// The multi-platform index it was found in, if that is kept too.
    pub original_index: Option<Descriptor>,
    /// Who asks for it.
    pub demands: Vec<Demand>,
}

impl Carried {
    /// Takes in more of those who ask for it.
    pub fn demand(&mut self, demands: Vec<Demand>) {
        for demand in demands {
            if !self.demands.contains(&demand) {
                self.demands.push(demand);
            }
        }
    }

    /// Puts images into the order that catalog and index have: by name, then platform.
    pub fn sort(carried: &mut [Self]) {
        carried.sort_by_cached_key(|each| (each.name.to_string(), each.platform.to_string()));
    }
}

impl Catalog {
    /// The catalog of all that is carried, for all platforms.
    #[must_use]
    pub fn of(carried: &[Carried]) -> Self {
        let entry = |carried: &Carried| CatalogEntry {
            name: carried.name.clone(),
            digest: carried.manifest.digest.clone(),
            original_index: carried.original_index.as_ref().map(|index| index.digest.clone()),
            platform: carried.platform.clone(),
            demands: carried.demands.clone(),
        };
        Self { container_images: carried.iter().map(entry).collect(), ..Catalog::default() }
    }

    /// The manifest of the artifact that holds a catalog, `config`, and the original indexes.
    #[must_use]
    pub fn manifest(config: Descriptor, carried: &[Carried]) -> Manifest {
        let mut originals: BTreeMap<Digest, Descriptor> = BTreeMap::new();
        for index in carried.iter().filter_map(|carried| carried.original_index.as_ref()) {
            let bare = Descriptor::new(&index.media_type, index.digest.clone(), index.size);
            originals.insert(index.digest.clone(), bare);
        }
        let mut manifest = Manifest::new(config, originals.into_values().collect());
        manifest.artifact_type = Some(media_type::CATALOG.to_owned());
        manifest
    }
}

impl Index {
    /// The index of a cluster image: each rootfs, then each container image, then each program, then the catalog. Whoever takes the first
    /// entry for a platform takes the rootfs.
    #[must_use]
    pub fn of_cluster_image(
        rootfs: Vec<(Platform, Descriptor)>,
        carried: &[Carried],
        programs: &[CarriedProgram],
        catalog: Descriptor,
    ) -> Self {
        let rootfs = rootfs.into_iter().map(|(platform, manifest)| Entry::Rootfs { platform }.annotate(manifest));
        let images = carried.iter().map(|carried| {
            let Descriptor { media_type, digest, size, .. } = &carried.manifest;
            let bare = Descriptor::new(media_type, digest.clone(), *size);
            let original_index = carried.original_index.as_ref().map(|index| index.digest.clone());
            let entry = Entry::ContainerImage { name: carried.name.clone(), original_index };
            entry.annotate(bare.for_platform(carried.platform.clone()))
        });
        let programs = programs.iter().map(|program| {
            let Descriptor { media_type, digest, size, .. } = &program.manifest;
            let entry = Entry::Program { platform: program.platform.clone(), version: program.version.clone() };
            entry.annotate(Descriptor::new(media_type, digest.clone(), *size))
        });
        let catalog = std::iter::once(Entry::Catalog.annotate(catalog));
        Self::new(rootfs.chain(images).chain(programs).chain(catalog).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(name: &str, index: Option<&[u8]>) -> Carried {
        Carried {
            name: name.parse().unwrap(),
            platform: Platform::linux("amd64"),
            manifest: Descriptor::of(media_type::DOCKER_MANIFEST, name.as_bytes()),
            original_index: index.map(|bytes| Descriptor::of(media_type::DOCKER_INDEX, bytes)),
            demands: Vec::new(),
        }
    }

    #[test]
    fn the_index_has_rootfs_then_images_then_programs_then_the_catalog_and_each_original_index_once() {
        let images = [carried("a", Some(b"same")), carried("b", Some(b"same")), carried("c", None)];
        let rootfs = vec![(Platform::linux("amd64"), Descriptor::of(media_type::MANIFEST, b"rootfs"))];
        let catalog = Descriptor::of(media_type::MANIFEST, b"catalog");
        let programs = [CarriedProgram {
            platform: Platform::linux("arm64"),
            version: "v1.2.3".into(),
            manifest: Descriptor::of(media_type::MANIFEST, b"program"),
        }];
        let index = Index::of_cluster_image(rootfs, &images, &programs, catalog);
        let kinds: Vec<String> = index
            .entries()
            .unwrap()
            .into_iter()
            .map(|(_, entry)| match entry {
                Entry::Rootfs { platform } => platform.to_string(),
                Entry::ContainerImage { name, .. } => name.to_string(),
                Entry::Program { platform, version } => format!("sealer {version} for {platform}"),
                Entry::Catalog => "catalog".into(),
            })
            .collect();
        let expected = [
            "linux/amd64",
            "docker.io/library/a:latest",
            "docker.io/library/b:latest",
            "docker.io/library/c:latest",
            "sealer v1.2.3 for linux/arm64",
            "catalog",
        ];
        assert_eq!(kinds, expected);
        let manifest = Catalog::manifest(Descriptor::of(media_type::CATALOG, b"{}"), &images);
        assert_eq!(manifest.layers, [Descriptor::of(media_type::DOCKER_INDEX, b"same")]);
    }
}
