//! A cluster image taken apart into what it is composed of, so that another one can be composed of the parts: fewer platforms,
//! more platforms, several images in one. Only documents are written; every layer and container image stays as it is.

use crate::error::{Error, Result};
use crate::source::narrow;
use crate::store::Store;
use sealer_model::image::{
    Annotations, Carried, CarriedProgram, Catalog, CatalogEntry, Demand, Descriptor, Entry, Index, Manifest, media_type,
};
use sealer_model::{Digest, Platform, Reference};
use std::collections::BTreeMap;

/// The part of an image that some platforms need, be it a cluster image or not. Of a cluster image the index and the catalog have to
/// be in the store, of a plain one the index, or the manifest and its configuration.
///
/// # Errors
/// When it has nothing for one of them, or one of these documents is absent or damaged.
pub(crate) fn part_for(
    store: &Store,
    name: &Reference,
    image: &Descriptor,
    platforms: &[Platform],
) -> Result<Descriptor> {
    if media_type::is_index(&image.media_type) && store.index(image)?.is_cluster_image() {
        return Composition::of(store, name, image)?.for_platforms(name, platforms)?.put(store);
    }
    narrow(store, name, image, platforms)
}

/// The parts of a cluster image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Composition {
    /// A rootfs manifest for each platform.
    pub(crate) rootfs: Vec<(Platform, Descriptor)>,
    /// The container images, by name and platform.
    pub(crate) carried: Vec<Carried>,
    /// sealer's own programs, by platform.
    pub(crate) programs: Vec<CarriedProgram>,
    /// Container images that may be missing.
    pub(crate) allowed_missing: Vec<Reference>,
    /// Files that need not be searched.
    pub(crate) allowed_unsearched: Vec<String>,
    /// Notes on the image as a whole.
    pub(crate) annotations: Annotations,
}

impl Composition {
    /// Takes an image of the store apart.
    ///
    /// # Errors
    /// When a document of it is absent or damaged, or it is no cluster image. `name` is what errors call it.
    pub(crate) fn of(store: &Store, name: &Reference, image: &Descriptor) -> Result<Self> {
        let index: Index = match media_type::is_index(&image.media_type) {
            true => store.index(image)?,
            false => Index::new(vec![image.clone()]),
        };
        let failed = |source| Error::NotAClusterImage { name: name.to_string(), source };
        let entries = index.entries().map_err(failed)?;
        let (catalog, originals) = catalog(store, &entries)?;
        let mut composition = Self {
            allowed_missing: catalog.allowed_missing.clone(),
            allowed_unsearched: catalog.allowed_unsearched.clone(),
            ..Self::default()
        };
        composition.annotations = index.annotations.clone();
        for (descriptor, entry) in entries {
            let bare = Descriptor::new(&descriptor.media_type, descriptor.digest.clone(), descriptor.size);
            match (entry, descriptor.platform.clone()) {
                (Entry::Rootfs { platform }, _) => composition.rootfs.push((platform, bare)),
                (Entry::Program { platform, version }, _) => {
                    composition.programs.push(CarriedProgram { platform, version, manifest: bare });
                }
                (Entry::ContainerImage { name, original_index }, Some(platform)) => composition.carried.push(Carried {
                    demands: demands(&catalog, &name, &platform),
                    original_index: original_index.and_then(|digest| originals.get(&digest).cloned()),
                    manifest: bare,
                    name,
                    platform,
                }),
                _ => {}
            }
        }
        Ok(composition)
    }

    /// Only what some platforms need. The image is another one then, so notes on it as a whole do not hold for this.
    ///
    /// # Errors
    /// When it has no rootfs for one of them. `name` is what the error calls it.
    pub(crate) fn for_platforms(self, name: &Reference, platforms: &[Platform]) -> Result<Self> {
        for wanted in platforms {
            if !self.rootfs.iter().any(|(platform, _)| platform.runs_on(wanted)) {
                return Err(Error::NoPlatform { name: name.to_string(), platform: wanted.to_string() });
            }
        }
        let wanted = |platform: &Platform| platforms.iter().any(|wanted| platform.runs_on(wanted));
        let all = self.rootfs.iter().all(|(platform, _)| wanted(platform));
        let all = all && self.programs.iter().all(|program| wanted(&program.platform));
        if all && self.carried.iter().all(|image| wanted(&image.platform)) {
            return Ok(self);
        }
        Ok(Self {
            rootfs: self.rootfs.into_iter().filter(|(platform, _)| wanted(platform)).collect(),
            carried: self.carried.into_iter().filter(|image| wanted(&image.platform)).collect(),
            programs: self.programs.into_iter().filter(|program| wanted(&program.platform)).collect(),
            allowed_missing: self.allowed_missing,
            allowed_unsearched: self.allowed_unsearched,
            annotations: Annotations::new(),
        })
    }

    /// Writes the documents of an image of these parts.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) fn put(mut self, store: &Store) -> Result<Descriptor> {
        Carried::sort(&mut self.carried);
        CarriedProgram::settle(&mut self.programs);
        let Self { allowed_missing, allowed_unsearched, .. } = self;
        let catalog = Catalog { allowed_missing, allowed_unsearched, ..Catalog::of(&self.carried) };
        let config = store.put_json(media_type::CATALOG, &catalog)?;
        let catalog = store.put_json(media_type::MANIFEST, &Catalog::manifest(config, &self.carried))?;
        let mut index = Index::of_cluster_image(self.rootfs, &self.carried, &self.programs, catalog);
        index.annotations = self.annotations;
        store.put_json(media_type::INDEX, &index)
    }
}

/// The catalog and the original indexes that it keeps.
fn catalog(store: &Store, entries: &[(&Descriptor, Entry)]) -> Result<(Catalog, BTreeMap<Digest, Descriptor>)> {
    let Some((descriptor, _)) = entries.iter().find(|(_, entry)| *entry == Entry::Catalog) else {
        return Ok(Default::default());
    };
    let manifest: Manifest = store.manifest(descriptor)?;
    let originals = manifest.layers.iter().map(|index| (index.digest.clone(), index.clone()));
    Ok((store.parse(&manifest.config)?, originals.collect()))
}

fn demands(catalog: &Catalog, name: &Reference, platform: &Platform) -> Vec<Demand> {
    let wanted = |entry: &&CatalogEntry| entry.name == *name && entry.platform == *platform;
    catalog.container_images.iter().find(wanted).map(|entry| entry.demands.clone()).unwrap_or_default()
}
