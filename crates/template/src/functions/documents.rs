//! YAML, JSON and TOML as functions. A text that cannot be read gives a map or list with the error's words, as Helm does, so
//! that a chart goes on; the `must` forms fail.

use super::Table;
use super::arguments::{exactly, text};
use crate::error::{Error, Result};
use crate::json::{self, Style};
use crate::value::Value;
use crate::{toml, yaml};

pub(super) const TABLE: Table = &[
    ("toYaml", |arguments| written("toYaml", arguments, to_yaml)),
    ("mustToYaml", |arguments| must("mustToYaml", arguments, to_yaml)),
    ("toYamlPretty", |arguments| written("toYamlPretty", arguments, |value| without_end(yaml::write_pretty(value)?))),
    ("fromYaml", |arguments| map_of("fromYaml", arguments, read_yaml)),
    ("fromYamlArray", |arguments| list_of("fromYamlArray", arguments, read_yaml)),
    ("toJson", |arguments| written("toJson", arguments, json::write)),
    ("mustToJson", |arguments| must("mustToJson", arguments, json::write)),
    ("toPrettyJson", |arguments| written("toPrettyJson", arguments, pretty_json)),
    ("mustToPrettyJson", |arguments| must("mustToPrettyJson", arguments, pretty_json)),
    ("toRawJson", |arguments| must("toRawJson", arguments, raw_json)),
    ("mustToRawJson", |arguments| must("mustToRawJson", arguments, raw_json)),
    ("fromJson", |arguments| map_of("fromJson", arguments, read_json)),
    ("mustFromJson", |arguments| {
        let [value] = exactly("mustFromJson", arguments)?;
        json::read(text(value)?)
    }),
    ("fromJsonArray", |arguments| list_of("fromJsonArray", arguments, read_json)),
    ("toToml", |arguments| written_or_words("toToml", arguments)),
    ("mustToToml", |arguments| must("mustToToml", arguments, toml::write)),
    ("fromToml", from_toml),
];

/// The text, or none where the value cannot be written.
fn written(name: &str, arguments: &[Value], write: fn(&Value) -> Result<String>) -> Result<Value> {
    let [value] = exactly(name, arguments)?;
    Ok(Value::text(write(value).unwrap_or_default()))
}

fn must(name: &str, arguments: &[Value], write: fn(&Value) -> Result<String>) -> Result<Value> {
    let [value] = exactly(name, arguments)?;
    write(value).map(Value::text)
}

/// The text, or the error's words; nil is beyond even that.
fn written_or_words(name: &str, arguments: &[Value]) -> Result<Value> {
    let [value] = exactly(name, arguments)?;
    if matches!(value, Value::Nil) {
        return Err(Error::function("reflect: call of reflect.Value.Type on zero Value"));
    }
    Ok(Value::text(toml::write(value).unwrap_or_else(|error| error.to_string())))
}

fn to_yaml(value: &Value) -> Result<String> {
    without_end(yaml::write(value)?)
}

fn without_end(mut text: String) -> Result<String> {
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

fn pretty_json(value: &Value) -> Result<String> {
    json::write_styled(value, Style { indented: true, escape_html: true })
}

fn raw_json(value: &Value) -> Result<String> {
    json::write_styled(value, Style { indented: false, escape_html: false })
}

fn read_yaml(text: &str) -> Result<(Value, &'static str)> {
    Ok((yaml::read(text)?, "error unmarshaling JSON: while decoding JSON: "))
}

fn read_json(text: &str) -> Result<(Value, &'static str)> {
    Ok((json::read(text)?, ""))
}

/// The error for a document of another kind; `prefix` is what the format puts in front.
fn unfit(prefix: &str, value: &Value, wanted: &str) -> Error {
    let found = match value {
        Value::Bool(_) => "bool",
        Value::Text(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
        _ => "number",
    };
    Error::function(format!("{prefix}json: cannot unmarshal {found} into Go value of type {wanted}"))
}

type Read = fn(&str) -> Result<(Value, &'static str)>;

fn map_of(name: &str, arguments: &[Value], read: Read) -> Result<Value> {
    let [value] = exactly(name, arguments)?;
    Ok(match read(text(value)?) {
        Ok((map @ Value::Map(_), _)) => map,
        Ok((Value::Nil, _)) => Value::map([]),
        Ok((other, prefix)) => error_map(&unfit(prefix, &other, "map[string]interface {}")),
        Err(error) => error_map(&error),
    })
}

fn error_map(error: &Error) -> Value {
    Value::map([("Error".to_owned(), Value::text(error.to_string()))])
}

fn list_of(name: &str, arguments: &[Value], read: Read) -> Result<Value> {
    let [value] = exactly(name, arguments)?;
    let error_list = |error: &Error| Value::list(vec![Value::text(error.to_string())]);
    Ok(match read(text(value)?) {
        Ok((list @ Value::List(_), _)) => list,
        Ok((Value::Nil, _)) => Value::list(Vec::new()),
        Ok((other, prefix)) => error_list(&unfit(prefix, &other, "[]interface {}")),
        Err(error) => error_list(&error),
    })
}

fn from_toml(arguments: &[Value]) -> Result<Value> {
    let [value] = exactly("fromToml", arguments)?;
    Ok(toml::read(text(value)?).unwrap_or_else(|error| error_map(&error)))
}
