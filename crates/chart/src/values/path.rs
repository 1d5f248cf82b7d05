//! Values by their path in dot notation, as `condition` and `import-values` name them.

use sealer_template::{Map, Value};

/// The value at a path. A path through nil, or to a table, leads nowhere.
pub(crate) fn value_at(map: &Map, path: &str) -> Option<Value> {
    let (table, key) = match path.rsplit_once('.') {
        Some((tables, key)) => (table_at(map, tables)?, key),
        None => (map.clone(), path),
    };
    table.get(key).filter(|value| !matches!(value, Value::Map(_)))
}

/// The table at a path.
pub(crate) fn table_at(map: &Map, path: &str) -> Option<Map> {
    let mut found = map.clone();
    for key in path.split('.') {
        found = match found.get(key) {
            Some(Value::Map(inner)) => inner,
            _ => return None,
        };
    }
    Some(found)
}
