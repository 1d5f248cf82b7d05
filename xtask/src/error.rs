//! What can go wrong in a chore of the project. One type for the whole crate: every chore ends as a line on the terminal, so
//! the variants differ only in what a reader needs to find the cause.

use std::path::{Path, PathBuf};

/// The outcome of everything in this crate.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why a chore stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file or folder could not be read, written or moved.
    #[error("cannot {verb} {path}", path = path.display())]
    File {
        /// What was tried, as an infinitive: `read`, `rename`.
        verb: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A program could not be started at all.
    #[error("cannot start {program}")]
    Start {
        /// The program's name or path.
        program: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A program ran and failed.
    #[error("{command} ended with {status}{detail}")]
    Failed {
        /// The command line; secrets never stand in one.
        command: String,
        /// The exit status, in words.
        status: String,
        /// The end of what it printed, indented, or nothing.
        detail: String,
    },
    /// A document did not have the shape that was expected.
    #[error("cannot understand {what}")]
    Json {
        /// Whose output it was.
        what: String,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// Something that had to hold does not.
    #[error("{0}")]
    Unmet(String),
}

impl Error {
    /// For `map_err` after a file operation.
    pub(crate) fn file(verb: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { verb, path, source }
    }

    /// For `map_err` after parsing JSON.
    pub(crate) fn json(what: impl Into<String>) -> impl FnOnce(serde_json::Error) -> Self {
        let what = what.into();
        move |source| Self::Json { what, source }
    }

    /// A condition that does not hold, in words.
    pub(crate) fn unmet(text: impl Into<String>) -> Self {
        Self::Unmet(text.into())
    }

    /// The error and each of its causes, one a line.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut next = std::error::Error::source(self);
        while let Some(cause) = next {
            text.push_str("\n  because: ");
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }
}
