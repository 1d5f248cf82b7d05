//! Which images one document names, found by meaning: PodSpecs wherever they are, fields of known custom resources, fields and
//! variables called image, maps of repository and tag, words of arguments that are complete image names, documents inside
//! ConfigMaps. Prose is never looked at: neither descriptions nor the schemas of custom resources.

mod annotations;
mod containers;
mod image_name;
mod nested;
mod parts;
mod place;
mod values;

pub(crate) use annotations::listed as listed_in_annotations;
pub(crate) use values::NamedByValues;

use parts::Parts;

use super::document::DEEPEST;
use super::fields::ImageFields;
use place::Place;
use serde_json::{Map, Value};

/// One place that names an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The name, as it is written there or put together from its parts.
    pub image: String,
    /// `Deployment/web`; none outside of Kubernetes' documents.
    pub document: Option<String>,
    /// The place in the document: `spec.template.spec.containers[0].image`.
    pub field: String,
    /// Whether nothing but an image can stand there, so that a text that is no name is a problem to tell.
    pub certain: bool,
}

/// Every image that a document names, in the order of its fields, each place once.
pub(crate) fn images(document: &Value, fields: &ImageFields) -> Vec<Found> {
    let mut found = Vec::new();
    within(document, fields, &mut found, DEEPEST);
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|each| seen.insert((each.image.clone(), each.document.clone(), each.field.clone())));
    found
}

/// Lists hold documents of their own.
fn within(document: &Value, fields: &ImageFields, found: &mut Vec<Found>, depth: usize) {
    let kind = document["kind"].as_str().unwrap_or_default();
    if let (Some(items), true, true) = (document["items"].as_array(), kind.ends_with("List"), depth > 0) {
        items.iter().for_each(|item| within(item, fields, found, depth - 1));
    } else if kind != "CustomResourceDefinition" {
        let mut search =
            Search { fields, found, place: Place::of(document), is_workload: is_workload(document), texts: 0 };
        search.document(document);
    }
}

/// Whether the document is one of Kubernetes' own kinds that hold pods, whose fields can be trusted.
fn is_workload(document: &Value) -> bool {
    let version = document["apiVersion"].as_str().unwrap_or("v1");
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let kinds = [
        "Pod",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "Job",
        "CronJob",
        "PodTemplate",
    ];
    let kind = document["kind"].as_str().unwrap_or_default();
    ["", "apps", "batch", "extensions"].contains(&group) && kinds.contains(&kind)
}

/// Fields that hold prose, selectors or the memory of other programs.
const NOT_LOOKED_INTO: [&str; 8] = [
    "description",
    "openAPIV3Schema",
    "managedFields",
    "labels",
    "matchLabels",
    "status",
    "alm-examples",
    "kubectl.kubernetes.io/last-applied-configuration",
];

/// A walk through one document.
struct Search<'a> {
    fields: &'a ImageFields,
    found: &'a mut Vec<Found>,
    place: Place,
    is_workload: bool,
    /// How many texts deep the walk is: documents inside ConfigMaps may hold ConfigMaps.
    texts: usize,
}

impl Search<'_> {
    fn document(&mut self, document: &Value) {
        let first = self.found.len();
        let known = self.fields.images(document);
        let parts: Vec<&str> = known.iter().flat_map(|(_, field)| parts::of_made(field)).collect();
        for (image, field) in &known {
            self.take_at(image, field.clone(), true);
        }
        self.value("", document);
        // a repository whose version stands in another field is no image without it
        let is_part = |found: &Found| parts.contains(&found.field.as_str()) && !parts::is_pinned(&found.image);
        let others = self.found.split_off(first).into_iter().filter(|found| !is_part(found));
        self.found.extend(others);
    }

    /// Walks on; `key` is the key under which the value or the list around it stands.
    fn value(&mut self, key: &str, value: &Value) {
        if self.place.depth() > DEEPEST {
            return;
        }
        match value {
            Value::Object(map) => self.map(key, map),
            Value::Array(items) => self.items(key, items),
            Value::String(text) => self.text(key, text),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn map(&mut self, key: &str, map: &Map<String, Value>) {
        if let Some(parts) = Parts::of(map) {
            self.take_below(&parts.image, &parts.fields);
        }
        for (image, field) in parts::below_hub(map) {
            self.take_below(&image, &field);
        }
        let is_secret = key == "data" && self.place.document().is_some_and(|name| name.starts_with("Secret/"));
        for (key, value) in map.iter().filter(|(key, _)| !NOT_LOOKED_INTO.contains(&key.as_str())) {
            self.place.enter_key(key);
            match value {
                Value::String(text) if is_secret => self.encoded(key, text),
                Value::Object(annotations) if key == "annotations" => self.annotations(annotations),
                Value::Array(items) if containers::LISTS.contains(&key.as_str()) => self.containers(key, items),
                Value::Array(volumes) if key == "volumes" => self.volumes(volumes),
                _ if key == "value" => self.value(map.get("name").and_then(Value::as_str).unwrap_or(key), value),
                _ => self.value(key, value),
            }
            self.place.leave();
        }
    }

    fn items(&mut self, key: &str, items: &[Value]) {
        let mut before = "";
        for (index, item) in items.iter().enumerate() {
            self.place.enter_index(index);
            match item {
                Value::String(text) if !text.contains('\n') => self.word(key, before, text),
                _ => self.value(key, item),
            }
            self.place.leave();
            before = item.as_str().unwrap_or_default();
        }
    }

    /// One text of a list: an argument, mostly.
    fn word(&mut self, key: &str, before: &str, text: &str) {
        let flag = before.starts_with('-') && !before.contains('=') && image_name::is_image_key(before);
        if flag || key == "images" {
            image_name::in_image_field(text).into_iter().for_each(|image| self.take(image));
        }
        image_name::among_words(text).into_iter().for_each(|image| self.take(image));
    }

    fn text(&mut self, key: &str, text: &str) {
        if text.trim_end().contains('\n') || text.starts_with('{') {
            return self.nested(text);
        }
        let named = || image_name::in_image_field(text).filter(|_| image_name::is_image_key(key));
        match named().or_else(|| image_name::complete(text)) {
            Some(image) => self.take(image),
            None if self.is_workload => image_name::among_words(text).into_iter().for_each(|image| self.take(image)),
            None => {}
        }
    }

    /// Takes in what stands here and looks like an image.
    fn take(&mut self, image: &str) {
        self.take_at(image, self.place.field(), false);
    }

    fn take_below(&mut self, image: &str, field: &str) {
        self.take_at(image, self.place.below(field), false);
    }

    fn take_at(&mut self, image: &str, field: String, certain: bool) {
        let document = self.place.document().map(str::to_owned);
        self.found.push(Found { image: image.to_owned(), document, field, certain });
    }
}

#[cfg(test)]
mod tests;
