//! What goes wrong with a template, and where. The texts are worded as Go's `text/template`, Sprig and Helm word theirs; the parts
//! stay apart, so that a caller can point at the line without reading the text.

use std::fmt;
use std::rc::Rc;

use crate::print::quoted;

/// What a function of this crate gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a template or of a function called in it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A function fails; the executor adds template, line and the chain of includes.
    #[error("{0}")]
    Function(String),
    /// A function is called with too few or too many arguments, or arguments of the wrong kind.
    #[error("{0}")]
    Call(String),
    /// The template itself refuses to be rendered: `fail`, `required`.
    #[error("{0}")]
    Refusal(String),
    /// A limit of [`Limits`](crate::Limits) is reached.
    #[error("{0}")]
    Limit(String),
    /// A text is no template.
    #[error("template: {file}:{line}: {problem}")]
    Syntax {
        /// The name the text was given.
        file: Rc<str>,
        /// The line, from 1, where reading stopped.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// There is no template of the name that was asked for.
    #[error("template: no template {} associated with template \"gotpl\"", quoted(.0))]
    Missing(Rc<str>),
    /// `tpl` could not read or render its text.
    #[error("{context}: {cause}")]
    Nested {
        /// What was being done.
        context: String,
        /// Why it failed.
        cause: Box<Error>,
    },
    /// Something failed at a place of a template.
    #[error("{0}")]
    Execution(Box<Execution>),
}

/// A place in a template, and what went wrong there.
#[derive(Debug)]
pub struct Execution {
    /// The file, as it was named when it was parsed.
    pub file: Rc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The byte in the line, from 0.
    pub column: usize,
    /// The template, which has another name than the file within a `define`.
    pub executing: Rc<str>,
    /// The words of the source that failed.
    pub at: String,
    /// The function that failed, where one did.
    pub calling: Option<Rc<str>>,
    /// What went wrong; an `Execution` again where the function called another template.
    pub cause: Error,
}

impl Error {
    /// A function's own complaint.
    pub fn function(text: impl Into<String>) -> Self {
        Self::Function(text.into())
    }

    /// A complaint about the arguments of a call.
    pub fn call(text: impl Into<String>) -> Self {
        Self::Call(text.into())
    }

    /// The places that led here, the outermost first.
    pub fn places(&self) -> Vec<&Execution> {
        let chain = std::iter::successors(Some(self), |error| error.cause());
        chain.filter_map(|error| if let Self::Execution(place) = error { Some(&**place) } else { None }).collect()
    }

    /// What it comes down to, without the places.
    pub fn root(&self) -> &Self {
        std::iter::successors(Some(self), |error| error.cause()).last().unwrap_or(self)
    }

    /// Whether a text that was a template itself (`tpl`) failed on the way.
    pub fn is_nested(&self) -> bool {
        std::iter::successors(Some(self), |error| error.cause()).any(|error| matches!(error, Self::Nested { .. }))
    }

    fn cause(&self) -> Option<&Self> {
        match self {
            Self::Nested { cause, .. } => Some(cause),
            Self::Execution(place) => Some(&place.cause),
            _ => None,
        }
    }
}

impl fmt::Display for Execution {
    /// Places are written in a loop: a thousand templates may lie in one another.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place = self;
        loop {
            let executing = quoted(&place.executing);
            write!(out, "template: {}:{}:{}: ", place.file, place.line, place.column)?;
            write!(out, "executing {executing} at <{}>: ", place.at)?;
            if let Some(function) = &place.calling {
                write!(out, "error calling {function}: ")?;
            }
            match &place.cause {
                Error::Execution(next) => place = next,
                other => return write!(out, "{other}"),
            }
        }
    }
}
