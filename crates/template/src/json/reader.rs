//! The reader: one pass over the bytes, with the error texts of Go's decoder.

use std::collections::BTreeMap;

use super::DEEPEST;
use crate::error::{Error, Result};
use crate::value::Value;

/// Reads one JSON value; nothing but blanks may follow it. Numbers become `float64`, the last of equal keys wins.
///
/// # Errors
/// Go's words for what is wrong: `invalid character 'x' after object key`.
pub fn read(text: &str) -> Result<Value> {
    let mut reader = Reader { text, position: 0 };
    let value = reader.value(0)?;
    reader.skip_blanks();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.unexpected("after top-level value")),
    }
}

/// A position in a text.
struct Reader<'a> {
    text: &'a str,
    position: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.position += 1;
        }
    }

    /// The error for the character at this position, or for the end of the text.
    fn unexpected(&self, place: &str) -> Error {
        match self.text.get(self.position..).and_then(|rest| rest.chars().next()) {
            Some(found) => Error::function(format!("invalid character {} {place}", quoted(found))),
            None => Error::function("unexpected end of JSON input"),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value> {
        if depth > DEEPEST {
            return Err(Error::function("exceeded max depth"));
        }
        self.skip_blanks();
        match self.peek() {
            Some(b'{') => self.map(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Value::text(self.string()?)),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Nil),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                return Err(self.unexpected(&format!("in literal {word} (expecting '{}')", char::from(expected))));
            }
            self.position += 1;
        }
        Ok(value)
    }

    /// Steps over digits and says how many there were.
    fn digits(&mut self) -> usize {
        let start = self.position;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.position += 1;
        }
        self.position - start
    }

    fn number(&mut self) -> Result<Value> {
        let start = self.position;
        if self.peek() == Some(b'-') {
            self.position += 1;
        }
        if self.peek() == Some(b'0') {
            self.position += 1;
        } else if self.digits() == 0 {
            return Err(self.unexpected("in numeric literal"));
        }
        if self.peek() == Some(b'.') {
            self.position += 1;
            if self.digits() == 0 {
                return Err(self.unexpected("after decimal point in numeric literal"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.position += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.position += 1;
            }
            if self.digits() == 0 {
                return Err(self.unexpected("in exponent of numeric literal"));
            }
        }
        let digits = &self.text[start..self.position];
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => Err(Error::function(format!("json: cannot unmarshal number {digits} into Go value of type float64"))),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value> {
        self.position += 1;
        let mut items = Vec::new();
        self.skip_blanks();
        if self.peek() == Some(b']') {
            self.position += 1;
            return Ok(Value::list(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.position += 1,
                Some(b']') => {
                    self.position += 1;
                    return Ok(Value::list(items));
                }
                _ => return Err(self.unexpected("after array element")),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value> {
        self.position += 1;
        let mut entries = BTreeMap::new();
        self.skip_blanks();
        if self.peek() == Some(b'}') {
            self.position += 1;
            return Ok(Value::map(entries));
        }
        loop {
            let (key, value) = self.entry(depth)?;
            entries.insert(key, value);
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.position += 1,
                Some(b'}') => {
                    self.position += 1;
                    return Ok(Value::map(entries));
                }
                _ => return Err(self.unexpected("after object key:value pair")),
            }
        }
    }

    fn entry(&mut self, depth: usize) -> Result<(String, Value)> {
        self.skip_blanks();
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("looking for beginning of object key string"));
        }
        let key = self.string()?;
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("after object key"));
        }
        self.position += 1;
        Ok((key, self.value(depth + 1)?))
    }

    fn string(&mut self) -> Result<String> {
        self.position += 1;
        let mut text = String::new();
        loop {
            let start = self.position;
            while self.peek().is_some_and(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
                self.position += 1;
            }
            text.push_str(&self.text[start..self.position]);
            match self.peek() {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.position += 1;
                    text.push(self.escape()?);
                }
                _ => return Err(self.unexpected("in string literal")),
            }
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Result<char> {
        let escaped = match self.peek() {
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.position += 1;
                return self.code_point();
            }
            _ => return Err(self.unexpected("in string escape code")),
        };
        self.position += 1;
        Ok(escaped)
    }

    /// The character of `\uXXXX`, or of two of them that are a surrogate pair; a lone half becomes U+FFFD, as in Go.
    fn code_point(&mut self) -> Result<char> {
        let first = self.four_hex()?;
        if !(0xD800..0xDC00).contains(&first) || !self.text[self.position..].starts_with("\\u") {
            return Ok(char::from_u32(first).unwrap_or('\u{FFFD}'));
        }
        let before = self.position;
        self.position += 2;
        let second = self.four_hex()?;
        if !(0xDC00..0xE000).contains(&second) {
            self.position = before;
            return Ok('\u{FFFD}');
        }
        let joined = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        Ok(char::from_u32(joined).unwrap_or('\u{FFFD}'))
    }

    fn four_hex(&mut self) -> Result<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.unexpected("in \\u hexadecimal character escape"));
            };
            code = code * 16 + digit;
            self.position += 1;
        }
        Ok(code)
    }
}

/// A character as Go's decoder names it.
fn quoted(found: char) -> String {
    match found {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        other => format!("'{}'", other.escape_debug()),
    }
}
