//! Mistakes in a Kubefile, and how they are shown.

use crate::excerpt::write_excerpt;
use std::fmt;

pub use crate::excerpt::Position;

/// What is wrong and where, without the file around it; [`super::Kubefile::explain`] adds that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it is.
    pub position: Position,
    /// What is wrong.
    pub message: String,
    /// What to do instead.
    pub hint: Option<String>,
}

impl Mistake {
    /// A mistake without a hint.
    pub fn new(position: Position, message: impl Into<String>) -> Self {
        Self { position, message: message.into(), hint: None }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A mistake together with the file and the line it is in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct KubefileError {
    /// The name of the file.
    pub file: String,
    /// The physical line, as it stands there.
    pub text: String,
    /// What is wrong, where in it, and what to do instead.
    pub mistake: Mistake,
}

impl fmt::Display for KubefileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.mistake.position;
        write!(formatter, "{}:{line}:{column}: {}", self.file, self.mistake.message)?;
        write_excerpt(formatter, &self.text, self.mistake.position)?;
        match &self.mistake.hint {
            Some(hint) => write!(formatter, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}
