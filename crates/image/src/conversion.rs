//! Cluster images of the Go sealer become ours: what it kept as a registry's folder inside a layer becomes container images
//! that are carried as themselves, with the digests that they had, and the rootfs keeps every other byte. The form it wrote
//! is described in `docs/reference/image-format.md`.

mod extension;
mod layers;
mod names;
mod rootfs;
mod tree;

use crate::composition::Composition;
use crate::error::{Error, Result};
use crate::store::Store;
use sealer_model::event::Listener;
use sealer_model::image::{Carried, Descriptor, Index, annotation, media_type};
use sealer_model::{Platform, Reference};
use std::collections::btree_map::{BTreeMap, Entry};

/// Makes our form of an image of the Go sealer; nothing where the image is none, or is in our form already. The name is what
/// events and errors call it; naming the result is the caller's work.
///
/// # Errors
/// When the image is not whole, or what it says cannot be understood.
pub(crate) fn convert(
    store: &Store,
    name: &Reference,
    top: &Descriptor,
    listener: &Listener,
) -> Result<Option<Descriptor>> {
    let manifests = manifests(store, top)?;
    if manifests.is_empty() {
        return Ok(None);
    }
    listener.stage(format!("convert {name}, which the Go sealer built"));
    let converted = join(store, name, &manifests, top, listener)?;
    Ok(Some(converted))
}

/// As [`convert`], for manifests that came without the list that joins them, in one bundle.
///
/// # Errors
/// As [`convert`], and when one of them is no image of the Go sealer.
pub(crate) fn convert_bundle(
    store: &Store,
    name: &Reference,
    manifests: &[Descriptor],
    listener: &Listener,
) -> Result<Descriptor> {
    for manifest in manifests {
        if !is_rootfs(store, manifest)? {
            let (what, media_type) = (format!("{} of {name}", manifest.digest), manifest.media_type.clone());
            return Err(Error::MediaType { what, media_type });
        }
    }
    let list = store.put_json(media_type::INDEX, &Index::new(manifests.to_vec()))?;
    listener.stage(format!("convert {name}, which the Go sealer built"));
    join(store, name, manifests, &list, listener)
}

/// Whether `image`, which the store has, was made of `original`; then it need not be made again.
pub(crate) fn was_made_of(store: &Store, image: &Descriptor, original: &Descriptor) -> Result<bool> {
    if !media_type::is_index(&image.media_type) || !store.contains(&image.digest) {
        return Ok(false);
    }
    let from = store.index(image)?.annotations.remove(annotation::CONVERTED_FROM);
    Ok(from.is_some_and(|from| from == original.digest.as_str()) && store.missing(image)?.is_empty())
}

/// The manifests of an image of the Go sealer, one for each platform.
fn manifests(store: &Store, top: &Descriptor) -> Result<Vec<Descriptor>> {
    let candidates = if media_type::is_index(&top.media_type) {
        let index = store.index(top)?;
        if index.is_cluster_image() { Vec::new() } else { index.manifests }
    } else {
        vec![top.clone()]
    };
    let mut manifests = Vec::new();
    for candidate in candidates {
        if is_rootfs(store, &candidate)? {
            manifests.push(candidate);
        }
    }
    Ok(manifests)
}

fn is_rootfs(store: &Store, manifest: &Descriptor) -> Result<bool> {
    if !media_type::is_manifest(&manifest.media_type) || !store.contains(&manifest.digest) {
        return Ok(false);
    }
    Ok(store.manifest(manifest)?.annotations.contains_key(annotation::EXTENSION))
}

fn join(
    store: &Store,
    name: &Reference,
    manifests: &[Descriptor],
    original: &Descriptor,
    listener: &Listener,
) -> Result<Descriptor> {
    let mut platforms = Vec::new();
    let mut carried = BTreeMap::new();
    for manifest in manifests {
        let converted = rootfs::convert(store, name, manifest, listener)?;
        platforms.push((converted.platform, converted.manifest));
        for image in converted.carried {
            add(&mut carried, image, listener);
        }
    }
    let from = (annotation::CONVERTED_FROM.to_owned(), original.digest.to_string());
    let (carried, annotations) = (carried.into_values().collect(), [from].into());
    Composition { rootfs: platforms, carried, annotations, ..Composition::default() }.put(store)
}

/// One image for each name and platform: the trees of two platforms may both have it.
fn add(carried: &mut BTreeMap<(Reference, Platform), Carried>, image: Carried, listener: &Listener) {
    match carried.entry((image.name.clone(), image.platform.clone())) {
        Entry::Vacant(place) => drop(place.insert(image)),
        Entry::Occupied(mut known) if known.get().manifest.digest == image.manifest.digest => {
            known.get_mut().demand(image.demands);
        }
        Entry::Occupied(known) => listener.warn(format!(
            "{} for {} is there twice; {} is kept and {} is not",
            image.name,
            image.platform,
            known.get().manifest.digest,
            image.manifest.digest
        )),
    }
}
