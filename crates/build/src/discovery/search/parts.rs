//! Image names in parts: `registry`, `repository`, `tag`, `digest` and their like, side by side in one map.

use super::image_name;
use crate::discovery::fields::scalar;
use serde_json::{Map, Value};

/// A name that was put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The name.
    pub(crate) image: String,
    /// The keys it came from: `{registry,repository,tag}`.
    pub(crate) fields: String,
}

/// What the parts are called.
const REGISTRIES: [&str; 3] = ["registry", "imageRegistry", "hub"];
const REPOSITORIES: [&str; 5] = ["repository", "imageRepository", "image", "imageName", "baseImage"];
const TAGS: [&str; 2] = ["tag", "imageTag"];
const DIGESTS: [&str; 4] = ["digest", "imageDigest", "sha", "sha256"];

impl Parts {
    /// The name that a map holds in parts. A name that is whole in one field is none; a repository without a version neither.
    pub(crate) fn of(map: &Map<String, Value>) -> Option<Self> {
        let (mut name, mut fields) = located(map)?;
        let tag = part(map, &TAGS).or_else(|| {
            part(map, &["version"]).filter(|_| fields.contains(&"repository") && fields.contains(&"image"))
        });
        let digest = part(map, &DIGESTS);
        let (tag, digest) = (tag.filter(|_| !is_pinned(&name)), digest.filter(|_| !name.contains('@')));
        if tag.is_none() && digest.is_none() {
            return None;
        }
        if let Some((tag, key)) = tag {
            // a digest is given as a tag by those whose chart has no field for it
            let separator = if tag.starts_with("sha256:") { "@" } else { ":" };
            let tag = tag.strip_prefix('@').map_or(format!("{separator}{tag}"), |digest| format!("@{digest}"));
            name.push_str(&tag);
            fields.push(key);
        }
        if let Some((digest, key)) = digest.filter(|_| !name.contains('@')) {
            name.push_str(&format!("@sha256:{}", digest.trim_start_matches("sha256:")));
            fields.push(key);
        }
        let image = image_name::in_image_field(&name)?.to_owned();
        Some(Self { image, fields: braced(&fields) })
    }

    /// The repository alone, which values name even where the version comes from elsewhere; and its keys.
    pub(crate) fn repository_of(map: &Map<String, Value>) -> Option<(String, String)> {
        let (name, fields) = located(map)?;
        Some((name, braced(&fields)))
    }
}

/// The repository with its registry, where that is given apart.
fn located(map: &Map<String, Value>) -> Option<(String, Vec<&'static str>)> {
    let (mut name, mut fields) = repository(map)?;
    if let Some((registry, key)) = part(map, &REGISTRIES).filter(|_| !has_domain(&name)) {
        name = format!("{}/{name}", registry.trim_end_matches('/'));
        fields.insert(0, key);
    }
    Some((name, fields))
}

/// The repository: in one field, or as folder and name, `repository` and `image`.
fn repository(map: &Map<String, Value>) -> Option<(String, Vec<&'static str>)> {
    let (name, key) = part(map, &REPOSITORIES)?;
    match part(map, &["image"]).filter(|_| key == "repository") {
        Some((image, below)) if !image.contains('/') => Some((format!("{name}/{image}"), vec![key, below])),
        _ => Some((name, vec![key])),
    }
}

fn braced(fields: &[&str]) -> String {
    format!("{{{}}}", fields.join(","))
}

fn part(map: &Map<String, Value>, keys: &[&'static str]) -> Option<(String, &'static str)> {
    let set = |key: &&'static str| Some((map.get(*key).and_then(scalar).filter(|text| !text.is_empty())?, *key));
    keys.iter().find_map(set)
}

fn has_domain(name: &str) -> bool {
    name.split_once('/').is_some_and(|(first, _)| first.contains(['.', ':']) || first == "localhost")
}

/// The fields that a name of the table was made of, where it was made of several.
pub(super) fn of_made(field: &str) -> impl Iterator<Item = &str> {
    field.split(" + ").filter(|part| part.len() < field.len())
}

/// Whether a name says which version it means.
pub(super) fn is_pinned(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|last| last.contains([':', '@']))
}

/// Istio's form: `hub` and `tag` in one map, and below it bare names under `image`, as the sidecar injector joins them.
pub(super) fn below_hub(map: &Map<String, Value>) -> Vec<(String, String)> {
    let (Some((hub, _)), Some((tag, _))) = (part(map, &["hub"]), part(map, &["tag"])) else {
        return Vec::new();
    };
    let bare = |name: &str| !name.is_empty() && !name.contains(['/', ':', '@']);
    let below = map.iter().filter_map(|(key, value)| {
        let image = value.get("image")?.as_str().filter(|name| bare(name))?;
        let name = format!("{hub}/{image}:{tag}");
        Some((image_name::in_image_field(&name)?.to_owned(), format!("{key}.image")))
    });
    below.collect()
}
