//! The writer: blocks, two blanks a level, keys in their order, long lines folded behind column 80.

use super::order::{Dialect, sort};
use super::resolve::{Meaning, resolve};
use super::scalar::{Style, is_break, is_printable, is_readable, is_simple_key, style_of};
use crate::error::{Error, Result};
use crate::functions::LARGEST_RESULT;
use crate::json;
use crate::number;
use crate::raw;
use crate::value::Value;

/// Text is folded at the first blank behind this column.
const FOLD: usize = 80;

/// The value as `sigs.k8s.io/yaml` writes it: through JSON, then by `yaml.v2`. Ends with a line feed.
///
/// # Errors
/// A number that JSON has no form for, a character that YAML does not allow, or a value that contains itself.
pub fn write(value: &Value) -> Result<String> {
    Writer::new(Dialect::Second).document(value)
}

/// The value as `yaml.v3` writes it with an indentation of two: lists are indented, nothing is folded. Ends with a line feed.
///
/// # Errors
/// A value that contains itself.
pub fn write_pretty(value: &Value) -> Result<String> {
    Writer::new(Dialect::Third).document(value)
}

/// Where a node stands.
#[derive(Clone, Copy)]
enum Place {
    /// The document's root.
    Root,
    /// Behind `key:`.
    Value,
    /// Behind `- `, `? ` or the `: ` of a long key: a block starts on the same line.
    Item,
}

struct Writer {
    out: String,
    /// Characters on the current line.
    column: usize,
    dialect: Dialect,
}

impl Writer {
    fn new(dialect: Dialect) -> Self {
        Self { out: String::new(), column: 0, dialect }
    }

    fn document(mut self, value: &Value) -> Result<String> {
        self.node(value, 0, Place::Root, 0)?;
        if !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        Ok(self.out)
    }

    /// Writes a node whose parent's entries stand at `indent`.
    fn node(&mut self, value: &Value, indent: usize, place: Place, depth: usize) -> Result<()> {
        if depth > json::DEEPEST {
            return Err(Error::function("json: unsupported value: encountered a cycle via map[string]interface {}"));
        }
        self.make_room(0)?;
        match value {
            value if value.is_null() => self.word("null"),
            Value::Bool(flag) => self.word(if *flag { "true" } else { "false" }),
            Value::Int(number) | Value::Int64(number) => self.word(&number.to_string()),
            Value::Float(number) => {
                let text = self.float(*number)?;
                self.word(&text);
            }
            Value::Text(text) => return self.value_text(text, indent),
            Value::List(list) if list.items.is_empty() => self.word("[]"),
            Value::Map(map) if map.is_empty() => self.word("{}"),
            Value::List(list) => return self.list(&list.items, indent, place, depth),
            Value::Map(map) => return self.map(map.entries(), indent, place, depth),
            Value::Nil => {}
            Value::Object(object) => return self.node(&object.data(), indent, place, depth + 1),
        }
        Ok(())
    }

    fn list(&mut self, items: &[Value], indent: usize, place: Place, depth: usize) -> Result<()> {
        let indent = match (place, self.dialect) {
            (Place::Root, _) | (Place::Value, Dialect::Second) => indent,
            _ => indent + 2,
        };
        for (index, item) in items.iter().enumerate() {
            self.start_entry(indent, index == 0, place);
            self.put("-");
            self.node(item, indent, Place::Item, depth + 1)?;
        }
        Ok(())
    }

    fn map(&mut self, entries: Vec<(String, Value)>, indent: usize, place: Place, depth: usize) -> Result<()> {
        let indent = if matches!(place, Place::Root) { indent } else { indent + 2 };
        for (index, (key, value)) in sort(entries, self.dialect).into_iter().enumerate() {
            self.start_entry(indent, index == 0, place);
            if is_simple_key(&key) {
                self.text(&key, indent, true)?;
                self.put(":");
                self.node(&value, indent, Place::Value, depth + 1)?;
            } else {
                self.put("?");
                self.value_text(&key, indent)?;
                self.line(indent);
                self.put(":");
                self.node(&value, indent, Place::Item, depth + 1)?;
            }
        }
        Ok(())
    }

    /// Goes to where an entry of a block starts: on a new line, or, for the first one behind a sign, on the same line.
    fn start_entry(&mut self, indent: usize, first: bool, place: Place) {
        match place {
            Place::Item | Place::Root if first => self.pad(indent),
            _ => self.line(indent),
        }
    }

    fn line(&mut self, indent: usize) {
        if self.column > 0 {
            self.break_line();
        }
        self.pad(indent);
    }

    fn break_line(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn pad(&mut self, indent: usize) {
        let missing = indent.saturating_sub(self.column);
        self.out.extend(std::iter::repeat_n(' ', missing));
        self.column += missing;
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    /// A blank between a sign and what follows on the same line.
    fn blank(&mut self) {
        if self.column > 0 {
            self.put(" ");
        }
    }

    fn word(&mut self, word: &str) {
        self.blank();
        self.put(word);
    }

    /// In `yaml.v2` a number has been through JSON, where a whole number is an integer as long as 64 bits hold it.
    fn float(&self, number: f64) -> Result<String> {
        if self.dialect == Dialect::Third {
            return Ok(match number {
                _ if number.is_nan() => ".nan".to_owned(),
                f64::INFINITY => ".inf".to_owned(),
                f64::NEG_INFINITY => "-.inf".to_owned(),
                _ => number::general(number),
            });
        }
        let unsupported = || Error::function(format!("json: unsupported value: {}", number::general(number)));
        let text = number::json(number).ok_or_else(unsupported)?;
        Ok(match resolve(&text) {
            Meaning::Int(number) => number.to_string(),
            Meaning::Unsigned(number) => number.to_string(),
            _ => number::general(number),
        })
    }

    fn value_text(&mut self, text: &str, indent: usize) -> Result<()> {
        self.blank();
        self.text(text, indent, false)
    }

    /// Refuses to grow beyond what a result may have.
    fn make_room(&self, more: usize) -> Result<()> {
        if self.out.len() + more > LARGEST_RESULT {
            return Err(Error::function(format!("yaml: the text is larger than {LARGEST_RESULT} bytes")));
        }
        Ok(())
    }

    fn text(&mut self, text: &str, indent: usize, is_simple_key: bool) -> Result<()> {
        let text = &*raw::shown(text);
        self.make_room(text.len())?;
        if self.dialect == Dialect::Second && !text.chars().all(|character| character < ' ' || is_readable(character)) {
            return Err(Error::function("yaml: control characters are not allowed"));
        }
        let folds = !is_simple_key && self.dialect == Dialect::Second;
        let fold = folds.then_some(indent + 2);
        match style_of(text, is_simple_key, self.dialect) {
            Style::Plain => self.folded(text, fold),
            Style::Single => {
                self.put("'");
                self.folded(&text.replace('\'', "''"), fold);
                self.put("'");
            }
            Style::Double => self.double_quoted(text, fold),
            Style::Literal => self.literal(text, indent + 2),
        }
        Ok(())
    }

    /// Text on one line, broken at single blanks behind the fold column, to go on at the indentation given.
    fn folded(&mut self, text: &str, fold: Option<usize>) {
        if fold.is_none() || self.column + text.len() <= FOLD || !text.contains(' ') {
            return self.put(text);
        }
        let mut after_blank = false;
        let mut characters = text.chars().enumerate().peekable();
        while let Some((position, character)) = characters.next() {
            let blank = character == ' ';
            let next = characters.peek().map(|(_, next)| *next);
            let inside = position > 0 && next.is_some_and(|next| next != ' ');
            match fold {
                Some(indent) if blank && inside && !after_blank && self.column > FOLD => self.line(indent),
                _ => self.put(character.encode_utf8(&mut [0; 4])),
            }
            after_blank = blank;
        }
    }

    fn double_quoted(&mut self, text: &str, fold: Option<usize>) {
        self.put("\"");
        let mut after_blank = false;
        let mut characters = text.chars().enumerate().peekable();
        while let Some((position, character)) = characters.next() {
            let blank = character == ' ';
            let next = characters.peek().map(|(_, next)| *next);
            match fold {
                Some(indent) if blank && !after_blank && position > 0 && next.is_some() && self.column > FOLD => {
                    self.line(indent);
                    if next == Some(' ') {
                        self.put("\\");
                    }
                }
                _ => self.put(&escaped(character)),
            }
            after_blank = blank;
        }
        self.put("\"");
    }

    /// `|` with its hints, then the lines as they are.
    fn literal(&mut self, text: &str, indent: usize) {
        self.put("|");
        if text.starts_with(|first| first == ' ' || is_break(first)) {
            self.put("2");
        }
        let mut from_end = text.chars().rev();
        let last_is_break = from_end.next().is_some_and(is_break);
        match (last_is_break, from_end.next()) {
            (false, _) => self.put("-"),
            (true, None) => self.put("+"),
            (true, Some(before)) if is_break(before) => self.put("+"),
            _ => {}
        }
        self.break_line();
        for line in text.split_inclusive(is_break) {
            let content = line.trim_end_matches(is_break);
            if !content.is_empty() {
                self.pad(indent);
                self.put(content);
            }
            if content.len() < line.len() {
                self.out.push_str(&line[content.len()..]);
                self.column = 0;
            }
        }
    }
}

/// A character inside double quotes.
fn escaped(character: char) -> String {
    match character {
        '\0' => "\\0".to_owned(),
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '\u{1b}' => "\\e".to_owned(),
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\u{85}' => "\\N".to_owned(),
        '\u{2028}' => "\\L".to_owned(),
        '\u{2029}' => "\\P".to_owned(),
        _ if is_printable(character) => character.to_string(),
        _ => match u32::from(character) {
            code @ ..=0xFF => format!("\\x{code:02X}"),
            code @ ..=0xFFFF => format!("\\u{code:04X}"),
            code => format!("\\U{code:08X}"),
        },
    }
}
