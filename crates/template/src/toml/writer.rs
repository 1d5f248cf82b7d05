//! The writer: plain values first, then tables, each level indented by two blanks.

use crate::error::{Error, Result};
use crate::functions::LARGEST_RESULT;
use crate::json::DEEPEST;
use crate::number;
use crate::value::Value;

/// The value as a TOML document, or, where it is no map, as one TOML value.
///
/// # Errors
/// nil in a list, or a value that contains itself.
pub fn write(value: &Value) -> Result<String> {
    let mut writer = Writer::default();
    match fields(value) {
        Some(entries) => writer.table(&entries, &[])?,
        None => writer.inline(value, 0)?,
    }
    Ok(writer.out)
}

#[derive(Default)]
struct Writer {
    out: String,
    /// Whether a header has been written: the next one gets an empty line in front.
    wrote: bool,
}

/// The entries of what is written as a table.
fn fields(value: &Value) -> Option<Vec<(String, Value)>> {
    match value {
        Value::Map(map) => Some(map.entries()),
        Value::Object(object) => match object.data() {
            Value::Map(map) => Some(map.entries()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a value gets a header of its own.
fn is_table(value: &Value) -> bool {
    fields(value).is_some() || is_array_of_tables(value)
}

/// Whether a list is written as `[[tables]]`.
fn is_array_of_tables(value: &Value) -> bool {
    matches!(value, Value::List(list) if !list.items.is_empty() && list.items.iter().all(|item| fields(item).is_some()))
}

impl Writer {
    /// Writes the plain values of a table, then the tables in it. `path` has the table's keys.
    fn table(&mut self, entries: &[(String, Value)], path: &[&str]) -> Result<()> {
        self.check(path.len())?;
        let indent = "  ".repeat(path.len().saturating_sub(1) + usize::from(!path.is_empty()));
        for (key, value) in entries.iter().filter(|(_, value)| !is_table(value) && !matches!(value, Value::Nil)) {
            self.out.push_str(&format!("{indent}{} = ", key_text(key)));
            self.inline(value, path.len())?;
            self.out.push('\n');
            self.wrote = true;
        }
        for (key, value) in entries.iter().filter(|(_, value)| is_table(value)) {
            let path = [path, &[key.as_str()]].concat();
            match fields(value) {
                Some(entries) => {
                    self.header(&path, ("[", "]"));
                    self.table(&entries, &path)?;
                }
                None => self.array_of_tables(value, &path)?,
            }
        }
        Ok(())
    }

    fn array_of_tables(&mut self, value: &Value, path: &[&str]) -> Result<()> {
        let Value::List(list) = value else { return Ok(()) };
        for item in list.items.iter() {
            self.header(path, ("[[", "]]"));
            self.table(&fields(item).unwrap_or_default(), path)?;
        }
        Ok(())
    }

    /// A header; a first-level table and every item of a list stand apart from what is in front of them.
    fn header(&mut self, path: &[&str], (open, close): (&str, &str)) {
        if self.wrote && (path.len() == 1 || open == "[[") {
            self.out.push('\n');
        }
        let keys: Vec<String> = path.iter().map(|key| key_text(key)).collect();
        let indent = "  ".repeat(path.len() - 1);
        self.out.push_str(&format!("{indent}{open}{}{close}\n", keys.join(".")));
        self.wrote = true;
    }

    fn check(&self, depth: usize) -> Result<()> {
        if depth > DEEPEST || self.out.len() > LARGEST_RESULT {
            return Err(Error::function("toml: the value contains itself or is too large"));
        }
        Ok(())
    }

    fn inline(&mut self, value: &Value, depth: usize) -> Result<()> {
        self.check(depth)?;
        match value {
            Value::Nil => return Err(Error::function("toml: cannot encode array with nil element")),
            Value::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Value::Int(number) | Value::Int64(number) => self.out.push_str(&number.to_string()),
            Value::Float(number) => self.out.push_str(&float(*number)),
            Value::Text(text) => self.out.push_str(&quoted(text)),
            Value::List(list) => self.sequence("[", list.items.iter().map(|item| (None, item.clone())), "]", depth)?,
            Value::Map(map) => {
                // as in a table, plain values come first, and nil is left out
                let entries = map.entries().into_iter().filter(|(_, value)| !matches!(value, Value::Nil));
                let (tables, plain): (Vec<_>, Vec<_>) = entries.partition(|(_, value)| is_table(value));
                let entries = plain.into_iter().chain(tables).map(|(key, value)| (Some(key), value));
                self.sequence("{", entries, "}", depth)?;
            }
            Value::Object(object) => match object.data() {
                Value::Text(text) if object.type_name() == "time.Time" => self.out.push_str(&text),
                data => self.inline(&data, depth + 1)?,
            },
        }
        Ok(())
    }

    fn sequence(
        &mut self,
        open: &str,
        items: impl Iterator<Item = (Option<String>, Value)>,
        close: &str,
        depth: usize,
    ) -> Result<()> {
        self.out.push_str(open);
        for (index, (key, item)) in items.enumerate() {
            self.out.push_str(if index > 0 { ", " } else { "" });
            if let Some(key) = key {
                self.out.push_str(&format!("{} = ", key_text(&key)));
            }
            self.inline(&item, depth + 1)?;
        }
        self.out.push_str(close);
        Ok(())
    }
}

/// A float always shows that it is one.
fn float(value: f64) -> String {
    match value {
        _ if value.is_nan() => "nan".to_owned(),
        f64::INFINITY => "inf".to_owned(),
        f64::NEG_INFINITY => "-inf".to_owned(),
        _ => {
            let text = number::general(value);
            if text.contains(['.', 'e']) { text } else { format!("{text}.0") }
        }
    }
}

fn key_text(key: &str) -> String {
    let bare = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-');
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
