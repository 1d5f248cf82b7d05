//! Arithmetic: on whole numbers as `int64`, on floats in decimal digits, so that 0.1 and 0.2 make 0.3.

use super::Table;
use super::arguments::{at_least, exactly, int};
use super::conversion::{to_float, to_int64};
use super::decimal::Decimal;
use crate::error::{Error, Result};
use crate::value::Value;

pub(super) const TABLE: Table = &[
    ("add", |arguments| Ok(Value::Int64(arguments.iter().map(to_int64).fold(0, i64::wrapping_add)))),
    ("add1", |arguments| Ok(Value::Int64(to_int64(&exactly::<1>("add1", arguments)?[0]).wrapping_add(1)))),
    ("sub", |arguments| pair("sub", arguments, |one, other| Some(one.wrapping_sub(other)))),
    ("mul", |arguments| fold("mul", arguments, i64::wrapping_mul)),
    ("div", |arguments| pair("div", arguments, |one, other| (other != 0).then(|| one.wrapping_div(other)))),
    ("mod", |arguments| pair("mod", arguments, |one, other| (other != 0).then(|| one.wrapping_rem(other)))),
    ("max", |arguments| fold("max", arguments, i64::max)),
    ("biggest", |arguments| fold("biggest", arguments, i64::max)),
    ("min", |arguments| fold("min", arguments, i64::min)),
    ("maxf", |arguments| fold_floats("maxf", arguments, f64::max)),
    ("minf", |arguments| fold_floats("minf", arguments, f64::min)),
    ("addf", |arguments| Ok(Value::Float(decimals(arguments, Decimal::default(), Decimal::plus)?))),
    ("add1f", |arguments| {
        Ok(Value::Float(decimals(exactly::<1>("add1f", arguments)?, Decimal::one(), Decimal::plus)?))
    }),
    ("subf", |arguments| from_first("subf", arguments, Decimal::minus)),
    ("mulf", |arguments| from_first("mulf", arguments, Decimal::times)),
    ("divf", |arguments| from_first("divf", arguments, Decimal::over)),
    ("ceil", |arguments| Ok(Value::Float(to_float(&exactly::<1>("ceil", arguments)?[0]).ceil()))),
    ("floor", |arguments| Ok(Value::Float(to_float(&exactly::<1>("floor", arguments)?[0]).floor()))),
    ("round", round),
];

fn pair(name: &str, arguments: &[Value], join: impl Fn(i64, i64) -> Option<i64>) -> Result<Value> {
    let [one, other] = exactly(name, arguments)?;
    let joined = join(to_int64(one), to_int64(other));
    joined.map(Value::Int64).ok_or_else(|| Error::function("runtime error: integer divide by zero"))
}

fn fold(name: &str, arguments: &[Value], join: impl Fn(i64, i64) -> i64) -> Result<Value> {
    let ([first], others) = at_least(name, arguments)?;
    Ok(Value::Int64(others.iter().map(to_int64).fold(to_int64(first), join)))
}

fn fold_floats(name: &str, arguments: &[Value], join: impl Fn(f64, f64) -> f64) -> Result<Value> {
    let ([first], others) = at_least(name, arguments)?;
    Ok(Value::Float(others.iter().map(to_float).fold(to_float(first), join)))
}

fn decimals(values: &[Value], start: Decimal, join: fn(Decimal, Decimal) -> Result<Decimal>) -> Result<f64> {
    let numbers = values.iter().map(|value| Decimal::of(to_float(value)));
    Ok({ numbers }.try_fold(start, |total, number| join(total, number?))?.value())
}

fn from_first(name: &str, arguments: &[Value], join: fn(Decimal, Decimal) -> Result<Decimal>) -> Result<Value> {
    let ([first], others) = at_least(name, arguments)?;
    decimals(others, Decimal::of(to_float(first))?, join).map(Value::Float)
}

/// Rounds to a number of places; a fraction of at least the third argument (one half) goes up.
fn round(arguments: &[Value]) -> Result<Value> {
    let ([value, places], others) = at_least("round", arguments)?;
    let round_on = match others.first() {
        Some(Value::Float(round_on)) => *round_on,
        Some(other) => to_float(other),
        None => 0.5,
    };
    let scale = 10_f64.powf(int(places)? as f64);
    let scaled = scale * to_float(value);
    let up = scaled.fract() >= round_on;
    Ok(Value::Float(if up { scaled.ceil() } else { scaled.floor() } / scale))
}
