//! YAML with positions: what a person wrote, before anybody asks what it means. Everything that is said about a Clusterfile is
//! said about one of these nodes, so that line and column are always at hand.

use super::finding::Finding;
use crate::Position;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::{Location, Spanned};
use std::fmt;

/// One value in a YAML file.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) content: Content,
    pub(super) position: Position,
}

/// What a value is. Numbers keep the text that was written, because `3.10` may be meant as text.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Nothing,
    Boolean(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One field with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) position: Position,
    pub(super) value: Node,
}

/// Deeper than anything that a Clusterfile has; a file that nests deeper is not a Clusterfile.
const DEEPEST: usize = 48;

/// Reads all documents of a file; empty ones are left out.
pub(super) fn read(text: &str) -> Result<Vec<Node>, Box<Finding>> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        budget: serde_saphyr::budget! { max_depth: DEEPEST },
    };
    let raw: Vec<Raw> =
        serde_saphyr::from_multiple_with_options(text, options).map_err(|error| Box::new(malformed(&error)))?;
    Ok(raw.into_iter().map(|raw| raw.settle(text)).filter(|node| !matches!(node.content, Content::Nothing)).collect())
}

fn malformed(error: &serde_saphyr::Error) -> Finding {
    let position = error.location().map_or(Position { line: 1, column: 1 }, place);
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    let message = first.split(" at line ").next().unwrap_or(first);
    let message = message.split(", set DuplicateKeyPolicy").next().unwrap_or(message);
    Finding::error(position, "", format!("malformed YAML: {message}"))
}

fn place(location: Location) -> Position {
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX).max(1);
    Position { line: number(location.line()), column: number(location.column()) }
}

impl Node {
    /// The value as JSON, without positions.
    pub(super) fn to_json(&self) -> Value {
        match &self.content {
            Content::Nothing => Value::Null,
            Content::Boolean(value) => Value::Bool(*value),
            Content::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())),
            Content::Text(text) => Value::String(text.clone()),
            Content::List(items) => items.iter().map(Self::to_json).collect(),
            Content::Map(entries) => {
                Value::Object(entries.iter().map(|entry| (entry.name.clone(), entry.value.to_json())).collect())
            }
        }
    }

    /// What kind of value it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self.content {
            Content::Nothing => "nothing",
            Content::Boolean(_) => "true or false",
            Content::Number(_) => "a number",
            Content::Text(_) => "text",
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
        }
    }
}

/// A value as the YAML reader hands it over.
struct Raw(Spanned<RawContent>);

enum RawContent {
    Nothing,
    Boolean(bool),
    Number(String),
    Text(String),
    List(Vec<Raw>),
    Map(Vec<(Spanned<String>, Raw)>),
}

impl Raw {
    fn settle(self, source: &str) -> Node {
        let Spanned { value, referenced, defined } = self.0;
        let content = match value {
            RawContent::Nothing => Content::Nothing,
            RawContent::Boolean(value) => Content::Boolean(value),
            RawContent::Number(value) => Content::Number(written(source, defined).unwrap_or(value)),
            RawContent::Text(text) => Content::Text(text),
            RawContent::List(items) => Content::List(items.into_iter().map(|item| item.settle(source)).collect()),
            RawContent::Map(entries) => {
                Content::Map(entries.into_iter().map(|(name, value)| entry(name, value, source)).collect())
            }
        };
        Node { content, position: place(referenced) }
    }
}

fn entry(name: Spanned<String>, value: Raw, source: &str) -> Entry {
    Entry { position: place(name.referenced), name: name.value, value: value.settle(source) }
}

/// A number as it was written, if it is a plain decimal one.
fn written(source: &str, location: Location) -> Option<String> {
    let span = location.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let end = start.checked_add(usize::try_from(span.byte_len()?).ok()?)?;
    let text = source.get(start..end)?;
    let decimal = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    (!text.is_empty() && text.bytes().all(decimal)).then(|| text.to_owned())
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::deserialize(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for RawContent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = RawContent;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<RawContent, E> {
        Ok(RawContent::Nothing)
    }

    fn visit_none<E>(self) -> Result<RawContent, E> {
        Ok(RawContent::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<RawContent, E> {
        Ok(RawContent::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<RawContent, E> {
        Ok(RawContent::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<RawContent, E> {
        Ok(RawContent::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<RawContent, E> {
        Ok(RawContent::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<RawContent, E> {
        Ok(RawContent::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<RawContent, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(RawContent::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<RawContent, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = access.next_key()? {
            entries.push((name, access.next_value()?));
        }
        Ok(RawContent::Map(entries))
    }
}
