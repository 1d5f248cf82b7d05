//! Tokens: the words of the language inside `{{` and `}}`, and the text outside.

use std::borrow::Cow;
use std::fmt;

use crate::print::quoted;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The text is what is wrong.
    Error,
    /// `=`
    Assign,
    Bool,
    /// One printable character with no meaning of its own, such as a comma.
    Character,
    /// `'a'`
    CharacterConstant,
    /// `:=`
    Declare,
    End,
    /// `.name`
    Field,
    Identifier,
    LeftDelimiter,
    LeftParenthesis,
    Number,
    Pipe,
    RawText,
    RightDelimiter,
    RightParenthesis,
    Space,
    QuotedText,
    /// What lies outside the delimiters.
    Text,
    /// `$` or `$name`
    Variable,
    Dot,
    Nil,
    Keyword(Keyword),
}

/// The words that open, close and steer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

impl Keyword {
    /// The keyword that this word is.
    pub(super) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "block" => Self::Block,
            "break" => Self::Break,
            "continue" => Self::Continue,
            "define" => Self::Define,
            "else" => Self::Else,
            "end" => Self::End,
            "if" => Self::If,
            "range" => Self::Range,
            "template" => Self::Template,
            "with" => Self::With,
            _ => return None,
        })
    }
}

/// A token with its place.
#[derive(Debug, Clone)]
pub(super) struct Token<'text> {
    pub(super) kind: Kind,
    /// Byte where it starts.
    pub(super) position: usize,
    /// Line where it starts, from 1.
    pub(super) line: usize,
    pub(super) text: Cow<'text, str>,
}

impl fmt::Display for Token<'_> {
    /// As Go shows a token it did not expect.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::End => out.write_str("EOF"),
            Kind::Error => out.write_str(&self.text),
            Kind::Keyword(_) | Kind::Dot | Kind::Nil => write!(out, "<{}>", self.text),
            _ if self.text.len() > 10 => {
                let start: String = self.text.chars().take(10).collect();
                write!(out, "{}...", quoted(&start))
            }
            _ => out.write_str(&quoted(&self.text)),
        }
    }
}
