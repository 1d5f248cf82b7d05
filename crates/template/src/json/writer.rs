//! The writer: compact or indented, with or without the escapes that make JSON safe inside HTML.

use std::fmt::Write;

use super::DEEPEST;
use crate::error::{Error, Result};
use crate::functions::LARGEST_RESULT;
use crate::number;
use crate::raw;
use crate::value::Value;

/// How JSON is laid out.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// One entry a line, two blanks a level; otherwise everything on one line without blanks.
    pub indented: bool,
    /// `<`, `>` and `&` as `\u003c`, `\u003e` and `\u0026`.
    pub escape_html: bool,
}

/// The value as Go's `json.Marshal` writes it: one line, sorted keys, HTML escaped.
///
/// # Errors
/// A number that JSON has no form for, or a value that contains itself.
pub fn write(value: &Value) -> Result<String> {
    write_styled(value, Style { indented: false, escape_html: true })
}

/// The value in that style.
///
/// # Errors
/// A number that JSON has no form for, or a value that contains itself.
pub fn write_styled(value: &Value, style: Style) -> Result<String> {
    let mut writer = Writer { out: String::new(), style };
    writer.value(value, 0)?;
    Ok(writer.out)
}

struct Writer {
    out: String,
    style: Style,
}

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) -> Result<()> {
        if depth > DEEPEST {
            return Err(Error::function("json: unsupported value: encountered a cycle via map[string]interface {}"));
        }
        if self.out.len() > LARGEST_RESULT {
            return Err(Error::function(format!("json: the text is larger than {LARGEST_RESULT} bytes")));
        }
        match value {
            value if value.is_null() => self.out.push_str("null"),
            Value::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Value::Int(number) | Value::Int64(number) => self.out.push_str(&number.to_string()),
            Value::Float(number) => self.out.push_str(&float(*number)?),
            Value::Text(text) => self.text(text),
            Value::List(list) => self.list(&list.items, depth)?,
            Value::Map(map) => self.map(&map.entries(), depth)?,
            Value::Nil => {}
            Value::Object(object) => match object.fields() {
                Some(fields) => self.map(&fields, depth)?,
                None => self.value(&object.data(), depth + 1)?,
            },
        }
        Ok(())
    }

    fn list(&mut self, items: &[Value], depth: usize) -> Result<()> {
        self.out.push('[');
        for (place, item) in items.iter().enumerate() {
            self.separate(place, depth + 1);
            self.value(item, depth + 1)?;
        }
        self.close(items.is_empty(), depth, ']');
        Ok(())
    }

    fn map(&mut self, entries: &[(impl AsRef<str>, Value)], depth: usize) -> Result<()> {
        self.out.push('{');
        for (place, (key, value)) in entries.iter().enumerate() {
            self.separate(place, depth + 1);
            self.text(key.as_ref());
            self.out.push_str(if self.style.indented { ": " } else { ":" });
            self.value(value, depth + 1)?;
        }
        self.close(entries.is_empty(), depth, '}');
        Ok(())
    }

    fn separate(&mut self, place: usize, depth: usize) {
        if place > 0 {
            self.out.push(',');
        }
        self.line(depth);
    }

    fn close(&mut self, empty: bool, depth: usize, bracket: char) {
        if !empty {
            self.line(depth);
        }
        self.out.push(bracket);
    }

    fn line(&mut self, depth: usize) {
        if self.style.indented {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", depth));
        }
    }

    fn text(&mut self, text: &str) {
        let shown = raw::shown(text);
        self.out.push('"');
        let mut rest = &*shown;
        // runs of plain characters go over as they are
        while let Some(position) = rest.find(needs_care) {
            self.out.push_str(&rest[..position]);
            let mut characters = rest[position..].chars();
            if let Some(character) = characters.next() {
                self.character(character);
            }
            rest = characters.as_str();
        }
        self.out.push_str(rest);
        self.out.push('"');
    }

    fn character(&mut self, character: char) {
        match character {
            '"' => self.out.push_str("\\\""),
            '\\' => self.out.push_str("\\\\"),
            '\u{8}' => self.out.push_str("\\b"),
            '\u{c}' => self.out.push_str("\\f"),
            '\n' => self.out.push_str("\\n"),
            '\r' => self.out.push_str("\\r"),
            '\t' => self.out.push_str("\\t"),
            '<' | '>' | '&' if self.style.escape_html => self.escape(character),
            '\u{0}'..='\u{1f}' | '\u{2028}' | '\u{2029}' => self.escape(character),
            other => self.out.push(other),
        }
    }

    fn escape(&mut self, character: char) {
        // writing to a String cannot fail
        let _ = write!(self.out, "\\u{:04x}", u32::from(character));
    }
}

/// Whether a character may have an escape.
fn needs_care(character: char) -> bool {
    matches!(character, '\0'..='\u{1f}' | '"' | '\\' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}

fn float(value: f64) -> Result<String> {
    number::json(value).ok_or_else(|| Error::function(format!("json: unsupported value: {}", number::general(value))))
}
