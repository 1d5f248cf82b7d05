//! Every name under which something in a store can be pulled: the images that the store names, and the container images
//! inside its cluster images, under their own unmodified names.

use crate::error::Result;
use crate::store::Store;
use sealer_model::image::{Descriptor, Entry, Index, Manifest, media_type};
use sealer_model::{Digest, Reference};
use std::collections::{BTreeMap, BTreeSet};

/// The names of one store at one moment.
#[derive(Clone, Debug, Default)]
pub struct ContainerImages {
    tags: BTreeMap<String, BTreeMap<String, Descriptor>>,
    digests: BTreeMap<String, BTreeMap<Digest, Descriptor>>,
}

impl ContainerImages {
    /// Reads all names. A later image of the store wins where two bring the same name.
    ///
    /// # Errors
    /// When a document of a named image cannot be read.
    pub fn of(store: &Store) -> Result<Self> {
        let mut names = Self::default();
        for image in store.images()? {
            names.add(&image.name, &image.descriptor);
            if media_type::is_index(&image.descriptor.media_type) {
                let index = store.index(&image.descriptor)?;
                names.add_children(&image.name, &index);
                if index.is_cluster_image() {
                    names.add_cluster_image(store, &index)?;
                }
            }
        }
        Ok(names)
    }

    /// What a full name, by tag or digest, leads to: a manifest or an index.
    #[must_use]
    pub fn lookup(&self, name: &Reference) -> Option<Descriptor> {
        let repository = name.repository();
        match name.digest() {
            Some(digest) => self.digests.get(&repository)?.get(digest).cloned(),
            None => self.tags.get(&repository)?.get(name.selector()).cloned(),
        }
    }

    /// The tags of a repository, sorted.
    #[must_use]
    pub fn tags(&self, repository: &str) -> Vec<String> {
        let tags = self.tags.get(repository).map(|tags| tags.keys().cloned().collect());
        tags.unwrap_or_default()
    }

    /// All repositories, sorted.
    #[must_use]
    pub fn repositories(&self) -> Vec<String> {
        let all: BTreeSet<&String> = self.tags.keys().chain(self.digests.keys()).collect();
        all.into_iter().cloned().collect()
    }

    fn add(&mut self, name: &Reference, descriptor: &Descriptor) {
        let repository = name.repository();
        if let Some(tag) = name.tag() {
            let tags = self.tags.entry(repository.clone()).or_default();
            tags.insert(tag.to_owned(), descriptor.clone());
        }
        let digests = self.digests.entry(repository).or_default();
        digests.insert(descriptor.digest.clone(), descriptor.clone());
    }

    fn add_children(&mut self, name: &Reference, index: &Index) {
        let digests = self.digests.entry(name.repository()).or_default();
        for child in &index.manifests {
            digests.insert(child.digest.clone(), child.clone());
        }
    }

    /// A name leads to the original index where the image was found in one: clients choose their platform from it, and pulls
    /// by the index's digest work as they do elsewhere.
    fn add_cluster_image(&mut self, store: &Store, index: &Index) -> Result<()> {
        let originals = originals(store, index)?;
        for descriptor in &index.manifests {
            let Ok(Entry::ContainerImage { name, original_index }) = Entry::of(descriptor) else {
                continue;
            };
            let original = original_index.and_then(|digest| originals.get(&digest).cloned());
            self.add(&name, descriptor);
            if let Some(original) = original {
                self.add(&name, &original);
            }
        }
        Ok(())
    }
}

/// The original index documents that a cluster image's catalog carries.
fn originals(store: &Store, index: &Index) -> Result<BTreeMap<Digest, Descriptor>> {
    let mut originals = BTreeMap::new();
    for descriptor in &index.manifests {
        if matches!(Entry::of(descriptor), Ok(Entry::Catalog)) {
            let catalog: Manifest = store.manifest(descriptor)?;
            let layers = catalog.layers.into_iter();
            originals.extend(layers.map(|layer| (layer.digest.clone(), layer)));
        }
    }
    Ok(originals)
}
