//! What there is to say about a Clusterfile. Findings are collected, never thrown at the first one: a person who mends a file
//! wants to know everything at once.

use crate::Position;
use crate::excerpt::write_excerpt;
use crate::nearest::nearest;
use serde::Serialize;
use std::fmt;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The file cannot be meant like this.
    Error,
    /// The file is right, and this version cannot do what it asks for.
    NotYet,
    /// It can be done, and is probably not what was meant, or not wise.
    Warning,
}

impl Severity {
    /// The word in front of a finding.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::NotYet => "not supported yet",
            Self::Warning => "warning",
        }
    }
}

/// One thing to say about a Clusterfile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The name of the file.
    pub file: String,
    /// The physical line, counted from 1.
    pub line: usize,
    /// The column in it, in characters, counted from 1.
    pub column: usize,
    /// The field: `spec.hosts[0].roles`.
    pub field: String,
    /// What is wrong.
    pub message: String,
    /// What to do instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The line as it stands there, without secrets.
    pub text: String,
}

impl Finding {
    pub(super) fn new(
        severity: Severity,
        position: Position,
        field: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let Position { line, column } = position;
        let (field, message) = (field.into(), message.into());
        Self { severity, file: String::new(), line, column, field, message, hint: None, text: String::new() }
    }

    pub(super) fn error(position: Position, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, position, field, message)
    }

    pub(super) fn warning(position: Position, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, position, field, message)
    }

    #[must_use]
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same with the file's name and the line, in which secrets are blotted out.
    pub(super) fn placed(self, file: &str, lines: &[String]) -> Self {
        let line = lines.get(self.line.saturating_sub(1)).map(String::as_str).unwrap_or_default();
        Self { file: file.to_owned(), text: blotted(line), ..self }
    }
}

/// The line with asterisks for whatever follows a name that sounds like a secret. It looks at text and not at fields, because
/// a misspelt field and a file that is no YAML show their secrets, too.
fn blotted(line: &str) -> String {
    let marks = line.char_indices().filter(|(_, character)| matches!(character, ':' | '='));
    let secret = marks.map(|(mark, _)| mark).find(|mark| sounds_secret(&line[..*mark]));
    let Some((shown, hidden)) = secret.and_then(|mark| line.split_at_checked(mark + 1)) else { return line.to_owned() };
    let asterisk = |character: char| if character.is_whitespace() { character } else { '*' };
    format!("{shown}{}", hidden.chars().map(asterisk).collect::<String>())
}

/// Parts of names whose values are secrets, and whole names of which a slip of the finger may have been made.
const SECRET_PARTS: [&str; 5] = ["pas", "pwd", "secret", "token", "certificatekey"];
const SECRET_NAMES: [&str; 5] = ["passwd", "password", "pkpasswd", "secret", "token"];

/// Whether the last word of a text is the name of a secret, or nearly so.
fn sounds_secret(text: &str) -> bool {
    let ends = |character: char| !character.is_alphanumeric() && !"_-".contains(character);
    let word = text.trim_end_matches(['"', '\'']).rsplit(ends).next().unwrap_or_default().to_ascii_lowercase();
    SECRET_PARTS.iter().any(|part| word.contains(part)) || nearest(&word, &SECRET_NAMES).is_some()
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, file, line, column, field, message, .. } = self;
        let colon = if field.is_empty() { "" } else { ": " };
        write!(formatter, "{file}:{line}:{column}: {}: {field}{colon}{message}", severity.word())?;
        write_excerpt(formatter, &self.text, Position { line: *line, column: *column })?;
        match &self.hint {
            Some(hint) => write!(formatter, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// A Clusterfile that cannot be used, with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", list(findings))]
pub struct UnfitClusterfile {
    /// What keeps it from being used, in the order of the file.
    pub findings: Vec<Finding>,
}

fn list(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
