//! What stands in for what is empty.

use super::Table;
use super::arguments::{at_least, boolean, exactly};
use crate::error::Result;
use crate::value::Value;

pub(super) const TABLE: Table = &[
    ("default", default),
    ("empty", |arguments| Ok(Value::Bool(is_empty(&exactly::<1>("empty", arguments)?[0])))),
    ("coalesce", |arguments| Ok(arguments.iter().find(|value| !is_empty(value)).cloned().unwrap_or_default())),
    ("all", |arguments| Ok(Value::Bool(!arguments.iter().any(is_empty)))),
    ("any", |arguments| Ok(Value::Bool(!arguments.iter().all(is_empty)))),
    ("ternary", ternary),
];

/// Whether Sprig takes a value for empty: nil, zero, false, and what has no length.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Nil => true,
        Value::Bool(flag) => !flag,
        Value::Int(number) | Value::Int64(number) => *number == 0,
        Value::Float(number) => *number == 0.0,
        Value::Text(text) => text.is_empty(),
        Value::List(list) => list.items.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Object(object) => !object.truth(),
    }
}

fn default(arguments: &[Value]) -> Result<Value> {
    let ([fallback], given) = at_least("default", arguments)?;
    Ok(given.first().filter(|value| !is_empty(value)).unwrap_or(fallback).clone())
}

fn ternary(arguments: &[Value]) -> Result<Value> {
    let [yes, no, flag] = exactly("ternary", arguments)?;
    Ok(if boolean(flag)? { yes } else { no }.clone())
}
