//! `len`, `index` and `slice`: into texts, lists and maps.

use crate::callable::wrong_count;
use crate::error::{Error, Result};
use crate::raw;
use crate::value::{Items, List, Value};

pub(super) fn len(arguments: &[Value]) -> Result<Value> {
    let [value] = arguments else { return Err(wrong_count("len", 1, arguments)) };
    let length = match &data(value) {
        Value::Text(text) => raw::length(text),
        Value::List(list) => list.items.len(),
        Value::Map(map) => map.len(),
        Value::Nil => return Err(Error::function("len of nil pointer")),
        other => return Err(Error::function(format!("len of type {}", other.type_name()))),
    };
    Ok(Value::Int(length as i64))
}

pub(super) fn index(arguments: &[Value]) -> Result<Value> {
    let Some((first, keys)) = arguments.split_first() else {
        return Err(Error::call("wrong number of args for index: want at least 1 got 0"));
    };
    let mut found = first.clone();
    if matches!(found, Value::Nil) {
        return Err(Error::function("index of untyped nil"));
    }
    for key in keys {
        found = step(&found, key)?;
    }
    Ok(found)
}

fn step(value: &Value, key: &Value) -> Result<Value> {
    match data(value) {
        Value::Map(map) => match key {
            Value::Text(key) => Ok(map.get(key).unwrap_or_default()),
            Value::Nil => Err(Error::function("value is nil; should be of type string")),
            other => Err(Error::function(format!("value has type {}; should be string", other.type_name()))),
        },
        Value::List(list) => {
            let index = position(key, list.items.len())?;
            let item = list.items.get(index).cloned();
            // the number right behind the last one gets by Go's first look
            item.ok_or_else(|| Error::function("reflect: slice index out of range"))
        }
        Value::Text(text) => {
            let bytes = raw::bytes(&text);
            let index = position(key, bytes.len())?;
            let byte = bytes.get(index);
            let byte = byte.ok_or_else(|| Error::function(format!("index out of range: {index}")))?;
            Ok(Value::Int(i64::from(*byte)))
        }
        Value::Nil => Err(Error::function("index of nil pointer")),
        other => Err(Error::function(format!("can't index item of type {}", other.type_name()))),
    }
}

/// An index as a number up to the length.
fn position(key: &Value, length: usize) -> Result<usize> {
    match key {
        Value::Int(index) | Value::Int64(index) => usize::try_from(*index)
            .ok()
            .filter(|index| *index <= length)
            .ok_or_else(|| Error::function(format!("index out of range: {index}"))),
        Value::Nil => Err(Error::function("cannot index slice/array with nil")),
        other => Err(Error::function(format!("cannot index slice/array with type {}", other.type_name()))),
    }
}

pub(super) fn slice(arguments: &[Value]) -> Result<Value> {
    let Some((value, bounds)) = arguments.split_first() else {
        return Err(Error::call("wrong number of args for slice: want at least 1 got 0"));
    };
    if bounds.len() > 3 {
        return Err(Error::function(format!("too many slice indexes: {}", bounds.len())));
    }
    let value = data(value);
    let length = match &value {
        Value::Text(_) if bounds.len() == 3 => return Err(Error::function("cannot 3-index slice a string")),
        Value::Text(text) => raw::length(text),
        Value::List(list) => list.items.len(),
        Value::Nil => return Err(Error::function("slice of untyped nil")),
        other => return Err(Error::function(format!("can't slice item of type {}", other.type_name()))),
    };
    let mut ends = [0, length];
    for (end, bound) in ends.iter_mut().zip(bounds) {
        *end = position(bound, length)?;
    }
    let [start, end] = ends;
    if start > end {
        return Err(Error::function(format!("invalid slice index: {start} > {end}")));
    }
    Ok(part(&value, start, end))
}

fn part(value: &Value, start: usize, end: usize) -> Value {
    match value {
        Value::Text(text) => Value::text(raw::text(raw::bytes(text).get(start..end).unwrap_or_default())),
        Value::List(list) => {
            let items = list.items.get(start..end).unwrap_or_default().to_vec();
            Value::List(List { items: Items::new(items), of: list.of })
        }
        other => other.clone(),
    }
}

/// Objects are what they hold.
fn data(value: &Value) -> Value {
    if let Value::Object(object) = value { object.data() } else { value.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print::print;

    fn shown(result: Result<Value>) -> String {
        result.map_or_else(|error| error.to_string(), |value| print(&value))
    }

    #[test]
    fn indexes_lead_into_maps_and_lists() {
        let list = Value::list(vec![Value::Int(1), Value::map([("a".to_owned(), Value::text("x"))])]);
        assert_eq!(shown(index(&[list.clone(), Value::Int(1), Value::text("a")])), "x");
        assert_eq!(shown(index(&[list.clone(), Value::Int(2)])), "reflect: slice index out of range");
        assert_eq!(shown(index(&[list.clone(), Value::Int(3)])), "index out of range: 3");
        assert_eq!(shown(index(&[list.clone(), Value::Int(-1)])), "index out of range: -1");
        assert_eq!(shown(index(&[list, Value::Int(1), Value::text("b")])), "<nil>");
        assert_eq!(shown(index(&[Value::Nil, Value::Int(1)])), "index of untyped nil");
    }

    #[test]
    fn slices_are_parts() {
        let text = Value::text("abcd");
        assert_eq!(shown(slice(&[text.clone(), Value::Int(1), Value::Int(3)])), "bc");
        assert_eq!(shown(slice(&[text.clone(), Value::Int(3), Value::Int(1)])), "invalid slice index: 3 > 1");
        assert_eq!(shown(slice(&[text, Value::Int(5)])), "index out of range: 5");
    }
}
