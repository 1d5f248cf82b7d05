//! What goes to one repository: decided from the documents of the cluster image alone.

use crate::error::{Error, Result};
use crate::remote::Document;
use crate::store::Store;
use sealer_model::cluster::ExternalRegistry;
use sealer_model::image::{Annotations, Descriptor, Entry, Index, Manifest, media_type};
use sealer_model::{Digest, Reference};
use std::collections::BTreeMap;

/// One container image on its way to its repository.
#[derive(Debug)]
pub(super) struct Consignment {
    /// Its own name.
    pub(super) name: Reference,
    /// Its name there.
    pub(super) target: Reference,
    /// Configurations and layers.
    pub(super) blobs: Vec<Descriptor>,
    /// The manifest of each platform that is carried.
    pub(super) manifests: Vec<Descriptor>,
    /// What the name leads to.
    pub(super) top: Top,
    /// The original index, where the name pins it and not all that it lists is carried.
    pub(super) pinned_index: Option<Descriptor>,
}

/// What a name leads to.
#[derive(Debug)]
pub(super) enum Top {
    /// A document of the store.
    Stored(Descriptor),
    /// An index over the platforms that are carried.
    Made(Document),
}

impl Top {
    /// Its type, digest and size.
    pub(super) fn descriptor(&self) -> &Descriptor {
        match self {
            Self::Stored(descriptor) => descriptor,
            Self::Made(document) => &document.descriptor,
        }
    }
}

/// Platforms of one image, and the digest of the index that they were found in.
type Found = (Vec<Descriptor>, Option<Digest>);

impl Consignment {
    /// All container images of a cluster image, in the order of their names.
    ///
    /// # Errors
    /// When a document cannot be read, or a name does not fit into the registry.
    pub(super) fn all(store: &Store, image: &Descriptor, to: &ExternalRegistry) -> Result<Vec<Self>> {
        if !media_type::is_index(&image.media_type) {
            return Ok(Vec::new());
        }
        let index = store.index(image)?;
        let originals = originals(store, &index)?;
        let mut images: BTreeMap<Reference, Found> = BTreeMap::new();
        for entry in &index.manifests {
            if let Ok(Entry::ContainerImage { name, original_index }) = Entry::of(entry) {
                let found = images.entry(name).or_default();
                found.0.push(Descriptor { annotations: Annotations::new(), ..entry.clone() });
                found.1 = found.1.take().or(original_index);
            }
        }
        let one = |(name, (manifests, original)): (Reference, Found)| {
            let original = original.and_then(|digest| originals.get(&digest).cloned());
            Self::of(store, name, manifests, original, to)
        };
        images.into_iter().map(one).collect()
    }

    fn of(
        store: &Store,
        name: Reference,
        manifests: Vec<Descriptor>,
        original: Option<Descriptor>,
        to: &ExternalRegistry,
    ) -> Result<Self> {
        let mut blobs: Vec<Descriptor> = Vec::new();
        for manifest in &manifests {
            blobs.extend(store.manifest(manifest)?.blobs().cloned());
        }
        blobs.sort_by(|one, other| one.digest.cmp(&other.digest));
        blobs.dedup_by(|one, other| one.digest == other.digest);
        let whole = match &original {
            Some(index) => is_whole(&store.index(index)?, &manifests),
            None => false,
        };
        let pinned = |index: &Descriptor| name.digest() == Some(&index.digest);
        let pinned_index = original.clone().filter(|index| !whole && pinned(index));
        let top = top(&manifests, original.filter(|_| whole))?;
        let target = to.name_of(&name).map_err(|source| Error::NameThere { name: name.to_string(), source })?;
        // a digest that the registry may refuse is not what tells whether the image is there
        let target = if pinned_index.is_some() { target.at(top.descriptor().digest.clone()) } else { target };
        Ok(Self { name, target, blobs, manifests, top, pinned_index })
    }
}

/// Whether all that an index lists is carried.
fn is_whole(index: &Index, carried: &[Descriptor]) -> bool {
    index.manifests.iter().all(|entry| carried.iter().any(|manifest| manifest.digest == entry.digest))
}

/// The original index, if it is whole; else the one platform, or an index over those that are there, the same on every machine.
fn top(manifests: &[Descriptor], original: Option<Descriptor>) -> Result<Top> {
    match (original, manifests) {
        (Some(original), _) => Ok(Top::Stored(original)),
        (None, [only]) => Ok(Top::Stored(only.clone())),
        (None, several) => {
            let bytes = serde_json::to_vec(&Index::new(several.to_vec())).map_err(|source| Error::Document {
                digest: several.first().map_or_else(|| Digest::of(b""), |first| first.digest.clone()),
                media_type: media_type::INDEX.to_owned(),
                source,
            })?;
            Ok(Top::Made(Document { descriptor: Descriptor::of(media_type::INDEX, &bytes), bytes }))
        }
    }
}

/// The original indexes that the catalog carries.
fn originals(store: &Store, index: &Index) -> Result<BTreeMap<Digest, Descriptor>> {
    let mut originals = BTreeMap::new();
    for entry in &index.manifests {
        if matches!(Entry::of(entry), Ok(Entry::Catalog)) {
            let catalog: Manifest = store.manifest(entry)?;
            originals.extend(catalog.layers.into_iter().map(|layer| (layer.digest.clone(), layer)));
        }
    }
    Ok(originals)
}
