//! Questions about a value's kind and type, and deep equality.

use super::Table;
use super::arguments::{exactly, text, type_name};
use crate::error::Result;
use crate::json::DEEPEST;
use crate::value::Value;

pub(super) const TABLE: Table = &[
    ("kindOf", |arguments| Ok(Value::text(kind(&exactly::<1>("kindOf", arguments)?[0])))),
    ("typeOf", |arguments| Ok(Value::text(type_name(&exactly::<1>("typeOf", arguments)?[0])))),
    ("kindIs", |arguments| named("kindIs", arguments, |name, value| name == kind(value))),
    ("typeIs", |arguments| named("typeIs", arguments, |name, value| name == type_name(value))),
    ("typeIsLike", |arguments| named("typeIsLike", arguments, is_like)),
    ("deepEqual", |arguments| {
        let [one, other] = exactly("deepEqual", arguments)?;
        Ok(Value::Bool(deep_equal(one, other)))
    }),
];

fn kind(value: &Value) -> &str {
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
pub(crate) fn deep_equal(one: &Value, other: &Value) -> bool {
    equal(one, other, 0)
}

fn equal(one: &Value, other: &Value, depth: usize) -> bool {
    // beyond any document both contain themselves, and nothing differed so far
    if depth > DEEPEST {
        return true;
    }
    match (one, other) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Int(one), Value::Int(other)) | (Value::Int64(one), Value::Int64(other)) => one == other,
        (Value::Float(one), Value::Float(other)) => one == other,
        (Value::Text(one), Value::Text(other)) => one == other,
        (Value::List(one), Value::List(other)) => {
            let same_items =
                || one.items.iter().zip(other.items.iter()).all(|(one, other)| equal(one, other, depth + 1));
            one.texts == other.texts && one.items.len() == other.items.len() && same_items()
        }
        (Value::Map(one), Value::Map(other)) => {
            one.is_same(other) || {
                let (one, other) = (one.entries(), other.entries());
                let same = |(left, right): (&(String, Value), &(String, Value))| {
                    left.0 == right.0 && equal(&left.1, &right.1, depth + 1)
                };
                one.len() == other.len() && one.iter().zip(&other).all(same)
            }
        }
        (Value::Object(one), Value::Object(other)) => {
            one.type_name() == other.type_name() && equal(&one.data(), &other.data(), depth + 1)
        }
        _ => false,
    }
}
