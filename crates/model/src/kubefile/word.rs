//! Words of an instruction: quotes, escapes, and variables that are filled in later.

mod reader;

use super::{Mistake, Position};
use reader::{Reader, Style};

/// A word whose variables are still to be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    position: Position,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Variable { name: String, position: Position, otherwise: Otherwise },
}

/// What a variable stands for besides its value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Otherwise {
    /// `$X`, `${X}`: it must be set.
    Nothing,
    /// `${X:-word}`, and without the colon `${X-word}`: the word when it is unset (or, with the colon, empty).
    Default { pieces: Vec<Piece>, for_empty: bool },
    /// `${X:+word}`, and without the colon `${X+word}`: the word when it is set (and, with the colon, not empty).
    Alternative { pieces: Vec<Piece>, for_empty: bool },
}

/// No path, value or label of a Kubefile is longer; without a bound a few lines could double a value for ever.
const LONGEST: usize = 64 * 1024;

impl Word {
    /// A word as it stands in an instruction, with quotes and escapes. `place` maps offsets in `text` to positions.
    pub(super) fn quoted(text: &str, escape: char, place: &dyn Fn(usize) -> Position) -> Result<Self, Mistake> {
        let pieces = Reader::new(text, escape, Style::Word, place).read()?;
        Ok(Self { position: place(0), pieces })
    }

    /// A string of a JSON list: variables count, quotes are ordinary characters.
    pub(super) fn listed(text: &str, escape: char, position: Position) -> Result<Self, Mistake> {
        let pieces = Reader::new(text, escape, Style::Item, &|_| position).read()?;
        Ok(Self { position, pieces })
    }

    /// A here-document: variables count, and the escape character before `$` and itself.
    pub(super) fn document(text: &str, escape: char, position: Position) -> Result<Self, Mistake> {
        let pieces = Reader::new(text, escape, Style::Document, &|_| position).read()?;
        Ok(Self { position, pieces })
    }

    /// A text in which nothing has a meaning of its own.
    pub(super) fn verbatim(text: &str, position: Position) -> Self {
        Self { position, pieces: vec![Piece::Literal(text.to_owned())] }
    }

    /// Where the word begins.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// A mistake in this word.
    pub fn mistake(&self, message: impl Into<String>) -> Mistake {
        Mistake::new(self.position, message)
    }

    /// The word's text with its variables filled in.
    ///
    /// # Errors
    /// When a variable without default is not set, or the text becomes absurdly long.
    pub fn expand(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, Mistake> {
        let mut text = String::new();
        expand(&self.pieces, lookup, &mut text)?;
        if text.len() > LONGEST {
            return Err(self.mistake(format!("the text becomes longer than {LONGEST} bytes")));
        }
        Ok(text)
    }

    /// The text of a word in which no variable occurs.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }
}

fn expand(pieces: &[Piece], lookup: &dyn Fn(&str) -> Option<String>, text: &mut String) -> Result<(), Mistake> {
    for piece in pieces {
        match piece {
            // Whoever asked sees that the text is too long; it need not become longer.
            _ if text.len() > LONGEST => return Ok(()),
            Piece::Literal(literal) => text.push_str(literal),
            Piece::Variable { name, position, otherwise } => match (lookup(name), otherwise) {
                (Some(value), Otherwise::Nothing) => text.push_str(&value),
                (None, Otherwise::Nothing) => return Err(unset(name, *position)),
                (value, Otherwise::Default { pieces, for_empty }) => {
                    match value.filter(|value| counts(value, *for_empty)) {
                        Some(value) => text.push_str(&value),
                        None => expand(pieces, lookup, text)?,
                    }
                }
                (value, Otherwise::Alternative { pieces, for_empty }) => {
                    if value.is_some_and(|value| counts(&value, *for_empty)) {
                        expand(pieces, lookup, text)?;
                    }
                }
            },
        }
    }
    Ok(())
}

/// Whether a value that is set counts as set; with the colon, an empty one does not.
fn counts(value: &str, for_empty: bool) -> bool {
    !(for_empty && value.is_empty())
}

fn unset(name: &str, position: Position) -> Mistake {
    Mistake::new(position, format!("the variable {name} is not set here")).hint(format!(
        "declare it above with ARG {name} or ENV {name}=..., give it a default with ${{{name}:-...}}, \
         or write \\${name} for the text itself"
    ))
}
