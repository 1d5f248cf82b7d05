//! What one entry of the store's index brings: its own name, the manifests below it, and where it is a cluster image, every
//! container image inside under its own unmodified name.

use super::catalog::{Fact, Held, Rank};
use sealer_image::{Error, NamedImage, Result, Store};
use sealer_model::image::{Annotations, Descriptor, Entry, Index, Manifest, media_type};
use sealer_model::{Digest, Reference};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// An index may list indexes; no honest image nests deeper.
const DEEPEST: usize = 4;

/// As much of a manifest or an index as referrers are made of.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outline {
    subject: Option<Subject>,
    artifact_type: Option<String>,
    config: Option<Config>,
    #[serde(default)]
    annotations: Annotations,
}

#[derive(Deserialize)]
struct Subject {
    digest: Digest,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    media_type: String,
}

/// Only the name itself, which needs no document.
pub(super) fn named(image: &NamedImage) -> Vec<Fact> {
    let held = Held { descriptor: plain(&image.descriptor), own: true };
    name(&image.name, held)
}

/// All that an entry brings.
///
/// # Errors
/// When one of its documents cannot be read.
pub(super) fn facts(store: &Store, image: &NamedImage) -> Result<Vec<Fact>> {
    let mut facts = named(image);
    facts.extend(referrer(store, image)?);
    if media_type::is_index(&image.descriptor.media_type) {
        let index = store.index(&image.descriptor)?;
        below(store, &image.name.repository(), &index, 0, &mut facts);
        if index.is_cluster_image() {
            facts.iter_mut().for_each(Fact::yield_tag);
            facts.extend(container_images(store, &index)?);
        }
    }
    Ok(facts)
}

/// A name that holds both a tag and a digest cannot be taken away by either.
fn name(name: &Reference, held: Held) -> Vec<Fact> {
    let repository = name.repository();
    let named = |own| Held { descriptor: held.descriptor.clone(), own: held.own && own };
    let by_digest = named(name.tag().is_none());
    let by_tag = name.tag().map(|tag| Fact::Tag {
        repository: repository.clone(),
        tag: tag.to_owned(),
        held: named(name.digest().is_none()),
        rank: if name.digest().is_none() { Rank::Pushed } else { Rank::Brought },
    });
    by_tag.into_iter().chain([Fact::Digest { repository: repository.clone(), held: by_digest }]).collect()
}

/// A descriptor without the notes that concern only the place where it stood.
fn plain(descriptor: &Descriptor) -> Descriptor {
    Descriptor { annotations: Annotations::new(), ..descriptor.clone() }
}

fn referrer(store: &Store, image: &NamedImage) -> Result<Option<Fact>> {
    let outline: Outline = store.parse(&image.descriptor)?;
    let Some(Subject { digest: subject }) = outline.subject else {
        return Ok(None);
    };
    let kind = outline.artifact_type.or(outline.config.map(|config| config.media_type));
    let Descriptor { media_type, digest, size, .. } = &image.descriptor;
    let mut referrer = Descriptor::new(media_type, digest.clone(), *size);
    referrer.annotations = outline.annotations;
    referrer.other.extend(kind.map(|kind| ("artifactType".to_owned(), kind.into())));
    Ok(Some(Fact::Refers { repository: image.name.repository(), subject, referrer }))
}

/// Everything that an index lists. Parts that are not here can be asked for all the same, and are then said to be missing.
fn below(store: &Store, repository: &str, index: &Index, depth: usize, facts: &mut Vec<Fact>) {
    for child in &index.manifests {
        facts.push(Fact::Digest {
            repository: repository.to_owned(),
            held: Held { descriptor: plain(child), own: false },
        });
        if depth < DEEPEST
            && media_type::is_index(&child.media_type)
            && let Ok(index) = store.index(child)
        {
            below(store, repository, &index, depth + 1, facts);
        }
    }
}

fn container_images(store: &Store, index: &Index) -> Result<Vec<Fact>> {
    let originals = originals(store, index)?;
    let mut images: BTreeMap<Reference, (Vec<Descriptor>, Option<Descriptor>)> = BTreeMap::new();
    for descriptor in &index.manifests {
        if let Ok(Entry::ContainerImage { name, original_index }) = Entry::of(descriptor) {
            let (platforms, original) = images.entry(name).or_default();
            platforms.push(plain(descriptor));
            if original.is_none() {
                *original = original_index.and_then(|digest| originals.get(&digest).cloned());
            }
        }
    }
    let mut facts = Vec::new();
    for (name, (platforms, original)) in images {
        facts.extend(container_image(&name, platforms, original)?);
    }
    Ok(facts)
}

/// A name leads to the original index where the image was found in one: clients choose their platform from it, and pulls by
/// the index's digest work as they do elsewhere. Several platforms without one get an index that the registry makes.
fn container_image(name: &Reference, platforms: Vec<Descriptor>, original: Option<Descriptor>) -> Result<Vec<Fact>> {
    let mut facts = Vec::new();
    let top = match (original, platforms.as_slice()) {
        (Some(original), _) => original,
        (None, [only]) => only.clone(),
        (None, several) => {
            let (descriptor, bytes) = made(several)?;
            facts.push(Fact::Made { digest: descriptor.digest.clone(), bytes: bytes.into() });
            descriptor
        }
    };
    let repository = name.repository();
    let held = |descriptor| Held { descriptor, own: false };
    let by_digest = |descriptor| Fact::Digest { repository: repository.clone(), held: held(descriptor) };
    facts.extend(platforms.into_iter().chain([top.clone()]).map(by_digest));
    if let Some(tag) = name.tag() {
        let (repository, tag, held) = (repository.clone(), tag.to_owned(), held(top));
        facts.push(Fact::Tag { repository, tag, held, rank: Rank::Brought });
    }
    Ok(facts)
}

/// The same platforms always give the same bytes, and so the same digest on every host.
fn made(platforms: &[Descriptor]) -> Result<(Descriptor, Vec<u8>)> {
    let index = Index::new(platforms.to_vec());
    let bytes = serde_json::to_vec(&index).map_err(|source| Error::Document {
        digest: platforms[0].digest.clone(),
        media_type: media_type::INDEX.to_owned(),
        source,
    })?;
    Ok((Descriptor::of(media_type::INDEX, &bytes), bytes))
}

/// The original index documents that a cluster image's catalog carries.
fn originals(store: &Store, index: &Index) -> Result<HashMap<Digest, Descriptor>> {
    let mut originals = HashMap::new();
    for descriptor in &index.manifests {
        if matches!(Entry::of(descriptor), Ok(Entry::Catalog)) {
            let catalog: Manifest = store.manifest(descriptor)?;
            originals.extend(catalog.layers.into_iter().map(|layer| (layer.digest.clone(), plain(&layer))));
        }
    }
    Ok(originals)
}
