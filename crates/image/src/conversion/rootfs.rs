//! One platform of an image of the Go sealer: its layers without the registry's folder, a manifest and a configuration that
//! say so, and the container images that the folder held.

use super::extension::modern;
use super::layers::{self, Fate, Found};
use super::names::{self, Listed, Named};
use crate::document::document;
use crate::error::{Error, Result};
use crate::store::Store;
use sealer_model::event::Listener;
use sealer_model::image::{Carried, Config, Descriptor, Index, Manifest, annotation, media_type};
use sealer_model::image_list::ImageList;
use sealer_model::{Platform, Reference};
use serde_json::Value;

/// One platform, converted.
pub(super) struct Converted {
    pub(super) platform: Platform,
    pub(super) manifest: Descriptor,
    pub(super) carried: Vec<Carried>,
}

/// Converts one manifest.
pub(super) fn convert(
    store: &Store,
    name: &Reference,
    descriptor: &Descriptor,
    listener: &Listener,
) -> Result<Converted> {
    let manifest = store.manifest(descriptor)?;
    let config: Config = store.parse(&manifest.config)?;
    let platform = Platform { architecture: config.architecture, os: config.os, variant: config.variant };
    let (found, fates) = layers(store, &manifest)?;
    let listed = listed(descriptor, &manifest)?;
    let list = image_list(name, &found, listener);
    let names = names::names(&listed, &list, &found.tree);
    for absent in &names.absent {
        listener.warn(format!("{name} lists {absent} and does not have it: it is not carried"));
    }
    let mut carried = Vec::new();
    for named in names.found {
        carried.extend(images(store, name, named, listener)?);
    }
    let manifest = rewritten(store, descriptor, manifest, &fates)?;
    Ok(Converted { platform: descriptor.platform.clone().unwrap_or(platform), manifest, carried })
}

fn layers(store: &Store, manifest: &Manifest) -> Result<(Found, Vec<Fate>)> {
    let mut found = Found::default();
    let fates = manifest.layers.iter().map(|layer| layers::read(store, layer, &mut found));
    let fates = fates.collect::<Result<Vec<Fate>>>()?;
    Ok((found, fates))
}

fn listed(descriptor: &Descriptor, manifest: &Manifest) -> Result<Vec<Listed>> {
    let Some(text) = manifest.annotations.get(annotation::CONTAINER_IMAGES) else {
        return Ok(Vec::new());
    };
    serde_json::from_str(text).map_err(|source| unexpected(descriptor, annotation::CONTAINER_IMAGES, source))
}

/// The Go sealer does not refuse a malformed list, so neither can who reads its images; only domains are lost with it.
fn image_list(name: &Reference, found: &Found, listener: &Listener) -> ImageList {
    let text = found.image_list.as_deref().unwrap_or_default();
    ImageList::parse("manifests/imageList", text).unwrap_or_else(|error| {
        listener.warn(format!("{name}: {error}; no name is taken from it"));
        ImageList::default()
    })
}

/// What a name leads to, for each platform whose blobs are all there.
fn images(store: &Store, image: &Reference, named: Named, listener: &Listener) -> Result<Vec<Carried>> {
    let Some(top) = document(store, &named.digest)? else {
        listener.warn(format!("{image} has a name for {} and not its manifest: it is not carried", named.name));
        return Ok(Vec::new());
    };
    let (manifests, original_index) = if media_type::is_index(&top.media_type) {
        let index: Index = store.index(&top)?;
        (index.manifests, Some(top))
    } else {
        (vec![top], None)
    };
    let mut carried = Vec::new();
    for manifest in manifests {
        if media_type::is_manifest(&manifest.media_type) && is_whole(store, &manifest)? {
            let (name, original_index) = (named.name.clone(), original_index.clone());
            let (platform, demands) = (platform(store, &manifest)?, named.demands.clone());
            carried.push(Carried { name, platform, manifest, original_index, demands });
        }
    }
    if carried.is_empty() {
        listener.warn(format!("{image} has only a part of {}: it is not carried", named.name));
    }
    Ok(carried)
}

/// The Go sealer took one platform of an index, so others are listed and not there.
fn is_whole(store: &Store, manifest: &Descriptor) -> Result<bool> {
    Ok(store.contains(&manifest.digest) && store.missing(manifest)?.is_empty())
}

fn platform(store: &Store, manifest: &Descriptor) -> Result<Platform> {
    if let Some(platform) = &manifest.platform {
        return Ok(platform.clone());
    }
    let config: Config = store.parse(&store.manifest(manifest)?.config)?;
    Ok(Platform { architecture: config.architecture, os: config.os, variant: config.variant })
}

/// The manifest of what is left. Where all is left, it is the manifest that was there.
fn rewritten(store: &Store, descriptor: &Descriptor, mut manifest: Manifest, fates: &[Fate]) -> Result<Descriptor> {
    let text = manifest.annotations.get(annotation::EXTENSION).map_or("{}", String::as_str);
    let extension: Value =
        serde_json::from_str(text).map_err(|source| unexpected(descriptor, annotation::EXTENSION, source))?;
    let modern = modern(&extension);
    if modern.is_none() && fates.iter().all(|fate| *fate == Fate::Kept) {
        return Ok(Descriptor::new(&descriptor.media_type, descriptor.digest.clone(), descriptor.size));
    }
    if let Some(modern) = modern {
        manifest.annotations.insert(annotation::EXTENSION.to_owned(), modern.to_string());
    }
    let mut config: Value = store.parse(&manifest.config)?;
    adapt(&mut config, fates).ok_or_else(|| {
        let why = serde::de::Error::custom("it does not count the layers that its manifest has");
        unexpected(&manifest.config, media_type::CONFIG, why)
    })?;
    manifest.config = store.put_json(&manifest.config.media_type.clone(), &config)?;
    manifest.layers = manifest.layers.into_iter().zip(fates).filter_map(left).collect();
    store.put_json(&descriptor.media_type, &manifest)
}

fn left((layer, fate): (Descriptor, &Fate)) -> Option<Descriptor> {
    match fate {
        Fate::Kept => Some(layer),
        Fate::Dropped => None,
        Fate::Rewritten(anew) => Some(anew.descriptor.clone()),
    }
}

/// The configuration of what is left: digests go with their layers, and a step whose layer is gone made none.
fn adapt(config: &mut Value, fates: &[Fate]) -> Option<()> {
    let identifiers = config.pointer_mut("/rootfs/diff_ids")?.as_array_mut()?;
    if identifiers.len() != fates.len() {
        return None;
    }
    let left = identifiers.drain(..).zip(fates).filter_map(|(identifier, fate)| match fate {
        Fate::Kept => Some(identifier),
        Fate::Dropped => None,
        Fate::Rewritten(layer) => Some(Value::String(layer.diff_id.to_string())),
    });
    *identifiers = left.collect();
    let mut fates = fates.iter();
    for step in config.get_mut("history").and_then(Value::as_array_mut).into_iter().flatten() {
        let step = step.as_object_mut()?;
        let made_one = !step.get("empty_layer").and_then(Value::as_bool).unwrap_or_default();
        if made_one && fates.next() == Some(&Fate::Dropped) {
            step.insert("empty_layer".to_owned(), Value::Bool(true));
        }
    }
    Some(())
}

fn unexpected(document: &Descriptor, what: &str, source: serde_json::Error) -> Error {
    Error::Document { digest: document.digest.clone(), media_type: what.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_step_whose_layer_is_gone_made_none() {
        let mut config = json!({
            "rootfs": {"type": "layers", "diff_ids": ["sha256:a", "sha256:b"]},
            "history": [{"created_by": "COPY"}, {"created_by": "ENV", "empty_layer": true}, {"created_by": "registry"}],
            "unknown": "stays",
        });
        adapt(&mut config, &[Fate::Kept, Fate::Dropped]).unwrap();
        let expected = json!({
            "rootfs": {"type": "layers", "diff_ids": ["sha256:a"]},
            "history": [{"created_by": "COPY"}, {"created_by": "ENV", "empty_layer": true},
                {"created_by": "registry", "empty_layer": true}],
            "unknown": "stays",
        });
        assert_eq!(config, expected);
        assert_eq!(adapt(&mut config, &[Fate::Kept, Fate::Kept]), None);
    }
}
