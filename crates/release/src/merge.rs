//! The three-way merge of an upgrade: what the last revision wanted, what the cluster has, and what the new revision wants, to the
//! patch that takes the cluster there. What others set in the cluster stays as it is unless a revision speaks of it; what the last
//! revision set and the new one does not is removed. It is worked out here and sent as a plain merge patch, which every version of
//! Kubernetes and every custom kind understands alike.

mod keys;

use keys::key_of;
use serde_json::{Map, Value};

/// The JSON merge patch from the object in the cluster to what it shall be; none where it is that already.
pub fn patch(old: &Value, live: &Value, new: &Value) -> Option<Value> {
    let merged = three_way(&mut Vec::new(), Some(old), live, new);
    difference(live, &merged)
}

/// What the object shall be. The path leads to it, from the object's top on, without indexes.
fn three_way<'a>(path: &mut Vec<&'a str>, old: Option<&'a Value>, live: &'a Value, new: &'a Value) -> Value {
    match (live, new) {
        (Value::Object(live), Value::Object(new)) => Value::Object(maps(path, old, live, new)),
        (Value::Array(live), Value::Array(new)) => lists(path, old, live, new),
        _ => new.clone(),
    }
}

fn maps<'a>(
    path: &mut Vec<&'a str>,
    old: Option<&'a Value>,
    live: &'a Map<String, Value>,
    new: &'a Map<String, Value>,
) -> Map<String, Value> {
    let mut merged = live.clone();
    for name in old.and_then(Value::as_object).into_iter().flat_map(Map::keys) {
        if new.get(name).is_none_or(Value::is_null) {
            merged.remove(name);
        }
    }
    for (name, wanted) in new {
        if wanted.is_null() {
            merged.remove(name);
            continue;
        }
        let value = match live.get(name) {
            Some(present) => {
                path.push(name);
                let value = three_way(path, old.and_then(|old| old.get(name)), present, wanted);
                path.pop();
                value
            }
            None => without_nulls(wanted),
        };
        merged.insert(name.clone(), value);
    }
    merged
}

/// Lists whose items have a key are merged item by item, in the new order and then what others have added; all other lists are one
/// value.
fn lists<'a>(path: &mut Vec<&'a str>, old: Option<&'a Value>, live: &'a [Value], new: &'a [Value]) -> Value {
    let Some(key) = key_of(path, live, new) else { return Value::Array(new.to_vec()) };
    let old: &[Value] = old.and_then(Value::as_array).map_or(&[], Vec::as_slice);
    let find = |list: &'a [Value], item: &Value| list.iter().find(|other| key.is_same(other, item));
    let mut merged: Vec<Value> = Vec::new();
    for wanted in new {
        let item = find(live, wanted).map(|present| three_way(path, find(old, wanted), present, wanted));
        merged.push(item.unwrap_or_else(|| without_nulls(wanted)));
    }
    let others = live.iter().filter(|item| find(new, item).is_none() && find(old, item).is_none());
    merged.extend(others.cloned());
    Value::Array(merged)
}

/// Kubernetes takes a null for nothing said.
pub(crate) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let said = map.iter().filter(|(_, value)| !value.is_null());
            Value::Object(said.map(|(name, value)| (name.clone(), without_nulls(value))).collect())
        }
        other => other.clone(),
    }
}

/// The JSON merge patch (RFC 7386) from one value to the other; none where they are equal.
pub(crate) fn difference(from: &Value, to: &Value) -> Option<Value> {
    if from == to {
        return None;
    }
    let (Value::Object(before), Value::Object(after)) = (from, to) else { return Some(to.clone()) };
    let mut patch = Map::new();
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    for (name, value) in after {
        let change = match before.get(name) {
            Some(previous) => difference(previous, value),
            None => Some(value.clone()),
        };
        if let Some(change) = change {
            patch.insert(name.clone(), change);
        }
    }
    Some(Value::Object(patch))
}

#[cfg(test)]
mod tests;
