//! A node together with its path in the document, for everything that asks for fields by name: `spec.hosts[0].roles`.

use super::node::{Content, Node};
use crate::Position;

/// A node and where it is.
#[derive(Clone, Debug)]
pub(super) struct View<'a> {
    pub(super) node: &'a Node,
    pub(super) path: String,
}

impl<'a> View<'a> {
    /// A whole document.
    pub(super) fn whole(node: &'a Node) -> Self {
        Self { node, path: String::new() }
    }

    /// Where the value begins.
    pub(super) fn position(&self) -> Position {
        self.node.position
    }

    /// A field that has a value.
    pub(super) fn get(&self, name: &str) -> Option<Self> {
        self.fields().into_iter().find(|(field, view)| *field == name && !view.is_nothing()).map(|(_, view)| view)
    }

    /// A field of a field: `["spec", "ssh"]`.
    pub(super) fn at(&self, names: &[&str]) -> Option<Self> {
        names.iter().try_fold(self.clone(), |view, name| view.get(name))
    }

    fn is_nothing(&self) -> bool {
        matches!(self.node.content, Content::Nothing)
    }

    /// All fields; none when it is no map.
    pub(super) fn fields(&self) -> Vec<(&'a str, Self)> {
        let Content::Map(entries) = &self.node.content else { return Vec::new() };
        entries.iter().map(|entry| (entry.name.as_str(), self.below(&entry.name, &entry.value))).collect()
    }

    /// The same path with one more name.
    pub(super) fn below(&self, name: &str, node: &'a Node) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { node, path: format!("{}{dot}{name}", self.path) }
    }

    /// All items; none when it is no list.
    pub(super) fn items(&self) -> Vec<Self> {
        let Content::List(items) = &self.node.content else { return Vec::new() };
        let item = |(index, node)| Self { node, path: format!("{}[{index}]", self.path) };
        items.iter().enumerate().map(item).collect()
    }

    /// The items of a field.
    pub(super) fn list(&self, name: &str) -> Vec<Self> {
        self.get(name).map(|view| view.items()).unwrap_or_default()
    }

    /// The value as text: scalars as they were written.
    pub(super) fn text(&self) -> Option<String> {
        match &self.node.content {
            Content::Boolean(value) => Some(value.to_string()),
            Content::Number(text) | Content::Text(text) => Some(text.clone()),
            Content::Nothing | Content::List(_) | Content::Map(_) => None,
        }
    }

    /// A field as text.
    pub(super) fn text_of(&self, name: &str) -> Option<String> {
        self.get(name)?.text()
    }

    /// A field as text that says something.
    pub(super) fn word_of(&self, name: &str) -> Option<String> {
        self.text_of(name).filter(|text| !text.is_empty())
    }

    /// The items of a field as texts.
    pub(super) fn texts_of(&self, name: &str) -> Vec<String> {
        self.list(name).iter().filter_map(Self::text).collect()
    }

    /// A field as a truth value.
    pub(super) fn boolean_of(&self, name: &str) -> Option<bool> {
        match self.get(name)?.node.content {
            Content::Boolean(value) => Some(value),
            _ => None,
        }
    }
}
