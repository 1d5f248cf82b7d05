//! Annotations: those that list images as YAML text, in charts and documents, and those whose value is an image.

use super::{Search, image_name};
use crate::discovery::document;
use serde_json::{Map, Value};

/// Annotations that list images, as `- name: x`, `image: r.io/x:1`.
const LISTS: [&str; 2] = ["helm.sh/images", "artifacthub.io/images"];

impl Search<'_> {
    pub(super) fn annotations(&mut self, annotations: &Map<String, Value>) {
        for (image, field) in listed(|key| annotations.get(key).and_then(Value::as_str)) {
            self.take_below(&image, &field);
        }
        for (key, value) in annotations.iter().filter(|(key, _)| !LISTS.contains(&key.as_str())) {
            let Some(text) = value.as_str() else { continue };
            let named = || image_name::in_image_field(text).filter(|_| image_name::is_image_key(key));
            if let Some(image) = named().or_else(|| image_name::complete(text)) {
                self.place.enter_key(key);
                self.take(image);
                self.place.leave();
            }
        }
    }
}

/// The images that annotations list, each with its place; `annotation` gives the text of one.
pub(crate) fn listed<'a>(annotation: impl Fn(&str) -> Option<&'a str>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for key in LISTS {
        let text = annotation(key).unwrap_or_default();
        // one that is no YAML is no list of images: nothing else is said in it
        for list in document::read(text).unwrap_or_default() {
            for (index, item) in list.as_array().into_iter().flatten().enumerate() {
                let image = item["image"].as_str().or(item.as_str()).and_then(image_name::in_image_field);
                found.extend(image.map(|image| (image.to_owned(), format!("[\"{key}\"][{index}]"))));
            }
        }
    }
    found
}
