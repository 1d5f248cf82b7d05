//! What goes wrong with a template, and where.

/// What a function of this crate gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a template or of a function called in it. The text is worded as Go's `text/template` and Sprig word theirs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A function refuses its arguments or fails; the executor adds template, line and the chain of includes.
    #[error("{0}")]
    Function(String),
}

impl Error {
    /// A function's own complaint.
    pub fn function(text: impl Into<String>) -> Self {
        Self::Function(text.into())
    }
}
