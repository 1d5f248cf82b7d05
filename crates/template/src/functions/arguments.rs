//! The arguments of a function, read as Go's kinds: one place for the texts of wrong counts and kinds.

use std::rc::Rc;

use super::{LARGEST_RESULT, LONGEST_LIST};
use crate::bytes::Bytes;
use crate::error::{Error, Result};
use crate::print::print;
pub(super) use crate::print::type_name;
use crate::value::{Map, Value};

/// Exactly `N` arguments.
pub(super) fn exactly<'a, const N: usize>(name: &str, arguments: &'a [Value]) -> Result<&'a [Value; N]> {
    arguments
        .try_into()
        .map_err(|_| Error::call(format!("wrong number of args for {name}: want {N} got {}", arguments.len())))
}

/// At least `N` arguments, and the others.
pub(super) fn at_least<'a, const N: usize>(
    name: &str,
    arguments: &'a [Value],
) -> Result<(&'a [Value; N], &'a [Value])> {
    arguments.split_first_chunk().ok_or_else(|| {
        Error::call(format!("wrong number of args for {name}: want at least {N} got {}", arguments.len()))
    })
}

/// The error for a value of another kind than the parameter's.
pub(super) fn wrong_type(expected: &str, value: &Value) -> Error {
    let found = if matches!(value, Value::Nil) { "interface {}" } else { type_name(value) };
    Error::call(format!("wrong type for value; expected {expected}; got {found}"))
}

/// A `string` parameter.
pub(super) fn text(value: &Value) -> Result<&Rc<str>> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(wrong_type("string", other)),
    }
}

/// An `int` parameter.
pub(super) fn int(value: &Value) -> Result<i64> {
    match value {
        Value::Int(number) => Ok(*number),
        other => Err(wrong_type("int", other)),
    }
}

/// A `bool` parameter.
pub(super) fn boolean(value: &Value) -> Result<bool> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        other => Err(wrong_type("bool", other)),
    }
}

/// A `map[string]interface {}` parameter, which may be nil.
pub(super) fn map(value: &Value) -> Result<Option<&Map>> {
    match value {
        Value::Map(map) => Ok(Some(map)),
        Value::Nil => Ok(None),
        other => Err(wrong_type("map[string]interface {}", other)),
    }
}

/// A `[]interface {}` parameter, which may be nil.
pub(super) fn items(value: &Value) -> Result<&[Value]> {
    match value {
        Value::List(list) => Ok(&list.items),
        Value::Nil => Ok(&[]),
        other => Err(wrong_type("[]interface {}", other)),
    }
}

/// What Go says where a function asks nil for its type.
pub(super) fn nil_pointer() -> Error {
    Error::function("runtime error: invalid memory address or nil pointer dereference")
}

/// A text that came of text of that size; an error where it would be larger than any result may be.
pub(super) fn within_bounds(name: &str, size: Option<usize>) -> Result<()> {
    match size {
        Some(size) if size <= LARGEST_RESULT => Ok(()),
        _ => Err(Error::function(format!("{name}: the result would be larger than {LARGEST_RESULT} bytes"))),
    }
}

/// A list of texts cut out of a text; an error where it would be longer than any list may be.
pub(super) fn bounded_texts<'a>(name: &str, texts: impl Iterator<Item = &'a str>) -> Result<Value> {
    let texts: Vec<&str> = texts.take(LONGEST_LIST + 1).collect();
    if texts.len() > LONGEST_LIST {
        return Err(Error::function(format!("{name}: a list of more than {LONGEST_LIST} texts")));
    }
    Ok(Value::texts(texts))
}

/// The texts of a list, nils left out, or the one text that a single value is.
pub(super) fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::Nil => Vec::new(),
        Value::List(list) => list.items.iter().filter(|item| !matches!(item, Value::Nil)).map(text_of).collect(),
        Value::Object(object) if let list @ Value::List(_) = object.data() => texts_of(&list),
        other => vec![text_of(other)],
    }
}

/// A value as text: bytes are the text they hold, all else is printed.
pub(super) fn text_of(value: &Value) -> String {
    Bytes::of(value).map_or_else(|| print(value), Bytes::text)
}
