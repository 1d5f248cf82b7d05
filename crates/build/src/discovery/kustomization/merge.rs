//! Strategic merge: maps are merged key by key, lists of named things element by element, other lists are replaced.

use serde_json::{Map, Value};

/// Lists whose elements have identity, with the key that tells it.
const KEYED: [(&str, &str); 7] = [
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("volumes", "name"),
    ("env", "name"),
    ("ports", "containerPort"),
    ("volumeMounts", "mountPath"),
];

/// What a patch says about itself in the place of a value.
const DIRECTIVE: &str = "$patch";

/// Puts a patch over a value.
pub(super) fn merge(value: &mut Value, patch: Value) {
    match (value, patch) {
        (Value::Object(map), Value::Object(patch)) if patch.get(DIRECTIVE).is_none_or(|it| it != "replace") => {
            maps(map, patch);
        }
        (value, Value::Object(mut patch)) => {
            patch.remove(DIRECTIVE);
            *value = Value::Object(patch);
        }
        (value, patch) => *value = patch,
    }
}

fn maps(map: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (key, change) in patch {
        let keyed = KEYED.iter().find(|(list, _)| *list == key).map(|(_, identity)| *identity);
        match (map.get_mut(&key), change) {
            (_, Value::Null) => {
                map.remove(&key);
            }
            (_, change) if change[DIRECTIVE] == "delete" => {
                map.remove(&key);
            }
            (Some(Value::Array(items)), Value::Array(changes)) if keyed.is_some() => {
                lists(items, changes, keyed.unwrap_or_default());
            }
            (Some(value), change) => merge(value, change),
            (None, change) => {
                map.insert(key, change);
            }
        }
    }
}

fn lists(items: &mut Vec<Value>, changes: Vec<Value>, identity: &str) {
    if changes.iter().any(|change| change[DIRECTIVE] == "replace") {
        items.clear();
    }
    for change in changes {
        let place = items.iter().position(|item| !item[identity].is_null() && item[identity] == change[identity]);
        match (change[DIRECTIVE].as_str(), place) {
            (Some("delete"), Some(place)) => {
                items.remove(place);
            }
            (Some("delete" | "replace"), _) => {}
            (_, Some(place)) => merge(&mut items[place], change),
            (_, None) => items.push(change),
        }
    }
}
