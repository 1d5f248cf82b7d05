//! A user's values: several files and the options that set single ones, put over one another in Helm's order.

use sealer_template::{Map, Value, json};

use super::{expression, read_documents, table};
use crate::error::{Error, Result};

/// Reads the file that `--set-file` names.
pub type ReadFile<'a> = &'a dyn Fn(&str) -> std::result::Result<String, String>;

/// Where a user's values come from. Files come first, then the options by kind, each in the order given.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Texts of values files with their names, which errors give.
    pub files: Vec<(String, String)>,
    /// What single options set.
    pub expressions: Vec<Expression>,
}

/// One option that sets values.
#[derive(Debug, Clone)]
pub struct Expression {
    /// How it is read.
    pub kind: ExpressionKind,
    /// What was given: `a.b=1`.
    pub text: String,
}

/// How an option's text is read. The order is that in which Helm applies them, whatever the command line's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExpressionKind {
    /// `--set-json`: a JSON value after each key, or a whole JSON object.
    Json,
    /// `--set`: truth values, whole numbers, null, lists in braces, and else texts.
    Typed,
    /// `--set-string`: texts and lists of them.
    Text,
    /// `--set-file`: the text of a file.
    File,
    /// `--set-literal`: all after the first `=` is the text.
    Literal,
}

impl ExpressionKind {
    /// The option's name.
    pub fn option(self) -> &'static str {
        match self {
            Self::Json => "--set-json",
            Self::Typed => "--set",
            Self::Text => "--set-string",
            Self::File => "--set-file",
            Self::Literal => "--set-literal",
        }
    }
}

impl Sources {
    /// The values as one map; nils stay, for they take defaults away.
    ///
    /// # Errors
    /// A file or an option makes no sense, or a file for `--set-file` cannot be read.
    pub fn merge(&self, read: ReadFile<'_>) -> Result<Map> {
        let all = Map::default();
        for (name, text) in &self.files {
            let failed = |problem| Error::Values { origin: format!("failed to parse {name}"), problem };
            table::put_over(&all, &read_documents(text).map_err(failed)?);
        }
        let mut expressions: Vec<&Expression> = self.expressions.iter().collect();
        expressions.sort_by_key(|expression| expression.kind);
        for Expression { kind, text } in expressions {
            let origin = || format!("failed parsing {} data {text:?}", kind.option());
            match whole_object(*kind, text) {
                Some(read) => {
                    let object = read.map_err(|problem| Error::Values { origin: origin(), problem })?;
                    table::put_over(&all, &object);
                }
                None => expression::apply(*kind, text, &all, read)
                    .map_err(|problem| Error::Values { origin: origin(), problem })?,
            }
        }
        Ok(all)
    }
}

/// `--set-json` with an object instead of keys.
fn whole_object(kind: ExpressionKind, text: &str) -> Option<std::result::Result<Map, String>> {
    if kind != ExpressionKind::Json || !text.trim().starts_with('{') {
        return None;
    }
    Some(match json::read(text.trim()) {
        Ok(Value::Map(map)) => Ok(map),
        Ok(_) => Err("it is no object".to_owned()),
        Err(error) => Err(error.to_string()),
    })
}
