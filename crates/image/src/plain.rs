//! What an image is that is no cluster image: a container image for one platform or several, or an artifact.

use crate::error::Result;
use crate::store::Store;
use sealer_model::image::{Config, Descriptor, Manifest, media_type};
use sealer_model::{Digest, Platform, Reference};
use serde::Serialize;
use serde_json::Value;

/// A plain image, described.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlainInspection {
    /// The full name.
    pub name: Reference,
    /// The digest of the index or manifest.
    pub digest: Digest,
    /// What the name leads to: an index or a manifest.
    pub media_type: String,
    /// When the first of its images was made, if it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The platforms it is for, as far as it says so.
    pub platforms: Vec<Platform>,
    /// Bytes of all blobs, each counted once.
    pub size: u64,
    /// The images in it, one for each platform.
    pub manifests: Vec<PlainManifest>,
}

/// One image of a plain image.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlainManifest {
    /// The digest of the manifest.
    pub digest: Digest,
    /// The platform it is for, if it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Its configuration as it is; null for what is no image.
    pub config: Value,
    /// Its layers, lowest first.
    pub layers: Vec<Descriptor>,
}

/// The type of configurations that docker writes.
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";

/// Describes an image of the store that is no cluster image.
///
/// # Errors
/// When it is not there or not whole.
pub fn inspect_plain(store: &Store, name: &Reference) -> Result<PlainInspection> {
    let top = store.require(name)?;
    let listed = if media_type::is_index(&top.media_type) { store.index(&top)?.manifests } else { vec![top.clone()] };
    let manifests = listed.iter().map(|each| manifest(store, each)).collect::<Result<Vec<_>>>()?;
    let created = manifests.first().and_then(|first| first.config.get("created")?.as_str().map(str::to_owned));
    Ok(PlainInspection {
        name: name.clone(),
        size: store.reachable(&top)?.iter().map(|part| part.size).sum(),
        digest: top.digest,
        media_type: top.media_type,
        created,
        platforms: manifests.iter().filter_map(|manifest| manifest.platform.clone()).collect(),
        manifests,
    })
}

fn manifest(store: &Store, descriptor: &Descriptor) -> Result<PlainManifest> {
    let manifest: Manifest = store.manifest(descriptor)?;
    let is_image = matches!(manifest.config.media_type.as_str(), media_type::CONFIG | DOCKER_CONFIG);
    let config = if is_image { store.parse(&manifest.config)? } else { Value::Null };
    let platform = descriptor.platform.clone().or_else(|| platform(&config));
    Ok(PlainManifest { digest: descriptor.digest.clone(), platform, config, layers: manifest.layers })
}

fn platform(config: &Value) -> Option<Platform> {
    let config: Config = serde_json::from_value(config.clone()).ok()?;
    Some(Platform { architecture: config.architecture, os: config.os, variant: config.variant })
}
