//! Names of container images in manifests, replaced by those that a cluster can pull them under. Only what is carried is replaced, and
//! nothing is guessed: a text counts as a name where its field is called so, or where it is a carried name from its beginning to its end.

use crate::error::{Error, Result};
use crate::object::documents;
use crate::stored::StoredHook;
use sealer_model::Reference;
use sealer_template::{json as template_json, yaml};
use serde_json::Value;
use std::collections::BTreeMap;

/// From names as images bring them to names as the cluster knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageNames(BTreeMap<Reference, Reference>);

impl ImageNames {
    /// These.
    #[must_use]
    pub fn new(names: BTreeMap<Reference, Reference>) -> Self {
        Self(names)
    }

    /// A text of manifests with the names replaced. Documents that name none of the images stay as they are, to the byte; others are
    /// written anew, with the comments above them.
    pub(crate) fn in_manifest(&self, manifest: &str) -> Result<String> {
        if self.0.is_empty() {
            return Ok(manifest.to_owned());
        }
        let mut text = String::new();
        for document in sealer_chart::manifests::split(manifest) {
            text += &format!("---\n{}\n", self.in_document(document)?.trim_end());
        }
        Ok(text)
    }

    /// The same for hooks.
    pub(crate) fn in_hooks(&self, hooks: &mut [StoredHook]) -> Result<()> {
        hooks.iter_mut().try_for_each(|hook| {
            hook.manifest = self.in_document(&hook.manifest)?;
            Ok(())
        })
    }

    fn in_document(&self, text: &str) -> Result<String> {
        let place = text.lines().find_map(|line| line.strip_prefix("# Source: ")).unwrap_or("the manifest");
        let wrong = |problem: String| Error::Manifest { place: place.to_owned(), problem };
        let mut objects = documents(text).map_err(wrong)?;
        if objects.iter_mut().map(|object| self.replace("", object)).sum::<usize>() == 0 {
            return Ok(text.to_owned());
        }
        let mut written: String = text.lines().take_while(|line| line.starts_with('#')).fold(String::new(), with_line);
        for (index, object) in objects.iter().enumerate() {
            let value = template_json::read(&object.to_string()).map_err(|error| wrong(error.to_string()))?;
            written += if index == 0 { "" } else { "---\n" };
            written += yaml::write(&value).map_err(|error| wrong(error.to_string()))?.trim_end();
            written += "\n";
        }
        Ok(written)
    }

    /// Replaces what is named at and below a value; tells how many there were.
    fn replace(&self, field: &str, value: &mut Value) -> usize {
        match value {
            Value::Object(map) => map.iter_mut().map(|(name, value)| self.replace(name, value)).sum(),
            Value::Array(items) => items.iter_mut().map(|item| self.replace(field, item)).sum(),
            Value::String(text) => self.replaced(field, text).map_or(0, |other| {
                *text = other;
                1
            }),
            _ => 0,
        }
    }

    fn replaced(&self, field: &str, text: &str) -> Option<String> {
        // --image=NAME among arguments
        if let Some((flag, name)) = text.split_once('=').filter(|(flag, _)| flag.starts_with("--")) {
            return Some(format!("{flag}={}", self.name(name)?));
        }
        if field == "image" || text.contains([':', '@']) { self.name(text) } else { None }
    }

    fn name(&self, text: &str) -> Option<String> {
        let name: Reference = text.parse().ok()?;
        self.0.get(&name).map(ToString::to_string)
    }
}

fn with_line(text: String, line: &str) -> String {
    format!("{text}{line}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> ImageNames {
        let name = |text: &str| text.parse::<Reference>().unwrap();
        ImageNames::new(BTreeMap::from([
            (name("nginx"), name("hub.example/a/docker.io/library/nginx:latest")),
            (name("quay.io/b/c:2"), name("hub.example/a/quay.io/b/c:2")),
        ]))
    }

    #[test]
    fn names_are_replaced_where_they_are_names_and_nowhere_else() {
        let text = "# Source: a.yaml\nkind: Deployment\nmetadata: {name: nginx, annotations: {about: \"nginx:latest or so\"}}\nspec:\n  \
                    containers:\n  - {image: nginx, args: [--image=quay.io/b/c:2, nginx, quay.io/b/c:2]}\n  - {image: other}\n";
        let replaced = names().in_manifest(&format!("---\n{text}---\n# kept\nkind: ConfigMap\n")).unwrap();
        assert!(
            replaced.starts_with("---\n# Source: a.yaml\n") && replaced.ends_with("---\n# kept\nkind: ConfigMap\n"),
            "{replaced}"
        );
        let read = documents(&replaced).unwrap();
        let containers = &read[0]["spec"]["containers"];
        assert_eq!(containers[0]["image"], "hub.example/a/docker.io/library/nginx:latest");
        let expected =
            serde_json::json!(["--image=hub.example/a/quay.io/b/c:2", "nginx", "hub.example/a/quay.io/b/c:2"]);
        assert_eq!(containers[0]["args"], expected);
        assert_eq!(containers[1]["image"], "other");
        assert_eq!(
            read[0]["metadata"],
            serde_json::json!({"name": "nginx", "annotations": {"about": "nginx:latest or so"}})
        );
    }

    #[test]
    fn without_names_nothing_is_touched() {
        let text = "a: &x 1\nb: *x # as it is";
        assert_eq!(ImageNames::default().in_manifest(text).unwrap(), text);
        let hooks =
            &mut [StoredHook { manifest: "kind: Job\nimage: nginx:latest\n".to_owned(), ..StoredHook::default() }];
        names().in_hooks(hooks).unwrap();
        assert_eq!(hooks[0].manifest, "image: hub.example/a/docker.io/library/nginx:latest\nkind: Job\n");
    }
}
