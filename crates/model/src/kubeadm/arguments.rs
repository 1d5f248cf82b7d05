//! Command line flags of a program, in the order in which they were written. Some may be given several times, and only the newest
//! form of the configuration can say so; the older ones have a map.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Flags without dashes, each with its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Arguments(Vec<Argument>);

/// One flag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// `audit-log-maxage`.
    pub name: String,
    /// `7`.
    pub value: String,
}

impl Arguments {
    /// The value that counts: the last one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|argument| argument.name == name).map(|argument| argument.value.as_str())
    }

    /// Gives a flag this one value.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|argument| argument.name != name);
        self.0.push(Argument { name: name.to_owned(), value: value.into() });
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of all flags.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|argument| argument.name.as_str())
    }
}

/// Reads both forms: a map, or a list of names and values.
impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Map(BTreeMap<String, String>),
            List(Vec<Argument>),
        }
        Ok(Self(match Form::deserialize(deserializer)? {
            Form::Map(map) => map.into_iter().map(|(name, value)| Argument { name, value }).collect(),
            Form::List(list) => list,
        }))
    }
}

/// Makes every list of flags in a document the map that versions before v1beta4 want; of a flag that is given several times the last
/// value stays. Returns the places of those.
pub(super) fn as_maps(value: &mut Value) -> Vec<String> {
    let mut repeated = Vec::new();
    visit(value, "", &mut repeated);
    repeated
}

fn visit(value: &mut Value, path: &str, repeated: &mut Vec<String>) {
    let Value::Object(fields) = value else { return };
    for (name, field) in fields {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match field {
            Value::Array(list) if is_flags(name) => *field = map_of(list, &path, repeated),
            _ => visit(field, &path, repeated),
        }
    }
}

/// Whether a field of this name holds flags.
pub(super) fn is_flags(name: &str) -> bool {
    matches!(name, "extraArgs" | "kubeletExtraArgs")
}

fn map_of(list: &[Value], path: &str, repeated: &mut Vec<String>) -> Value {
    let mut map = Map::new();
    for item in list {
        let name = item["name"].as_str().unwrap_or_default();
        if map.insert(name.to_owned(), item["value"].clone()).is_some() {
            repeated.push(format!("{path}.{name}"));
        }
    }
    Value::Object(map)
}

/// Lays a site's flags over an image's, whichever form they were written in: each one that is named takes the place of all of its name,
/// `null` takes it away. Values are text, as programs want them.
pub(super) fn lay_over(below: &mut Value, above: &Value) {
    let mut list = flags(below);
    let new = flags(above);
    list.retain(|(name, _)| new.iter().all(|(other, _)| other != name));
    list.extend(new.into_iter().filter(|(_, value)| !value.is_null()));
    *below = list.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
}

fn flags(value: &Value) -> Vec<(String, Value)> {
    let text = |value: &Value| match value {
        Value::Null | Value::String(_) => value.clone(),
        other => Value::String(other.to_string()),
    };
    match value {
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        Value::Array(list) => {
            let pair = |item: &Value| Some((item["name"].as_str()?.to_owned(), text(&item["value"])));
            list.iter().filter_map(pair).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_may_be_given_several_times_and_the_last_value_counts() {
        let read: Arguments = serde_json::from_value(json!([
            {"name": "service-account-issuer", "value": "a"},
            {"name": "service-account-issuer", "value": "b"},
        ]))
        .unwrap();
        assert_eq!(read.get("service-account-issuer"), Some("b"));
        let mut document = json!({"apiServer": {"extraArgs": read}});
        assert_eq!(as_maps(&mut document), ["apiServer.extraArgs.service-account-issuer"]);
        assert_eq!(document, json!({"apiServer": {"extraArgs": {"service-account-issuer": "b"}}}));
    }

    #[test]
    fn a_flag_of_the_site_takes_the_place_of_all_of_its_name() {
        let mut below = json!([{"name": "a", "value": "1"}, {"name": "b", "value": "2"}, {"name": "a", "value": "3"}]);
        lay_over(&mut below, &json!({"a": 4, "b": null}));
        assert_eq!(below, json!([{"name": "a", "value": "4"}]));
    }
}
