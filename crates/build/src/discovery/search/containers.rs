//! The parts of a PodSpec that name images, wherever a PodSpec is.

use super::{Search, image_name};
use serde_json::Value;

/// The lists of containers in a PodSpec.
pub(super) const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// What Istio's gateways say for the image that the sidecar injector fills in; the injector's own configuration names it.
const INJECTED: &str = "auto";

impl Search<'_> {
    pub(super) fn containers(&mut self, key: &str, items: &[Value]) {
        for (index, item) in items.iter().enumerate() {
            self.place.enter_index(index);
            match item {
                Value::Object(container) => {
                    self.image_of(item);
                    for (key, value) in container.iter().filter(|(key, value)| *key != "image" || !value.is_string()) {
                        self.place.enter_key(key);
                        self.value(key, value);
                        self.place.leave();
                    }
                }
                _ => self.value(key, item),
            }
            self.place.leave();
        }
    }

    fn image_of(&mut self, container: &Value) {
        let Some(image) = container["image"].as_str().map(str::trim).filter(|image| !image.is_empty()) else {
            return;
        };
        if image == INJECTED {
            return;
        }
        // elsewhere than in a workload, a pattern or a parameter may stand there
        let certain = self.is_workload && self.texts == 0;
        let is_name = image.parse::<sealer_model::Reference>().is_ok();
        if certain || is_name && (image_name::in_image_field(image).is_some() || container["name"].is_string()) {
            self.take_at(image, self.place.below("image"), certain);
        }
    }

    /// Volumes may be images, too.
    pub(super) fn volumes(&mut self, volumes: &[Value]) {
        for (index, volume) in volumes.iter().enumerate() {
            self.place.enter_index(index);
            match volume["image"]["reference"].as_str().filter(|image| !image.is_empty()) {
                Some(image) => {
                    self.take_at(image, self.place.below("image.reference"), self.is_workload && self.texts == 0);
                }
                None => self.value("volumes", volume),
            }
            self.place.leave();
        }
    }
}
