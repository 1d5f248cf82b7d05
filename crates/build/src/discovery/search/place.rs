//! Where in a document a walk is, in the words of `kubectl explain`: `spec.template.spec.containers[0].image`.

use serde_json::Value;

/// A document and a field in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    document: Option<String>,
    /// What stands before the field where a document lies in a text of another.
    outer: String,
    field: String,
    /// The length of the field at each level.
    levels: Vec<usize>,
}

impl Place {
    /// The top of a document.
    pub(super) fn of(document: &Value) -> Self {
        Self { document: label(document), ..Self::default() }
    }

    /// `Kind/name`.
    pub(super) fn document(&self) -> Option<&str> {
        self.document.as_deref()
    }

    pub(super) fn depth(&self) -> usize {
        self.levels.len()
    }

    pub(super) fn enter_key(&mut self, key: &str) {
        self.levels.push(self.field.len());
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-$".contains(letter);
        if !key.is_empty() && key.chars().all(plain) {
            if !self.field.is_empty() {
                self.field.push('.');
            }
            self.field.push_str(key);
        } else {
            self.field.push_str(&format!("[\"{key}\"]"));
        }
    }

    pub(super) fn enter_index(&mut self, index: usize) {
        self.levels.push(self.field.len());
        self.field.push_str(&format!("[{index}]"));
    }

    pub(super) fn leave(&mut self) {
        self.field.truncate(self.levels.pop().unwrap_or(0));
    }

    /// The field.
    pub(super) fn field(&self) -> String {
        format!("{}{}", self.outer, self.field)
    }

    /// A field below this one.
    pub(super) fn below(&self, field: &str) -> String {
        let dot = if self.field.is_empty() { "" } else { "." };
        format!("{}{dot}{field}", self.field())
    }

    /// The top of a document that lies in the text of this field.
    pub(super) fn inside(&self, document: &Value) -> Self {
        let name = label(document).map(|name| format!("{name} ")).unwrap_or_default();
        Self { document: self.document.clone(), outer: format!("{}: {name}", self.field()), ..Self::default() }
    }
}

fn label(document: &Value) -> Option<String> {
    let kind = document["kind"].as_str()?;
    let metadata = &document["metadata"];
    let name = metadata["name"].as_str().or(metadata["generateName"].as_str());
    Some(format!("{kind}/{}", name.unwrap_or("?")))
}
