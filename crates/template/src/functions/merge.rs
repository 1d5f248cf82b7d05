//! Maps merged into the first of them, as the library `mergo` does it for Sprig.

use super::arguments::{at_least, map};
use super::defaults::is_empty;
use crate::effort;
use crate::error::{Error, Result};
use crate::json::DEEPEST;
use crate::value::{Map, Value};

/// What the first map has stays, unless it is empty.
pub(super) fn merge(name: &str, arguments: &[Value]) -> Result<Value> {
    merge_all(name, arguments, false)
}

/// What later maps have wins.
pub(super) fn merge_overwriting(name: &str, arguments: &[Value]) -> Result<Value> {
    merge_all(name, arguments, true)
}

fn merge_all(name: &str, arguments: &[Value], overwrite: bool) -> Result<Value> {
    let ([target], sources) = at_least(name, arguments)?;
    let merged = map(target)?.cloned().unwrap_or_default();
    for source in sources {
        if let Some(source) = map(source)? {
            merge_into(&merged, source, overwrite, 0)?;
        }
    }
    Ok(Value::Map(merged))
}

fn merge_into(target: &Map, source: &Map, overwrite: bool, depth: usize) -> Result<()> {
    if depth > DEEPEST {
        return Err(Error::function("merge: a map contains itself"));
    }
    if target.is_same(source) {
        return Ok(());
    }
    effort::work(effort::MAP * (1 + source.len() as u64))?;
    for (key, value) in source.entries() {
        let before = target.get(&key);
        match (&before, &value) {
            (Some(Value::Map(inner)), Value::Map(more)) => {
                merge_into(inner, more, overwrite, depth + 1)?;
            }
            // nil fills no gap
            (_, Value::Nil) if !overwrite => {}
            (Some(before), _) if !overwrite && !is_empty(before) => {}
            _ => target.set(key, value),
        }
    }
    Ok(())
}
