//! Questions about a value's kind and type, and deep equality.

use super::Table;
use super::arguments::{exactly, text, type_name};
use crate::effort;
use crate::error::Result;
use crate::json::DEEPEST;
use crate::value::{Map, Value};

/// How many bytes of two texts are compared in the time that a number takes.
const BYTES_AT_ONCE: u64 = 64;

pub(super) const TABLE: Table = &[
    ("kindOf", |arguments| Ok(Value::text(kind(&exactly::<1>("kindOf", arguments)?[0])))),
    ("typeOf", |arguments| Ok(Value::text(type_name(&exactly::<1>("typeOf", arguments)?[0])))),
    ("kindIs", |arguments| named("kindIs", arguments, |name, value| name == kind(value))),
    ("typeIs", |arguments| named("typeIs", arguments, |name, value| name == type_name(value))),
    ("typeIsLike", |arguments| named("typeIsLike", arguments, is_like)),
    ("deepEqual", |arguments| {
        let [one, other] = exactly("deepEqual", arguments)?;
        deep_equal(one, other).map(Value::Bool)
    }),
];

pub(crate) fn kind(value: &Value) -> &str {
    match value {
        Value::Nil => "invalid",
        Value::List(_) => "slice",
        Value::Map(_) => "map",
        Value::Object(object) => object.kind(),
        plain => type_name(plain),
    }
}

fn named(function: &str, arguments: &[Value], matches: fn(&str, &Value) -> bool) -> Result<Value> {
    let [name, value] = exactly(function, arguments)?;
    Ok(Value::Bool(matches(text(name)?, value)))
}

/// A pointer is like what it points to.
fn is_like(name: &str, value: &Value) -> bool {
    let own = type_name(value);
    own == name || own.strip_prefix('*') == Some(name)
}

/// Go's `reflect.DeepEqual`: same types all the way down.
///
/// # Errors
/// They have more parts than the templates may look at.
pub(crate) fn deep_equal(one: &Value, other: &Value) -> Result<bool> {
    equal(one, other, 0)
}

fn equal(one: &Value, other: &Value, depth: usize) -> Result<bool> {
    // beyond any document both contain themselves, and nothing differed so far
    if depth > DEEPEST {
        return Ok(true);
    }
    effort::work(1)?;
    Ok(match (one, other) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Int(one), Value::Int(other)) | (Value::Int64(one), Value::Int64(other)) => one == other,
        (Value::Float(one), Value::Float(other)) => one == other,
        (Value::Text(one), Value::Text(other)) => same_text(one, other)?,
        (Value::List(one), Value::List(other)) => {
            one.of == other.of && one.items.len() == other.items.len() && equal_items(&one.items, &other.items, depth)?
        }
        (Value::Map(one), Value::Map(other)) => one.is_same(other) || equal_entries(one, other, depth)?,
        (Value::Object(one), Value::Object(other)) => {
            one.type_name() == other.type_name() && equal(&one.data(), &other.data(), depth + 1)?
        }
        _ => false,
    })
}

/// Texts of one length are read to their end.
fn same_text(one: &str, other: &str) -> Result<bool> {
    if one.len() != other.len() {
        return Ok(false);
    }
    effort::work(one.len() as u64 / BYTES_AT_ONCE)?;
    Ok(one == other)
}

fn equal_items(one: &[Value], other: &[Value], depth: usize) -> Result<bool> {
    for (one, other) in one.iter().zip(other) {
        if !equal(one, other, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn equal_entries(one: &Map, other: &Map, depth: usize) -> Result<bool> {
    if one.len() != other.len() {
        return Ok(false);
    }
    effort::work(effort::MAP + one.len() as u64)?;
    for ((key, one), (other_key, other)) in one.entries().into_iter().zip(other.entries()) {
        if key != other_key || !equal(&one, &other, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}
