//! Reads the pieces of a word.

use super::{Mistake, Otherwise, Piece, Position};
use std::iter::Peekable;
use std::str::CharIndices;

/// `${a:-${b:-${c}}}` may nest this deep; deeper is an attack on the stack.
const DEEPEST: usize = 8;

/// What has a meaning besides variables.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// A word of an instruction: quotes, and the escape character before anything.
    Word,
    /// A string of a JSON list: the escape character alone.
    Item,
    /// A here-document, as in a shell: the escape character before `$` and itself; before anything else it stands for itself.
    Document,
}

pub(super) struct Reader<'a> {
    characters: Peekable<CharIndices<'a>>,
    length: usize,
    escape: char,
    style: Style,
    place: &'a dyn Fn(usize) -> Position,
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, escape: char, style: Style, place: &'a dyn Fn(usize) -> Position) -> Self {
        let characters = text.char_indices().peekable();
        Self { characters, length: text.len(), escape, style, place, depth: 0 }
    }

    /// The whole text.
    pub(super) fn read(mut self) -> Result<Vec<Piece>, Mistake> {
        self.pieces(None)
    }

    /// Pieces up to the closing character, which is consumed.
    fn pieces(&mut self, closing: Option<char>) -> Result<Vec<Piece>, Mistake> {
        let mut pieces = Vec::new();
        let start = self.offset();
        while let Some((offset, character)) = self.characters.next() {
            match character {
                _ if Some(character) == closing => return Ok(pieces),
                '$' => self.variable(offset, &mut pieces)?,
                '\'' if self.style == Style::Word => self.single_quoted(offset, &mut pieces)?,
                '"' if self.style == Style::Word => self.double_quoted(offset, &mut pieces)?,
                _ if character == self.escape => self.escaped(&mut pieces),
                _ => push(&mut pieces, character),
            }
        }
        match closing {
            Some(closing) => Err(self.mistake(start, format!("{closing} is missing"))),
            None => Ok(pieces),
        }
    }

    /// What stands behind an escape character.
    fn escaped(&mut self, pieces: &mut Vec<Piece>) {
        let escape = self.escape;
        let counts = |next: &(usize, char)| self.style != Style::Document || matches!(next.1, '$') || next.1 == escape;
        match self.characters.next_if(counts) {
            Some((_, escaped)) => push(pieces, escaped),
            None => push(pieces, escape),
        }
    }

    fn single_quoted(&mut self, start: usize, pieces: &mut Vec<Piece>) -> Result<(), Mistake> {
        push_text(pieces, "");
        for (_, character) in self.characters.by_ref() {
            if character == '\'' {
                return Ok(());
            }
            push(pieces, character);
        }
        Err(self.mistake(start, "the closing ' is missing"))
    }

    fn double_quoted(&mut self, start: usize, pieces: &mut Vec<Piece>) -> Result<(), Mistake> {
        push_text(pieces, "");
        while let Some((offset, character)) = self.characters.next() {
            match character {
                '"' => return Ok(()),
                '$' => self.variable(offset, pieces)?,
                _ if character == self.escape => {
                    let special = ['"', '$', self.escape];
                    match self.characters.next_if(|(_, next)| special.contains(next)) {
                        Some((_, escaped)) => push(pieces, escaped),
                        None => push(pieces, character),
                    }
                }
                _ => push(pieces, character),
            }
        }
        Err(self.mistake(start, "the closing \" is missing"))
    }

    /// What follows a `$`.
    fn variable(&mut self, start: usize, pieces: &mut Vec<Piece>) -> Result<(), Mistake> {
        let braced = self.characters.next_if(|(_, next)| *next == '{').is_some();
        let name = self.name();
        if name.is_empty() && !braced {
            push(pieces, '$');
            return Ok(());
        }
        if name.is_empty() {
            return Err(self.mistake(start, "a variable's name is missing after ${"));
        }
        let otherwise = if braced { self.otherwise(start)? } else { Otherwise::Nothing };
        pieces.push(Piece::Variable { name, position: (self.place)(start), otherwise });
        Ok(())
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        let fits = |name: &String, character: char| {
            character == '_' || character.is_ascii_alphabetic() || (character.is_ascii_digit() && !name.is_empty())
        };
        while let Some((_, character)) = self.characters.next_if(|(_, next)| fits(&name, *next)) {
            name.push(character);
        }
        name
    }

    /// What follows the name in `${name...}`, up to and with the brace.
    fn otherwise(&mut self, start: usize) -> Result<Otherwise, Mistake> {
        if self.characters.next_if(|(_, next)| *next == '}').is_some() {
            return Ok(Otherwise::Nothing);
        }
        let for_empty = self.characters.next_if(|(_, next)| *next == ':').is_some();
        let modifier = self.characters.next().map(|(_, character)| character);
        if !matches!(modifier, Some('-' | '+')) {
            let message = "only ${X}, ${X:-default}, ${X-default}, ${X:+other} and ${X+other} are known";
            return Err(self.mistake(start, message));
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.mistake(start, "variables are nested too deep"));
        }
        let pieces = self.pieces(Some('}'))?;
        self.depth -= 1;
        match modifier {
            Some('+') => Ok(Otherwise::Alternative { pieces, for_empty }),
            _ => Ok(Otherwise::Default { pieces, for_empty }),
        }
    }

    fn offset(&mut self) -> usize {
        self.characters.peek().map_or(self.length, |(offset, _)| *offset)
    }

    fn mistake(&self, offset: usize, message: impl Into<String>) -> Mistake {
        Mistake::new((self.place)(offset), message)
    }
}

fn push(pieces: &mut Vec<Piece>, character: char) {
    push_text(pieces, character.encode_utf8(&mut [0; 4]));
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        Some(Piece::Literal(literal)) => literal.push_str(text),
        _ => pieces.push(Piece::Literal(text.to_owned())),
    }
}
