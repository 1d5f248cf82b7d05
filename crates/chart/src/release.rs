//! `.Release`: under which name and where a chart is installed.

use sealer_template::Value;

/// An installation of a chart.
#[derive(Debug, Clone)]
pub struct Release {
    /// The name.
    pub name: String,
    /// The namespace.
    pub namespace: String,
    /// Whether it replaces an earlier revision.
    pub is_upgrade: bool,
    /// The revision, from 1.
    pub revision: u32,
}

impl Release {
    /// A first installation.
    pub fn new(name: impl Into<String>, namespace: impl Into<String>) -> Self {
        Self { name: name.into(), namespace: namespace.into(), is_upgrade: false, revision: 1 }
    }

    /// As templates see it.
    pub(crate) fn value(&self) -> Value {
        Value::map([
            ("IsInstall".to_owned(), Value::Bool(!self.is_upgrade)),
            ("IsUpgrade".to_owned(), Value::Bool(self.is_upgrade)),
            ("Name".to_owned(), Value::text(self.name.as_str())),
            ("Namespace".to_owned(), Value::text(self.namespace.as_str())),
            ("Revision".to_owned(), Value::Int(i64::from(self.revision))),
            ("Service".to_owned(), Value::text("Helm")),
        ])
    }
}
