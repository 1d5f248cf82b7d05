//! The reader: whole numbers become `int64`, times become times.

use jiff::Zoned;
use jiff::tz::TimeZone;
use toml::value::Datetime;

use crate::error::{Error, Result};
use crate::time::{self, Time};
use crate::value::Value;

/// Reads a document.
///
/// # Errors
/// `toml: line 3: ...`
pub fn read(text: &str) -> Result<Value> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| failure(text, &error))?;
    Ok(value_of(toml::Value::Table(table)))
}

fn failure(text: &str, error: &toml::de::Error) -> Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or("");
    Error::function(format!("toml: line {}: {}", before.matches('\n').count() + 1, error.message()))
}

fn value_of(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::text(text),
        toml::Value::Integer(number) => Value::Int64(number),
        toml::Value::Float(number) => Value::Float(number),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(datetime) => moment(&datetime),
        toml::Value::Array(items) => Value::list(items.into_iter().map(value_of).collect()),
        toml::Value::Table(table) => Value::map(table.into_iter().map(|(key, value)| (key, value_of(value)))),
    }
}

/// A time with an offset as a time; a date or a time of day alone in Go's zero zone, else as the text it is.
fn moment(datetime: &Datetime) -> Value {
    let text = datetime.to_string().replace(' ', "T");
    let layouts = ["2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02", "15:04:05"];
    let read = |layout: &&str| -> Option<Zoned> { time::parse(layout, &text, TimeZone::UTC).ok() };
    layouts.iter().find_map(read).map_or_else(|| Value::text(text.as_str()), Time::value)
}
