//! Tables of values merged into one another, Helm's way: what is there wins, tables are merged, a nil takes a default away.

use sealer_template::{ItemType, Map, Value, print};

/// Whether nils survive: they must while tables are still to be merged with others, and end with the last merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nils {
    /// They stay in the result.
    Keep,
    /// They go, along with what they stand for.
    Drop,
}

/// A value with nothing in common with the original.
pub(crate) fn deep_copy(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(deep_copy_map(map)),
        Value::List(list) if list.of == ItemType::Any => Value::list(list.items.iter().map(deep_copy).collect()),
        other => other.clone(),
    }
}

/// A map with nothing in common with the original.
pub(crate) fn deep_copy_map(map: &Map) -> Map {
    Map::new(map.entries().into_iter().map(|(key, value)| (key, deep_copy(&value))).collect())
}

/// A map of its own with the same values.
pub(crate) fn shallow_copy(map: &Map) -> Map {
    Map::new(map.entries().into_iter().collect())
}

/// Puts one values file over another: the later one wins, nils included.
pub(crate) fn put_over(base: &Map, later: &Map) {
    for (key, value) in later.entries() {
        match (base.get(&key), value) {
            (Some(Value::Map(below)), Value::Map(above)) => put_over(&below, &above),
            (_, value) => base.set(key, value),
        }
    }
}

/// Takes every nil out, at every depth.
pub(crate) fn drop_nils(map: &Map) {
    for (key, value) in map.entries() {
        match value {
            Value::Nil => drop(map.remove(&key)),
            Value::Map(inner) => drop_nils(&inner),
            _ => {}
        }
    }
}

/// Two paths of values joined.
pub(crate) fn joined(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

/// Merges `source` below `target`, whose values win. Both may change: the nils of the target are put into the source, for it may
/// be merged further.
pub(crate) fn merge(target: &Map, source: &Map, prefix: &str, nils: Nils, warnings: &mut Vec<String>) {
    let had_value = |value: &Value| !matches!(value, Value::Nil);
    let given: Vec<(String, bool)> =
        source.entries().iter().map(|(key, value)| (key.clone(), had_value(value))).collect();
    let gave = |key: &str| given.iter().any(|(name, had)| name == key && *had);
    for (key, value) in target.entries() {
        if matches!(value, Value::Nil) {
            source.set(key, Value::Nil);
        }
    }
    for (key, value) in source.entries() {
        let full = || joined(prefix, &key);
        match (target.get(&key), value) {
            (Some(Value::Nil), _) if nils == Nils::Drop && gave(&key) => drop(target.remove(&key)),
            (None, value) => target.set(key, value),
            (Some(Value::Map(inner)), Value::Map(below)) => merge(&inner, &below, &full(), nils, warnings),
            (Some(_), Value::Map(below)) => {
                let shown = print::print(&Value::Map(below));
                warnings.push(format!("warning: cannot overwrite table with non table for {} ({shown})", full()));
            }
            (Some(Value::Map(_)), value) if had_value(&value) => {
                let shown = print::print(&value);
                warnings.push(format!(
                    "warning: destination for {} is a table. Ignoring non-table value ({shown})",
                    full()
                ));
            }
            _ => {}
        }
    }
}
