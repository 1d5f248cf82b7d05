//! Paths into a document, and names with places in them that such paths fill.

use serde_json::Value;

/// A way into a document: keys, or `*` for any key or index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path(Vec<String>);

impl Path {
    /// Reads `spec.*.image`.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let steps: Vec<String> = text.split('.').map(|step| step.trim().to_owned()).collect();
        if steps.iter().any(String::is_empty) || text.contains(['{', '}', '[', ' ']) {
            return Err(format!(
                "\"{text}\" is not a path of the form spec.server.image; * stands for any key or index"
            ));
        }
        Ok(Self(steps))
    }

    /// Every value that the path leads to, with its place.
    pub(super) fn find<'a>(&self, document: &'a Value) -> Vec<(String, &'a Value)> {
        let start = vec![(String::new(), document)];
        self.0
            .iter()
            .fold(start, |found, step| found.into_iter().flat_map(|(place, value)| next(&place, value, step)).collect())
    }
}

fn next<'a>(place: &str, value: &'a Value, step: &str) -> Vec<(String, &'a Value)> {
    let below = |key: &str| if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
    match (value, step) {
        (Value::Object(map), "*") => map.iter().map(|(key, value)| (below(key), value)).collect(),
        (Value::Array(items), "*") => {
            items.iter().enumerate().map(|(index, value)| (format!("{place}[{index}]"), value)).collect()
        }
        (Value::Object(map), step) => map.get(step).map(|value| (below(step), value)).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// A name with `{path}` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Path),
}

impl Template {
    /// Reads `example.com/server:{spec.version}`.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (path, after) = after.split_once('}').ok_or_else(|| format!("\"{text}\" has a {{ without a }}"))?;
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Field(Path::read(path)?));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    /// The name with every place filled, and the fields it was filled from; `None` where one of them is not set.
    pub(super) fn fill(&self, document: &Value) -> Option<(String, String)> {
        let (mut name, mut places) = (String::new(), Vec::new());
        for part in &self.0 {
            match part {
                Part::Text(text) => name.push_str(text),
                Part::Field(path) => {
                    let (place, value) = path.find(document).into_iter().next()?;
                    name.push_str(&scalar(value).filter(|text| !text.is_empty())?);
                    places.push(place);
                }
            }
        }
        Some((name, places.join(" + ")))
    }
}

/// A text or number as it is written; a version such as `7` is read as a number.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
