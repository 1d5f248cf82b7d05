//! From a tree of nodes to values: scalars get their meaning, merges are carried out, aliases are copied, within bounds.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::compose::{Documents, Node};
use super::resolve::{Meaning, resolve};
use crate::error::{Error, Result};
use crate::number;
use crate::print::quoted;
use crate::value::Value;

/// Reads the first document; an empty text is nil. Every number becomes a `float64`, as it does on its way through JSON.
///
/// # Errors
/// `error converting YAML to JSON: yaml: line 3: ...`
pub fn read(text: &str) -> Result<Value> {
    let mut documents = Documents::of(text);
    match documents.check().and_then(|()| documents.next()).map_err(converting)? {
        Some(node) => value_of(&node),
        None => Ok(Value::Nil),
    }
}

/// Reads every document of a stream, in order; one without content is nil.
///
/// # Errors
/// As [`read`].
pub fn read_all(text: &str) -> Result<Vec<Value>> {
    let mut documents = Documents::of(text);
    documents.check().map_err(converting)?;
    let mut values = Vec::new();
    while let Some(node) = documents.next().map_err(converting)? {
        values.push(value_of(&node)?);
    }
    Ok(values)
}

fn value_of(node: &Node) -> Result<Value> {
    Decoder::default().value(node).map_err(converting)
}

fn converting(error: Error) -> Error {
    Error::function(format!("error converting YAML to JSON: {error}"))
}

/// Counts what is decoded, so that aliases of aliases cannot make a small text large.
#[derive(Default)]
struct Decoder {
    decoded: u64,
    decoded_of_aliases: u64,
    inside_aliases: u32,
}

impl Decoder {
    fn value(&mut self, node: &Node) -> Result<Value> {
        self.count()?;
        match node {
            Node::Scalar { text, plain, tag } => scalar(text, *plain, tag.as_deref()),
            Node::Items(items) => items.iter().map(|item| self.value(item)).collect::<Result<_>>().map(Value::list),
            Node::Pairs(pairs) => {
                let mut entries = BTreeMap::new();
                self.pairs(pairs, &mut entries)?;
                Ok(Value::map(entries))
            }
            Node::Anchored(node) => self.value(node),
            Node::Alias(node) => self.inside_alias(|decoder| decoder.value(node)),
        }
    }

    fn inside_alias<T>(&mut self, decode: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.inside_aliases += 1;
        let decoded = decode(self);
        self.inside_aliases -= 1;
        decoded
    }

    /// The share of nodes that may come of aliases: nearly all in a small document, a tenth in a huge one.
    fn count(&mut self) -> Result<()> {
        self.decoded += 1;
        self.decoded_of_aliases += u64::from(self.inside_aliases > 0);
        let allowed = match self.decoded {
            ..=400_000 => 0.99,
            4_000_000.. => 0.10,
            count => 0.99 - 0.89 * (count - 400_000) as f64 / 3_600_000.0,
        };
        let share = self.decoded_of_aliases as f64 / self.decoded as f64;
        if self.decoded_of_aliases > 100 && self.decoded > 1_000 && share > allowed {
            return Err(Error::function("yaml: document contains excessive aliasing"));
        }
        Ok(())
    }

    /// Puts pairs into a map in their order: the last one of equal keys stays, and a merge counts where it stands.
    fn pairs(&mut self, pairs: &[(Node, Node)], entries: &mut BTreeMap<String, Value>) -> Result<()> {
        for (key, value) in pairs {
            if is_merge(key) {
                self.merge(value, entries)?;
                continue;
            }
            let key = self.key(key, value)?;
            entries.insert(key, self.value(value)?);
        }
        Ok(())
    }

    fn merge(&mut self, node: &Node, entries: &mut BTreeMap<String, Value>) -> Result<()> {
        match node {
            Node::Pairs(pairs) => self.pairs(pairs, entries),
            Node::Anchored(node) => self.merge(node, entries),
            Node::Alias(node) if matches!(**node, Node::Pairs(_)) => {
                self.inside_alias(|decoder| decoder.merge(node, entries))
            }
            // earlier items win, so they come last
            Node::Items(items) => items.iter().rev().try_for_each(|item| match item {
                Node::Items(_) => Err(not_mergeable()),
                item => self.merge(item, entries),
            }),
            _ => Err(not_mergeable()),
        }
    }

    /// A key as the text that JSON needs.
    fn key(&mut self, node: &Node, value: &Node) -> Result<String> {
        match node {
            Node::Anchored(node) | Node::Alias(node) => self.key(node, value),
            Node::Scalar { text, plain, tag } => match meaning(text, *plain, tag.as_deref())? {
                Scalar::Text(text) => Ok(text),
                Scalar::Meaning(Meaning::Bool(flag)) => Ok(flag.to_string()),
                Scalar::Meaning(Meaning::Int(number)) => Ok(number.to_string()),
                Scalar::Meaning(Meaning::Unsigned(number)) => Ok(number.to_string()),
                Scalar::Meaning(Meaning::Float(number)) => Ok(float_key(number)),
                Scalar::Meaning(Meaning::Timestamp | Meaning::Merge | Meaning::Text) => Ok(text.clone()),
                Scalar::Meaning(Meaning::Null) => Err(Error::function(format!(
                    "unsupported map key of type: %!s(<nil>), key: <nil>, value: {}",
                    describe(value)
                ))),
            },
            Node::Items(_) | Node::Pairs(_) => {
                Err(Error::function(format!("yaml: invalid map key: {}", describe(node))))
            }
        }
    }
}

/// A scalar that is plainly text, or one whose meaning was asked for.
enum Scalar {
    Text(String),
    Meaning(Meaning),
}

fn scalar(text: &str, plain: bool, tag: Option<&str>) -> Result<Value> {
    Ok(match meaning(text, plain, tag)? {
        Scalar::Text(text) => Value::text(text),
        Scalar::Meaning(Meaning::Null) => Value::Nil,
        Scalar::Meaning(Meaning::Bool(flag)) => Value::Bool(flag),
        Scalar::Meaning(Meaning::Int(number)) => Value::Float(number as f64),
        Scalar::Meaning(Meaning::Unsigned(number)) => Value::Float(number as f64),
        Scalar::Meaning(Meaning::Float(number)) if number.is_finite() => Value::Float(number),
        Scalar::Meaning(Meaning::Float(number)) => {
            return Err(Error::function(format!("json: unsupported value: {}", number::general(number))));
        }
        Scalar::Meaning(Meaning::Timestamp | Meaning::Merge | Meaning::Text) => Value::text(text),
    })
}

fn meaning(text: &str, plain: bool, tag: Option<&str>) -> Result<Scalar> {
    match tag {
        None if plain => Ok(Scalar::Meaning(resolve(text))),
        None | Some("!!str" | "!") => Ok(Scalar::Text(text.to_owned())),
        Some("!!binary") => binary(text).map(Scalar::Text),
        Some(tag @ ("!!int" | "!!float" | "!!bool" | "!!null" | "!!timestamp")) => {
            tagged(text, tag).map(Scalar::Meaning)
        }
        // tags of others say nothing here
        Some(_) => Ok(Scalar::Text(text.to_owned())),
    }
}

fn binary(text: &str) -> Result<String> {
    let packed: String = text.chars().filter(|character| !matches!(character, '\n' | '\r')).collect();
    match STANDARD.decode(packed) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(_) => Err(Error::function("yaml: !!binary value contains invalid base64 data")),
    }
}

fn tagged(text: &str, tag: &str) -> Result<Meaning> {
    let meaning = resolve(text);
    let own = match meaning {
        Meaning::Null => "!!null",
        Meaning::Bool(_) => "!!bool",
        Meaning::Int(_) | Meaning::Unsigned(_) => "!!int",
        Meaning::Float(_) => "!!float",
        Meaning::Timestamp => "!!timestamp",
        Meaning::Merge => "!!merge",
        Meaning::Text => "!!str",
    };
    if own == tag || (own, tag) == ("!!int", "!!float") {
        return Ok(meaning);
    }
    Err(Error::function(format!("yaml: cannot decode {own} `{text}` as a {tag}")))
}

fn is_merge(key: &Node) -> bool {
    match key {
        Node::Scalar { text, plain, tag } => {
            text == "<<" && matches!((plain, tag.as_deref()), (true, None) | (_, Some("!!merge")))
        }
        _ => false,
    }
}

fn not_mergeable() -> Error {
    Error::function("yaml: map merge requires map or sequence of maps as the value")
}

/// A number as a key; Go keeps the digits of a 32-bit float only.
fn float_key(number: f64) -> String {
    match number {
        _ if number.is_nan() => ".nan".to_owned(),
        f64::INFINITY => ".inf".to_owned(),
        f64::NEG_INFINITY => "-.inf".to_owned(),
        _ => number::general_of_32_bits(number as f32),
    }
}

/// How many parts of a list or map are shown: an error is no place for a document.
const DESCRIBED: usize = 8;

/// A value as Go's source would spell it.
fn describe(value: &Node) -> String {
    match value {
        Node::Scalar { text, plain, .. } if !*plain || resolve(text) == Meaning::Text => quoted(text),
        Node::Scalar { text, .. } => text.clone(),
        Node::Anchored(node) | Node::Alias(node) => describe(node),
        Node::Items(items) => {
            let items: Vec<String> = items.iter().take(DESCRIBED).map(describe).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Node::Pairs(pairs) => {
            let pair = |(key, value): &(Node, Node)| format!("{}:{}", describe(key), describe(value));
            let pairs: Vec<String> = pairs.iter().take(DESCRIBED).map(pair).collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", pairs.join(", "))
        }
    }
}
