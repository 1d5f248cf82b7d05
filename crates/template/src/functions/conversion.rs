//! Values turned into numbers and texts, as generously as Sprig does it: what is no number counts as zero.

use super::Table;
use super::arguments::{exactly, text, text_of, texts_of};
use crate::error::Result;
use crate::print::print;
use crate::value::Value;

pub(super) const TABLE: Table = &[
    ("int", |arguments| one("int", arguments, |value| Value::Int(to_int64(value)))),
    ("int64", |arguments| one("int64", arguments, |value| Value::Int64(to_int64(value)))),
    ("float64", |arguments| one("float64", arguments, |value| Value::Float(to_float(value)))),
    ("atoi", atoi),
    ("toString", |arguments| one("toString", arguments, |value| Value::text(text_of(value)))),
    ("toStrings", |arguments| one("toStrings", arguments, |value| Value::texts(texts_of(value)))),
    ("toDecimal", |arguments| one("toDecimal", arguments, |value| Value::Int64(octal(&print(value))))),
];

fn one(name: &str, arguments: &[Value], convert: fn(&Value) -> Value) -> Result<Value> {
    let [value] = exactly(name, arguments)?;
    Ok(convert(value))
}

/// A whole number: floats are cut, texts may have a base prefix, underscores and a fraction of zeros.
pub(super) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Bool(flag) => i64::from(*flag),
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Float(number) => truncated(*number),
        Value::Text(text) => integer(without_zero_fraction(text)).unwrap_or(0),
        Value::Nil | Value::List(_) | Value::Map(_) | Value::Object(_) => 0,
    }
}

/// A float without its fraction; what does not fit becomes the smallest number, as on the processors that Helm runs on.
pub(super) fn truncated(number: f64) -> i64 {
    // 2^63 is the first whole float that is too large
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number);
    if fits { number as i64 } else { i64::MIN }
}

/// A float, of text too.
pub(super) fn to_float(value: &Value) -> f64 {
    match value {
        Value::Bool(flag) => f64::from(u8::from(*flag)),
        Value::Int(number) | Value::Int64(number) => *number as f64,
        Value::Float(number) => *number,
        Value::Text(text) => float(text).unwrap_or(0.0),
        Value::Nil | Value::List(_) | Value::Map(_) | Value::Object(_) => 0.0,
    }
}

/// A float as text; one that is too large is none, but infinity may be named.
fn float(text: &str) -> Option<f64> {
    let number: f64 = text.replace('_', "").parse().ok()?;
    (number.is_finite() || !text.contains(|one: char| one.is_ascii_digit())).then_some(number)
}

/// `5.00` as `5`.
fn without_zero_fraction(text: &str) -> &str {
    let digits = text.trim_end_matches('0');
    match digits.strip_suffix('.') {
        Some(whole) if digits.len() < text.len() => whole,
        _ => text,
    }
}

/// A Go literal: base prefix, and underscores between digits.
fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let misplaced = digits.starts_with('_') || digits.ends_with('_') || digits.contains("__");
    if misplaced {
        return None;
    }
    let (negative, size) = crate::yaml::go_integer(&text.replace('_', ""))?;
    if negative { 0_i64.checked_sub_unsigned(size) } else { i64::try_from(size).ok() }
}

fn atoi(arguments: &[Value]) -> Result<Value> {
    let [value] = exactly("atoi", arguments)?;
    Ok(Value::Int(text(value)?.parse().unwrap_or(0)))
}

/// The number that octal digits stand for.
fn octal(text: &str) -> i64 {
    i64::from_str_radix(text, 8).unwrap_or(0)
}
