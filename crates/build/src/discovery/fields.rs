//! Where custom resources name images. A table of well-known operators is built in; an image brings its own in
//! `application/image-fields.yaml`, in the same form, for resources that the table does not know:
//!
//! ```yaml
//! - resources: [Cache.example.com]            # KIND.GROUP
//!   images:
//!   - spec.server.image                        # a field; * stands for any key or index
//!   - { name: "example.com/cache:{spec.version}", unless: spec.server.image }
//! ```

mod path;

pub(crate) use path::scalar;

use path::{Path, Template};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Where a rootfs brings more fields.
pub(crate) const FILE: &str = "application/image-fields.yaml";

/// Which fields of which resources name images.
#[derive(Clone, Debug, Default)]
pub struct ImageFields(BTreeMap<String, Vec<Field>>);

/// One way to an image.
#[derive(Clone, Debug)]
enum Field {
    /// The field itself.
    At(Path),
    /// A name made of other fields, unless one of these is set.
    Made { name: Template, unless: Vec<Path> },
}

/// An entry of the table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    resources: Vec<String>,
    images: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Path(String),
    Made(Made),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Made {
    name: String,
    #[serde(default)]
    unless: OneOrMore,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    #[default]
    None,
    One(String),
    More(Vec<String>),
}

impl ImageFields {
    /// The built-in table.
    ///
    /// # Panics
    /// Never: a test reads the table.
    #[must_use]
    pub fn known() -> Self {
        static KNOWN: LazyLock<ImageFields> = LazyLock::new(|| {
            let mut fields = ImageFields::default();
            fields.add(include_str!("fields/known.yaml")).expect("the built-in table is well-formed");
            fields
        });
        KNOWN.clone()
    }

    /// Takes in more entries. A resource that is known already gets both.
    ///
    /// # Errors
    /// In one line, when the text is not such a table.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let entries: Vec<Entry> = serde_saphyr::from_str(text)
            .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())?;
        for entry in entries {
            let fields = entry.images.into_iter().map(Field::read).collect::<Result<Vec<Field>, String>>()?;
            for resource in entry.resources {
                if !resource.contains('.') {
                    return Err(format!("\"{resource}\" is not of the form KIND.GROUP"));
                }
                self.0.entry(resource).or_default().extend(fields.iter().cloned());
            }
        }
        Ok(())
    }

    /// The images that a resource names in the fields of the table: name and field each.
    pub(crate) fn images(&self, document: &Value) -> Vec<(String, String)> {
        let kind = document["kind"].as_str().unwrap_or_default();
        let group = document["apiVersion"].as_str().and_then(|version| version.split_once('/')).map(|(group, _)| group);
        let Some(fields) = group.and_then(|group| self.0.get(&format!("{kind}.{group}"))) else {
            return Vec::new();
        };
        fields.iter().flat_map(|field| field.images(document)).collect()
    }
}

impl Field {
    fn read(written: Written) -> Result<Self, String> {
        match written {
            Written::Path(path) => Path::read(&path).map(Self::At),
            Written::Made(Made { name, unless }) => {
                let unless = match unless {
                    OneOrMore::None => Vec::new(),
                    OneOrMore::One(path) => vec![path],
                    OneOrMore::More(paths) => paths,
                };
                let unless = unless.iter().map(|path| Path::read(path)).collect::<Result<_, _>>()?;
                Ok(Self::Made { name: Template::read(&name)?, unless })
            }
        }
    }

    fn images(&self, document: &Value) -> Vec<(String, String)> {
        match self {
            Self::At(path) => {
                let texts = path.find(document).into_iter();
                texts.filter_map(|(place, value)| Some((value.as_str()?.to_owned(), place))).collect()
            }
            Self::Made { name, unless } => {
                let is_set = |path: &Path| path.find(document).iter().any(|(_, value)| is_text(value));
                if unless.iter().any(is_set) { Vec::new() } else { name.fill(document).into_iter().collect() }
            }
        }
    }
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
