//! The `images` transformer: other names, tags and digests for the images of containers.

use super::Resource;
use super::manifest::Image;
use crate::discovery::fields::scalar;
use serde::Deserialize;
use serde_json::Value;

/// Changes every container of every resource.
pub(super) fn apply(images: &[Image], fields: &[Field], resources: &mut [Resource]) {
    if images.is_empty() {
        return;
    }
    for resource in resources {
        let mut change = |image: &mut String| {
            for change in images {
                if let Some(changed) = changed(image, change) {
                    *image = changed;
                }
            }
        };
        containers(&mut resource.value, &mut change);
        for field in fields {
            if field.means(&resource.value) {
                let parts: Vec<&str> = field.path.split('/').collect();
                at(&mut resource.value, &parts, &mut change);
            }
        }
    }
}

/// A place of images in the documents of a kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Field {
    path: String,
    kind: Option<String>,
    group: Option<String>,
    version: Option<String>,
}

impl Field {
    fn means(&self, resource: &Value) -> bool {
        let api_version = resource["apiVersion"].as_str().unwrap_or_default();
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        is(&self.kind, resource["kind"].as_str().unwrap_or_default())
            && is(&self.group, group)
            && is(&self.version, version)
    }
}

/// The places of images that a configuration of transformers names.
pub(super) fn fields(configuration: &Value) -> Result<Vec<Field>, String> {
    let named = configuration.get("images").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
    serde_json::from_value(named).map_err(|error| format!("is no configuration of transformers: {error}"))
}

/// Visits the texts at a path; `[]` behind a part means every item.
fn at(value: &mut Value, parts: &[&str], visit: &mut impl FnMut(&mut String)) {
    match (value, parts) {
        (Value::String(image), []) => visit(image),
        (Value::Array(items), parts) => items.iter_mut().for_each(|item| at(item, parts, visit)),
        (Value::Object(map), [part, rest @ ..]) => {
            if let Some(below) = map.get_mut(part.trim_end_matches("[]")) {
                at(below, rest, visit);
            }
        }
        _ => {}
    }
}

/// Visits the image of each container and init container, at any depth.
fn containers(value: &mut Value, visit: &mut impl FnMut(&mut String)) {
    match value {
        Value::Object(map) => {
            for list in ["containers", "initContainers"] {
                for container in map.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                    if let Some(Value::String(image)) = container.get_mut("image") {
                        visit(image);
                    }
                }
            }
            map.values_mut().for_each(|below| containers(below, visit));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| containers(item, visit)),
        _ => {}
    }
}

/// The name that a change makes of an image, if it means this one.
fn changed(image: &str, change: &Image) -> Option<String> {
    let (name, tag, digest) = split(image);
    if name != change.name {
        return None;
    }
    let new_tag = change.new_tag.as_ref().and_then(scalar).filter(|tag| !tag.is_empty());
    let suffix = change.tag_suffix.as_deref().unwrap_or_default();
    let (tag, digest) = match (new_tag, change.digest.as_deref().filter(|digest| !digest.is_empty())) {
        (None, None) => (tag.map(|tag| format!("{tag}{suffix}")), digest.map(str::to_owned)),
        (tag, digest) => (tag.map(|tag| format!("{tag}{suffix}")), digest.map(str::to_owned)),
    };
    let mut changed = change.new_name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| name.to_owned());
    tag.iter().for_each(|tag| changed.push_str(&format!(":{tag}")));
    digest.iter().for_each(|digest| changed.push_str(&format!("@{digest}")));
    Some(changed)
}

fn split(image: &str) -> (&str, Option<&str>, Option<&str>) {
    let (rest, digest) = image.split_once('@').map_or((image, None), |(rest, digest)| (rest, Some(digest)));
    match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag), digest),
        _ => (rest, None, digest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_tags_and_digests_change_for_the_named_image_only() {
        let change = |change: Value, image: &str| changed(image, &serde_json::from_value(change).unwrap());
        let is = |text: &str| Some(text.to_owned());
        assert_eq!(change(json!({"name": "nginx", "newTag": "1.27"}), "nginx:1.25"), is("nginx:1.27"));
        assert_eq!(change(json!({"name": "nginx", "newTag": 2}), "nginx"), is("nginx:2"));
        assert_eq!(change(json!({"name": "nginx", "newName": "r.io/a"}), "nginx:1"), is("r.io/a:1"));
        assert_eq!(change(json!({"name": "nginx", "digest": "sha256:1"}), "nginx:1"), is("nginx@sha256:1"));
        assert_eq!(change(json!({"name": "nginx", "newTag": "2"}), "nginx@sha256:1"), is("nginx:2"));
        assert_eq!(change(json!({"name": "nginx", "newName": "x"}), "nginx@sha256:1"), is("x@sha256:1"));
        assert_eq!(change(json!({"name": "nginx", "newTag": "2"}), "r.io/nginx:1"), None);
        assert_eq!(change(json!({"name": "r:5000/a", "newTag": "2"}), "r:5000/a"), is("r:5000/a:2"));
    }
}
