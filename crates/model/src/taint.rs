//! Taints as people write them, `key=value:Effect`, and the rules for names that Kubernetes has. A dash is part of a name like
//! any other character; only one at the very end removes the taint.

use crate::nearest::nearest;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A taint to put on a node, or to take from it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Taint {
    /// Its key: `dedicated`, `example.com/role`.
    pub key: String,
    /// Its value; may be empty.
    pub value: String,
    /// What it does to pods; none only when every taint of that key is removed.
    pub effect: Option<Effect>,
    /// Whether it is taken away.
    pub removed: bool,
}

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// New ones stay away.
    NoSchedule,
    /// New ones stay away where they can.
    PreferNoSchedule,
    /// All leave.
    NoExecute,
}

impl Effect {
    const ALL: [Self; 3] = [Self::NoSchedule, Self::PreferNoSchedule, Self::NoExecute];

    /// As Kubernetes writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSchedule => "NoSchedule",
            Self::PreferNoSchedule => "PreferNoSchedule",
            Self::NoExecute => "NoExecute",
        }
    }
}

/// The text is no taint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTaint {
    /// It neither has an effect nor removes one.
    #[error("\"{0}\" has no effect")]
    NoEffect(String),
    /// Kubernetes has no such effect.
    #[error("\"{0}\" is not an effect")]
    Effect(String),
    /// Its key or value breaks the rules for names.
    #[error("the taint's {0}")]
    Name(InvalidName),
}

impl InvalidTaint {
    /// What to write instead.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoEffect(text) => format!("write {text}:NoSchedule, or {text}- to remove the taint"),
            Self::Effect(effect) => match nearest(effect, &Effect::ALL.map(Effect::as_str)) {
                Some(name) => format!("did you mean {name}?"),
                None => format!("it is one of {}", Effect::ALL.map(Effect::as_str).join(", ")),
            },
            Self::Name(_) => "a taint looks like key=value:NoSchedule or key:NoExecute".into(),
        }
    }
}

impl Taint {
    fn read(text: &str) -> Result<Self, InvalidTaint> {
        let (rest, removed) = match text.strip_suffix('-') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (pair, effect) = match rest.rsplit_once(':') {
            Some((pair, effect)) => (pair, Some(known_effect(effect)?)),
            None if removed => (rest, None),
            None => return Err(InvalidTaint::NoEffect(text.to_owned())),
        };
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        label_key(key).and_then(|()| label_value(value)).map_err(InvalidTaint::Name)?;
        Ok(Self { key: key.to_owned(), value: value.to_owned(), effect, removed })
    }
}

impl FromStr for Taint {
    type Err = InvalidTaint;

    fn from_str(text: &str) -> Result<Self, InvalidTaint> {
        Self::read(text)
    }
}

impl TryFrom<String> for Taint {
    type Error = InvalidTaint;

    fn try_from(text: String) -> Result<Self, InvalidTaint> {
        Self::read(&text)
    }
}

impl From<Taint> for String {
    fn from(taint: Taint) -> Self {
        taint.to_string()
    }
}

impl fmt::Display for Taint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.key)?;
        if !self.value.is_empty() {
            write!(formatter, "={}", self.value)?;
        }
        if let Some(effect) = self.effect {
            write!(formatter, ":{}", effect.as_str())?;
        }
        formatter.write_str(if self.removed { "-" } else { "" })
    }
}

fn known_effect(text: &str) -> Result<Effect, InvalidTaint> {
    let known = Effect::ALL.into_iter().find(|effect| effect.as_str() == text);
    known.ok_or_else(|| InvalidTaint::Effect(text.to_owned()))
}

/// The text breaks Kubernetes' rules for names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Of the key's last part.
    #[error("key \"{0}\" must be 1 to 63 letters, digits, -, _ or . with a letter or digit at both ends")]
    Key(String),
    /// Of what stands before the slash.
    #[error("key's prefix \"{0}\" must be a domain name in lower case")]
    Prefix(String),
    /// Of the value.
    #[error("value \"{0}\" must be at most 63 letters, digits, -, _ or . with a letter or digit at both ends")]
    Value(String),
}

/// Whether a label or taint may have that key.
pub(crate) fn label_key(key: &str) -> Result<(), InvalidName> {
    let name = match key.split_once('/') {
        Some((prefix, _)) if !is_domain(prefix) => return Err(InvalidName::Prefix(prefix.to_owned())),
        Some((_, name)) => name,
        None => key,
    };
    if is_name(name) { Ok(()) } else { Err(InvalidName::Key(name.to_owned())) }
}

/// Whether a label or taint may have that value.
pub(crate) fn label_value(value: &str) -> Result<(), InvalidName> {
    if value.is_empty() || is_name(value) { Ok(()) } else { Err(InvalidName::Value(value.to_owned())) }
}

fn is_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63 && bytes.iter().copied().all(inner) && ends(bytes.first()) && ends(bytes.last())
}

/// Whether it is a domain name in lower case: labels with dots between.
pub(crate) fn is_domain(text: &str) -> bool {
    let label =
        |label: &str| is_name(label) && label.bytes().all(|byte| !byte.is_ascii_uppercase() && !b"_.".contains(&byte));
    text.len() <= 253 && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_removes_only_at_the_very_end() {
        let cases = [
            ("my-key=v:NoSchedule", "my-key", "v", Some(Effect::NoSchedule), false),
            ("key:NoExecute", "key", "", Some(Effect::NoExecute), false),
            ("key=:PreferNoSchedule", "key", "", Some(Effect::PreferNoSchedule), false),
            (
                "node-role.kubernetes.io/master:NoSchedule",
                "node-role.kubernetes.io/master",
                "",
                Some(Effect::NoSchedule),
                false,
            ),
            ("my-key-", "my-key", "", None, true),
            ("a=b:NoSchedule-", "a", "b", Some(Effect::NoSchedule), true),
            ("key:NoSchedule-", "key", "", Some(Effect::NoSchedule), true),
        ];
        for (text, key, value, effect, removed) in cases {
            let expected = Taint { key: key.into(), value: value.into(), effect, removed };
            assert_eq!(Taint::read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_taint_is_told_with_what_to_write() {
        let cases = [
            ("junk", "\"junk\" has no effect", "write junk:NoSchedule, or junk- to remove the taint"),
            ("a=b:NoShedule", "\"NoShedule\" is not an effect", "did you mean NoSchedule?"),
            ("a=b:Never", "\"Never\" is not an effect", "it is one of NoSchedule, PreferNoSchedule, NoExecute"),
        ];
        for (text, message, hint) in cases {
            let error = Taint::read(text).unwrap_err();
            assert_eq!((error.to_string().as_str(), error.hint().as_str()), (message, hint), "{text}");
        }
        for text in
            ["", "-", "=v:NoSchedule", "a b:NoSchedule", "Up.Case/x:NoSchedule", "a/b/c:NoExecute", "k=-:NoExecute"]
        {
            assert!(Taint::read(text).is_err(), "{text:?} was accepted");
        }
    }
}
