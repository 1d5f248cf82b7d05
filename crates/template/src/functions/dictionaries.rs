//! Maps. `set`, `unset` and the merges change their first argument, which every other holder of that map sees.

use std::collections::BTreeMap;

use super::Table;
use super::arguments::{at_least, exactly, map, text, type_name};
use super::merge::{merge, merge_overwriting};
use crate::effort;
use crate::error::{Error, Result};
use crate::json::DEEPEST;
use crate::print::print;
use crate::value::{ItemType, List, Map, Value};

pub(super) const TABLE: Table = &[
    ("dict", dict),
    ("get", get),
    ("set", set),
    ("unset", unset),
    ("hasKey", has_key),
    ("pluck", pluck),
    ("dig", dig),
    ("keys", keys),
    ("values", values),
    ("pick", |arguments| chosen("pick", arguments, true)),
    ("omit", |arguments| chosen("omit", arguments, false)),
    ("merge", |arguments| merge("merge", arguments)),
    ("mustMerge", |arguments| merge("mustMerge", arguments)),
    ("mergeOverwrite", |arguments| merge_overwriting("mergeOverwrite", arguments)),
    ("mustMergeOverwrite", |arguments| merge_overwriting("mustMergeOverwrite", arguments)),
    ("deepCopy", |arguments| deep_copy("deepCopy", arguments)),
    ("mustDeepCopy", |arguments| deep_copy("mustDeepCopy", arguments)),
];

fn dict(arguments: &[Value]) -> Result<Value> {
    let mut entries = BTreeMap::new();
    for pair in arguments.chunks(2) {
        let value = pair.get(1).cloned().unwrap_or_else(|| Value::text(""));
        entries.insert(print(&pair[0]), value);
    }
    Ok(Value::map(entries))
}

fn get(arguments: &[Value]) -> Result<Value> {
    let [holder, key] = exactly("get", arguments)?;
    let key = text(key)?;
    Ok(map(holder)?.and_then(|map| map.get(key)).unwrap_or_else(|| Value::text("")))
}

fn set(arguments: &[Value]) -> Result<Value> {
    let [holder, key, value] = exactly("set", arguments)?;
    let holder_map = map(holder)?.ok_or_else(|| Error::function("assignment to entry in nil map"))?;
    holder_map.set(&**text(key)?, value.clone());
    Ok(holder.clone())
}

fn unset(arguments: &[Value]) -> Result<Value> {
    let [holder, key] = exactly("unset", arguments)?;
    let key = text(key)?;
    match map(holder)? {
        Some(map) => {
            map.remove(key);
            Ok(holder.clone())
        }
        None => Ok(Value::map([])),
    }
}

fn has_key(arguments: &[Value]) -> Result<Value> {
    let [holder, key] = exactly("hasKey", arguments)?;
    let key = text(key)?;
    Ok(Value::Bool(map(holder)?.is_some_and(|map| map.contains(key))))
}

fn pluck(arguments: &[Value]) -> Result<Value> {
    let ([key], holders) = at_least("pluck", arguments)?;
    let key = text(key)?;
    let mut found = Vec::new();
    for holder in holders {
        found.extend(map(holder)?.and_then(|map| map.get(key)));
    }
    Ok(Value::list(found))
}

/// The value at the end of a path of keys, or the fallback in front of the map.
fn dig(arguments: &[Value]) -> Result<Value> {
    let [keys @ .., fallback, holder] = arguments else {
        return Err(Error::function("dig needs at least three arguments"));
    };
    if keys.is_empty() {
        return Err(Error::function("dig needs at least three arguments"));
    }
    if let Some(key) = keys.iter().find(|key| !matches!(key, Value::Text(_))) {
        return Err(conversion(key, "string"));
    }
    let mut found = holder.clone();
    for key in keys {
        let Value::Map(map) = &found else { return Err(conversion(&found, "map[string]interface {}")) };
        let Value::Text(key) = key else { return Err(conversion(key, "string")) };
        match map.get(key) {
            Some(value) => found = value,
            None => return Ok(fallback.clone()),
        }
    }
    Ok(found)
}

fn conversion(value: &Value, expected: &str) -> Error {
    let found = if matches!(value, Value::Nil) { "nil" } else { type_name(value) };
    Error::function(format!("interface conversion: interface {{}} is {found}, not {expected}"))
}

fn keys(arguments: &[Value]) -> Result<Value> {
    let mut keys = Vec::new();
    for holder in arguments {
        keys.extend(entries(holder)?.into_iter().map(|(key, _)| key));
    }
    Ok(Value::texts(keys))
}

fn values(arguments: &[Value]) -> Result<Value> {
    let [holder] = exactly("values", arguments)?;
    Ok(Value::list(entries(holder)?.into_iter().map(|(_, value)| value).collect()))
}

fn entries(holder: &Value) -> Result<Vec<(String, Value)>> {
    Ok(map(holder)?.map(Map::entries).unwrap_or_default())
}

/// A new map of the entries that are named, or of those that are not.
fn chosen(name: &str, arguments: &[Value], named: bool) -> Result<Value> {
    let ([holder], names) = at_least(name, arguments)?;
    let names = names.iter().map(text).collect::<Result<Vec<_>>>()?;
    let wanted = |key: &str| names.iter().any(|name| &***name == key) == named;
    Ok(Value::map(entries(holder)?.into_iter().filter(|(key, _)| wanted(key))))
}

fn deep_copy(name: &str, arguments: &[Value]) -> Result<Value> {
    let [value] = exactly(name, arguments)?;
    match value {
        Value::Nil => Err(Error::function("reflect: call of reflect.Value.Type on zero Value")),
        value => copy(value, 0),
    }
}

/// A copy that shares no map with the original.
fn copy(value: &Value, depth: usize) -> Result<Value> {
    if depth > DEEPEST {
        return Err(Error::function("deepCopy: the value contains itself"));
    }
    Ok(match value {
        Value::List(List { items, of: ItemType::Any }) => {
            effort::work(items.len() as u64)?;
            Value::list(items.iter().map(|item| copy(item, depth + 1)).collect::<Result<_>>()?)
        }
        Value::Object(object) if object.type_name() == "*semver.Version" => {
            // what the copy cannot see of a version are its numbers
            super::versions::Version::parse("0.0.0")?.value()
        }
        Value::Map(map) => {
            effort::work(effort::MAP + map.len() as u64)?;
            let copied = map.entries().into_iter().map(|(key, value)| Ok((key, copy(&value, depth + 1)?)));
            Value::Map(Map::new(copied.collect::<Result<_>>()?).as_type(map.map_type()))
        }
        other => other.clone(),
    })
}
