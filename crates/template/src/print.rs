//! Values as text, as Go's `fmt` prints them with `%v`: what `{{ . }}`, `quote`, `join` and all their kin show.

use crate::functions::LARGEST_RESULT;
use crate::json::DEEPEST;
use crate::number;
use crate::raw;
use crate::value::{ItemType, List, Value};

/// The value as `%v` prints it: `<nil>`, `map[a:1 b:[2 3]]`, `1e+06`. A value that contains itself, or is larger than any text
/// may be, is cut short by `...`: printing cannot fail.
pub fn print(value: &Value) -> String {
    let mut out = String::new();
    append(&mut out, value, 0);
    out
}

fn append(out: &mut String, value: &Value, depth: usize) {
    if depth > DEEPEST || out.len() > LARGEST_RESULT {
        out.push_str("...");
        return;
    }
    match value {
        Value::Nil => out.push_str("<nil>"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Int(number) | Value::Int64(number) => out.push_str(&number.to_string()),
        Value::Float(number) => out.push_str(&number::general(*number)),
        Value::Text(text) => out.push_str(text),
        Value::List(list) => {
            out.push('[');
            for (index, item) in list.items.iter().enumerate() {
                out.push_str(if index > 0 { " " } else { "" });
                append(out, item, depth + 1);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push_str("map[");
            for (index, (key, item)) in map.entries().into_iter().enumerate() {
                out.push_str(if index > 0 { " " } else { "" });
                out.push_str(&key);
                out.push(':');
                append(out, &item, depth + 1);
            }
            out.push(']');
        }
        Value::Object(object) => out.push_str(&object.print()),
    }
}

/// Go's name of a value's type.
pub fn type_name(value: &Value) -> &str {
    match value {
        Value::Nil => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Int64(_) => "int64",
        Value::Float(_) => "float64",
        Value::Text(_) => "string",
        Value::List(List { of: ItemType::Text | ItemType::NilText, .. }) => "[]string",
        Value::List(List { of: ItemType::List, .. }) => "[][]interface {}",
        Value::List(List { of: ItemType::Int, .. }) => "[]int",
        Value::List(_) => "[]interface {}",
        Value::Map(map) => map.type_name(),
        Value::Object(object) => object.type_name(),
    }
}

/// A text in Go's double quotes (`%q`): what is not printable is escaped.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            ' '..='~' => out.push(character),
            kept if let Some(byte) = raw::byte(kept) => out.push_str(&format!("\\x{byte:02x}")),
            '\0'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\x{:02x}", u32::from(character))),
            _ if is_printable(character) => out.push(character),
            '\u{80}'..='\u{FFFF}' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => out.push_str(&format!("\\U{:08x}", u32::from(character))),
        }
    }
    out.push('"');
    out
}

/// Whether a character beyond ASCII shows something. Asked behind a letter, so that a combining mark is not taken for a lone one.
fn is_printable(character: char) -> bool {
    let mut text = String::from("a");
    text.push(character);
    text.escape_debug().eq(text.chars())
}
