//! Calls of functions written as data: a name, its arguments as a JSON list, and what is printed. Whole numbers are Go's `int`.

#![allow(dead_code, reason = "each test file uses its part")]

use sealer_template::{Value, functions, json, print};

/// Arguments of a JSON list.
pub(crate) fn arguments(list: &str) -> Vec<Value> {
    match with_ints(&json::read(list).unwrap_or_else(|error| panic!("{list}: {error}"))) {
        Value::List(list) => list.items.to_vec(),
        other => panic!("{other:?} is no list"),
    }
}

fn with_ints(value: &Value) -> Value {
    match value {
        Value::Float(number) if number.fract() == 0.0 => Value::Int(*number as i64),
        Value::List(list) => Value::list(list.items.iter().map(with_ints).collect()),
        Value::Map(map) => Value::map(map.entries().into_iter().map(|(key, value)| (key, with_ints(&value)))),
        other => other.clone(),
    }
}

/// What a call gives, where it must give something.
pub(crate) fn make(name: &str, list: &str) -> Value {
    let function = functions::find(name).unwrap_or_else(|| panic!("no function {name}"));
    function(&arguments(list)).unwrap_or_else(|error| panic!("{name} {list}: {error}"))
}

/// What a call prints in a template, nothing for nil, or the error's words behind `error: `.
pub(crate) fn call(name: &str, list: &str) -> String {
    let function = functions::find(name).unwrap_or_else(|| panic!("no function {name}"));
    match function(&arguments(list)) {
        Ok(Value::Nil) => String::new(),
        Ok(value) => print::print(&value),
        Err(error) => format!("error: {error}"),
    }
}

/// Checks rows of name, arguments and output; all that differ are shown at once.
pub(crate) fn check(rows: &[(&str, &str, &str)]) {
    let differing = rows.iter().filter_map(|(name, list, expected)| {
        let printed = call(name, list);
        (printed != *expected).then(|| format!("{name} {list}\n  expected {expected:?}\n  printed  {printed:?}"))
    });
    let differing: Vec<String> = differing.collect();
    assert!(differing.is_empty(), "\n{}", differing.join("\n"));
}
