//! `eq`, `lt` and their kin. Go compares values of one kind only: `1` of a template is an `int` and `1` of a values file a `float64`, so
//! comparing them is an error.

use std::cmp::Ordering;

use crate::complex::Complex;
use crate::error::{Error, Result};
use crate::format;
use crate::functions::reflection;
use crate::value::Value;

/// What Go tells apart when it compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Complex,
    Float,
    Int,
    Text,
    Other,
}

fn kind(value: &Value) -> Kind {
    match value {
        Value::Bool(_) => Kind::Bool,
        Value::Int(_) | Value::Int64(_) => Kind::Int,
        Value::Float(_) => Kind::Float,
        Value::Text(_) => Kind::Text,
        Value::Object(_) if Complex::of(value).is_some() => Kind::Complex,
        Value::Nil | Value::List(_) | Value::Map(_) | Value::Object(_) => Kind::Other,
    }
}

/// Whether the first equals any of the others.
pub(super) fn equal(arguments: &[Value]) -> Result<Value> {
    let Some((first, others)) = arguments.split_first() else {
        return Err(Error::call("wrong number of args for eq: want at least 1 got 0"));
    };
    if others.is_empty() {
        return Err(Error::function("missing argument for comparison"));
    }
    for other in others {
        if are_equal(first, other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub(super) fn unequal(arguments: &[Value]) -> Result<Value> {
    let [left, right] = two("ne", arguments)?;
    are_equal(left, right).map(|equal| Value::Bool(!equal))
}

pub(super) fn less(arguments: &[Value]) -> Result<Value> {
    ordered("lt", arguments, Ordering::is_lt)
}

pub(super) fn at_most(arguments: &[Value]) -> Result<Value> {
    ordered("le", arguments, Ordering::is_le)
}

pub(super) fn greater(arguments: &[Value]) -> Result<Value> {
    ordered("gt", arguments, Ordering::is_gt)
}

pub(super) fn at_least(arguments: &[Value]) -> Result<Value> {
    ordered("ge", arguments, Ordering::is_ge)
}

fn are_equal(left: &Value, right: &Value) -> Result<bool> {
    match (left, right) {
        (Value::Nil, Value::Nil) => Ok(true),
        (Value::Nil, _) | (_, Value::Nil) => Ok(false),
        _ if kind(left) != kind(right) => Err(incompatible(left, right)),
        _ if kind(left) == Kind::Complex => Ok(Complex::of(left) == Complex::of(right)),
        (Value::Object(one), Value::Object(other)) => Ok(std::rc::Rc::ptr_eq(one, other)),
        _ if kind(left) == Kind::Other => Err(not_comparable(left, right)),
        _ => Ok(compare(left, right).is_some_and(Ordering::is_eq)),
    }
}

/// Go's words, in which values are printed as texts.
fn not_comparable(left: &Value, right: &Value) -> Error {
    let shown = |value: &Value| format::format("%s", std::slice::from_ref(value)).unwrap_or_default();
    let (own, other) = (left.type_name(), right.type_name());
    let same_kind = reflection::kind(left) == reflection::kind(right);
    Error::function(match same_kind {
        true => format!("non-comparable type {}: {other}", shown(right)),
        false => format!("non-comparable types {}: {own}, {other}: {}", shown(left), shown(right)),
    })
}

fn incompatible(left: &Value, right: &Value) -> Error {
    let types = [left, right].map(Value::type_name).join(" and ");
    Error::function(format!("incompatible types for comparison: {types}"))
}

fn ordered(name: &str, arguments: &[Value], fits: fn(Ordering) -> bool) -> Result<Value> {
    let [left, right] = two(name, arguments)?;
    let kinds = [kind(left), kind(right)];
    if kinds.contains(&Kind::Other) {
        return Err(Error::function("invalid type for comparison"));
    }
    let [one, other] = kinds;
    if one != other {
        return Err(incompatible(left, right));
    }
    if matches!(one, Kind::Bool | Kind::Complex) {
        return Err(Error::function("invalid type for comparison"));
    }
    // What is not a number comes in no order; Go makes `gt` and `ge` of its opposites then.
    let unordered = matches!(name, "gt" | "ge");
    Ok(Value::Bool(compare(left, right).map_or(unordered, fits)))
}

/// The order of two values of one kind.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        (Value::Int(one) | Value::Int64(one), Value::Int(other) | Value::Int64(other)) => Some(one.cmp(other)),
        (Value::Float(one), Value::Float(other)) => one.partial_cmp(other),
        (Value::Text(one), Value::Text(other)) => Some(one.as_bytes().cmp(other.as_bytes())),
        _ => None,
    }
}

fn two<'a>(name: &str, arguments: &'a [Value]) -> Result<&'a [Value; 2]> {
    arguments.try_into().map_err(|_| crate::callable::wrong_count(name, 2, arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(result: Result<Value>) -> String {
        result.map_or_else(|error| error.to_string(), |value| crate::print::print(&value))
    }

    #[test]
    fn only_values_of_a_kind_are_compared() {
        let (int, float, text) = (Value::Int(1), Value::Float(1.0), Value::text("1"));
        let table = [
            (vec![int.clone(), Value::Int64(1)], "true"),
            (vec![int.clone(), float.clone()], "incompatible types for comparison: int and float64"),
            (vec![float.clone(), text.clone()], "incompatible types for comparison: float64 and string"),
            (vec![Value::Nil, text.clone()], "false"),
            (vec![Value::Nil, Value::Nil], "true"),
            (vec![text.clone(), Value::text("2"), text.clone()], "true"),
            (vec![text], "missing argument for comparison"),
        ];
        for (arguments, expected) in table {
            assert_eq!(shown(equal(&arguments)), expected, "{arguments:?}");
        }
    }

    #[test]
    fn order_is_asked_of_numbers_and_texts_alone() {
        assert_eq!(shown(less(&[Value::Int(1), Value::Int64(2)])), "true");
        assert_eq!(shown(at_least(&[Value::text("b"), Value::text("a")])), "true");
        assert_eq!(shown(less(&[Value::Bool(true), Value::Bool(false)])), "invalid type for comparison");
        assert_eq!(shown(less(&[Value::Nil, Value::Int(1)])), "invalid type for comparison");
        assert_eq!(
            shown(greater(&[Value::Float(1.0), Value::Int(1)])),
            "incompatible types for comparison: float64 and int"
        );
    }
}
