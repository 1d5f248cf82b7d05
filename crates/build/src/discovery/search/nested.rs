//! Texts inside documents: manifests and configuration that a ConfigMap, a Secret or a custom resource carries, and scripts.

use super::{Search, image_name};
use crate::discovery::document;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Texts in texts in texts: nobody nests them deeper.
const DEEPEST: usize = 3;

/// Characters of the longest text that is read as documents; longer ones are data.
const LONGEST: usize = 4 * 1024 * 1024;

impl Search<'_> {
    /// A text of several lines, or JSON.
    pub(super) fn nested(&mut self, text: &str) {
        if self.texts >= DEEPEST || !may_name_images(text) {
            return;
        }
        let documents = if text.len() <= LONGEST { document::read(text).ok() } else { None };
        match documents.filter(|documents| documents.iter().any(|each| each.is_object() || each.is_array())) {
            Some(documents) => documents.iter().for_each(|each| self.inside(each)),
            // templates and scripts: only what is an image name beyond doubt
            None => image_name::in_script(text).into_iter().for_each(|image| self.take(image)),
        }
    }

    /// The data of a Secret.
    pub(super) fn encoded(&mut self, key: &str, text: &str) {
        let plain: String = text.split_whitespace().collect();
        if let Some(text) = STANDARD.decode(plain).ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
            self.text(key, &text);
        }
    }

    fn inside(&mut self, document: &Value) {
        if document["kind"] == "CustomResourceDefinition" {
            return;
        }
        let place = self.place.inside(document);
        let mut search =
            Search { fields: self.fields, found: &mut *self.found, place, is_workload: false, texts: self.texts + 1 };
        search.document(document);
    }
}

/// A quick look that spares most texts the reading.
fn may_name_images(text: &str) -> bool {
    text.contains('/') || text.contains("mage") || text.contains("MAGE") || text.contains("repository")
}
