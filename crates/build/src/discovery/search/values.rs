//! Where the values of a chart name repositories: the last part of the reason why an image is carried, and the place to change
//! when another is wanted.

use super::image_name::{in_image_field, is_image_key};
use super::parts::Parts;
use super::place::Place;
use crate::discovery::document::DEEPEST;
use sealer_model::Reference;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Repositories with the places that name them.
#[derive(Debug, Default)]
pub(crate) struct NamedByValues(BTreeMap<String, Vec<String>>);

impl NamedByValues {
    /// Takes in one document of values; `label` is what its places begin with.
    pub(crate) fn add(&mut self, label: &str, values: &Value) {
        self.walk(label, values, &mut Place::default());
    }

    /// The places that name an image's repository.
    pub(crate) fn places(&self, image: &Reference) -> Vec<String> {
        self.0.get(&image.repository()).cloned().unwrap_or_default()
    }

    fn walk(&mut self, label: &str, value: &Value, place: &mut Place) {
        if place.depth() > DEEPEST {
            return;
        }
        match value {
            Value::Object(map) => self.map(label, map, place),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    place.enter_index(index);
                    self.walk(label, item, place);
                    place.leave();
                }
            }
            _ => {}
        }
    }

    fn map(&mut self, label: &str, map: &Map<String, Value>, place: &mut Place) {
        if let Some((name, fields)) = Parts::repository_of(map) {
            self.note(label, &name, place.below(&fields));
        }
        for (key, value) in map {
            place.enter_key(key);
            match value.as_str().filter(|_| is_image_key(key)).and_then(in_image_field) {
                Some(image) => self.note(label, image, place.field()),
                None => self.walk(label, value, place),
            }
            place.leave();
        }
    }

    fn note(&mut self, label: &str, name: &str, place: String) {
        if let Ok(image) = name.parse::<Reference>() {
            self.0.entry(image.repository()).or_default().push(format!("{label} {place}"));
        }
    }
}
