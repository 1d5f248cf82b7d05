//! From text to tokens. A trim marker takes the white space on its own side only; a comment is no token at all.

use std::borrow::Cow;

use super::token::{Keyword, Kind, Token};

const LEFT: &str = "{{";
const RIGHT: &str = "}}";
const COMMENT_LEFT: &str = "/*";
const COMMENT_RIGHT: &str = "*/";

/// A minus and the white space that makes it a trim marker.
const MARKER: usize = 2;

/// White space to Go's templates, and no other.
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

/// Reads tokens one at a time.
pub(super) struct Lexer<'text> {
    input: &'text str,
    position: usize,
    /// The line of `counted`, so that lines are counted once.
    line: usize,
    counted: usize,
    inside: bool,
    parentheses: usize,
    finished: bool,
}

impl<'text> Lexer<'text> {
    pub(super) fn new(input: &'text str) -> Self {
        Self { input, position: 0, line: 1, counted: 0, inside: false, parentheses: 0, finished: false }
    }

    /// The next token; after the end or an error always `End`.
    pub(super) fn next(&mut self) -> Token<'text> {
        if self.finished {
            return self.token(Kind::End, self.position);
        }
        if self.inside { self.inside_action() } else { self.text() }
    }

    fn rest(&self) -> &'text str {
        self.input.get(self.position..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The token from `start` to here.
    fn token(&mut self, kind: Kind, start: usize) -> Token<'text> {
        self.spell(kind, start, self.position)
    }

    fn spell(&mut self, kind: Kind, start: usize, end: usize) -> Token<'text> {
        let line = self.line_of(start);
        Token { kind, position: start, line, text: Cow::Borrowed(self.input.get(start..end).unwrap_or("")) }
    }

    fn line_of(&mut self, position: usize) -> usize {
        let between = self.input.as_bytes().get(self.counted..position).unwrap_or(&[]);
        self.line += between.iter().filter(|byte| **byte == b'\n').count();
        self.counted = self.counted.max(position);
        self.line
    }

    fn error(&mut self, start: usize, text: impl Into<String>) -> Token<'text> {
        self.finished = true;
        let line = self.line_of(start);
        Token { kind: Kind::Error, position: start, line, text: Cow::Owned(text.into()) }
    }

    /// Text up to the next `{{`, without comments.
    fn text(&mut self) -> Token<'text> {
        loop {
            let start = self.position;
            let Some(length) = self.rest().find(LEFT) else {
                self.position = self.input.len();
                self.finished = self.position == start;
                return if self.finished { self.token(Kind::End, start) } else { self.token(Kind::Text, start) };
            };
            let delimiter = start + length;
            let trims = starts_with_left_marker(self.input.get(delimiter + LEFT.len()..).unwrap_or(""));
            let text = self.input.get(start..delimiter).unwrap_or("");
            let end = start + if trims { text.trim_end_matches(SPACES).len() } else { length };
            self.position = delimiter;
            if end > start {
                return self.spell(Kind::Text, start, end);
            }
            if let Some(token) = self.left_delimiter(trims) {
                return token;
            }
        }
    }

    /// The delimiter, or nothing where it opens a comment, which is then skipped.
    fn left_delimiter(&mut self, trims: bool) -> Option<Token<'text>> {
        let start = self.position;
        let after_marker = start + LEFT.len() + if trims { MARKER } else { 0 };
        if self.input.get(after_marker..).unwrap_or("").starts_with(COMMENT_LEFT) {
            self.position = after_marker;
            return self.comment();
        }
        self.position += LEFT.len();
        let token = self.token(Kind::LeftDelimiter, start);
        self.position = after_marker;
        self.inside = true;
        self.parentheses = 0;
        Some(token)
    }

    fn comment(&mut self) -> Option<Token<'text>> {
        let start = self.position;
        let Some(end) = self.rest().get(COMMENT_LEFT.len()..).and_then(|rest| rest.find(COMMENT_RIGHT)) else {
            return Some(self.error(start, "unclosed comment"));
        };
        self.position += COMMENT_LEFT.len() + end + COMMENT_RIGHT.len();
        let Some(trims) = right_delimiter(self.rest()) else {
            return Some(self.error(start, "comment ends before closing delimiter"));
        };
        self.close(trims);
        None
    }

    /// Steps over the closing delimiter, its marker, and the white space that the marker takes.
    fn close(&mut self, trims: bool) {
        self.position += RIGHT.len() + if trims { MARKER } else { 0 };
        if trims {
            self.position = self.input.len() - self.rest().trim_start_matches(SPACES).len();
        }
    }

    fn inside_action(&mut self) -> Token<'text> {
        let start = self.position;
        if let Some(trims) = right_delimiter(self.rest()) {
            return self.end_of_action(trims);
        }
        let Some(first) = self.peek() else {
            return self.error(start, "unclosed action");
        };
        self.position += first.len_utf8();
        match first {
            _ if SPACES.contains(&first) => self.space(start),
            '=' => self.token(Kind::Assign, start),
            ':' => self.declare(start),
            '|' => self.token(Kind::Pipe, start),
            '"' => self.quoted(start, '"', Kind::QuotedText, "unterminated quoted string"),
            '\'' => self.quoted(start, '\'', Kind::CharacterConstant, "unterminated character constant"),
            '`' => self.raw(start),
            '$' => self.variable(start),
            '.' if !self.peek().is_some_and(|next| next.is_ascii_digit()) => self.field(start),
            '+' | '-' | '.' | '0'..='9' => self.number(start),
            _ if is_word(first) => self.word(start),
            '(' | ')' => self.parenthesis(start, first),
            ' '..='~' => self.token(Kind::Character, start),
            _ => self.error(start, format!("unrecognized character in action: {}", unicode(first))),
        }
    }

    fn end_of_action(&mut self, trims: bool) -> Token<'text> {
        let start = self.position + if trims { MARKER } else { 0 };
        if self.parentheses > 0 {
            return self.error(start, "unclosed left paren");
        }
        self.close(trims);
        self.inside = false;
        self.spell(Kind::RightDelimiter, start, start + RIGHT.len())
    }

    /// A run of white space, but not the one character that belongs to a closing trim marker.
    fn space(&mut self, start: usize) -> Token<'text> {
        while self.peek().is_some_and(|next| SPACES.contains(&next)) && right_delimiter(self.rest()).is_none() {
            self.position += 1;
        }
        self.token(Kind::Space, start)
    }

    fn declare(&mut self, start: usize) -> Token<'text> {
        if self.peek() != Some('=') {
            return self.error(start, "expected :=");
        }
        self.position += 1;
        self.token(Kind::Declare, start)
    }

    fn parenthesis(&mut self, start: usize, which: char) -> Token<'text> {
        if which == '(' {
            self.parentheses += 1;
            return self.token(Kind::LeftParenthesis, start);
        }
        match self.parentheses.checked_sub(1) {
            Some(left) => self.parentheses = left,
            None => return self.error(start, "unexpected right paren"),
        }
        self.token(Kind::RightParenthesis, start)
    }

    fn quoted(&mut self, start: usize, quote: char, kind: Kind, unterminated: &str) -> Token<'text> {
        let mut escaped = false;
        for (offset, character) in self.rest().char_indices() {
            match character {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if character == quote => {
                    self.position += offset + 1;
                    return self.token(kind, start);
                }
                _ => {}
            }
        }
        self.error(start, unterminated)
    }

    fn raw(&mut self, start: usize) -> Token<'text> {
        match self.rest().find('`') {
            Some(end) => {
                self.position += end + 1;
                self.token(Kind::RawText, start)
            }
            None => self.error(start, "unterminated raw quoted string"),
        }
    }

    fn variable(&mut self, start: usize) -> Token<'text> {
        if self.at_terminator() {
            return self.token(Kind::Variable, start);
        }
        self.named(start, Kind::Variable)
    }

    fn field(&mut self, start: usize) -> Token<'text> {
        if self.at_terminator() {
            return self.token(Kind::Dot, start);
        }
        self.named(start, Kind::Field)
    }

    fn named(&mut self, start: usize, kind: Kind) -> Token<'text> {
        self.skip_word();
        if !self.at_terminator() {
            return self.bad_character(start);
        }
        self.token(kind, start)
    }

    fn word(&mut self, start: usize) -> Token<'text> {
        self.skip_word();
        if !self.at_terminator() {
            return self.bad_character(start);
        }
        let word = self.input.get(start..self.position).unwrap_or("");
        let kind = match word {
            "true" | "false" => Kind::Bool,
            "nil" => Kind::Nil,
            _ => Keyword::of(word).map_or(Kind::Identifier, Kind::Keyword),
        };
        self.token(kind, start)
    }

    fn skip_word(&mut self) {
        let rest = self.rest();
        self.position += rest.find(|character| !is_word(character)).unwrap_or(rest.len());
    }

    fn bad_character(&mut self, start: usize) -> Token<'text> {
        let found = self.peek().map_or_else(|| "U+FFFFFFFFFFFFFFFF".to_owned(), unicode);
        self.error(start, format!("bad character {found}"))
    }

    /// Whether a name may end here.
    fn at_terminator(&self) -> bool {
        match self.peek() {
            None => true,
            Some(next) => SPACES.contains(&next) || ".,|:)(".contains(next) || self.rest().starts_with(RIGHT),
        }
    }

    /// A number, roughly: whether it is one is found out when its value is read. Two with nothing between them are a complex one.
    fn number(&mut self, start: usize) -> Token<'text> {
        self.position = start;
        let mut good = self.scan_number();
        if good && matches!(self.peek(), Some('+' | '-')) {
            good = self.scan_number() && self.input.get(..self.position).is_some_and(|text| text.ends_with('i'));
        }
        if !good {
            let text = self.input.get(start..self.position).unwrap_or("");
            return self.error(start, format!("bad number syntax: {}", crate::print::quoted(text)));
        }
        self.token(Kind::Number, start)
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        let exponent = match digits.len() {
            11 => "eE",
            23 => "pP",
            _ => "",
        };
        if !exponent.is_empty() && self.accept(exponent) {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        match self.peek().filter(|next| is_word(*next)) {
            Some(more) => {
                self.position += more.len_utf8();
                false
            }
            None => true,
        }
    }

    fn accept(&mut self, set: &str) -> bool {
        let found = self.peek().is_some_and(|next| set.contains(next));
        self.position += usize::from(found);
        found
    }

    fn accept_run(&mut self, set: &str) {
        while self.accept(set) {}
    }
}

fn starts_with_left_marker(rest: &str) -> bool {
    let mut characters = rest.chars();
    characters.next() == Some('-') && characters.next().is_some_and(|next| SPACES.contains(&next))
}

/// Whether a closing delimiter starts here, and whether it trims.
fn right_delimiter(rest: &str) -> Option<bool> {
    if rest.starts_with(RIGHT) {
        return Some(false);
    }
    let marker = rest.strip_prefix(SPACES)?.strip_prefix('-')?;
    marker.starts_with(RIGHT).then_some(true)
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// `U+0041 'A'`
fn unicode(character: char) -> String {
    format!("U+{:04X} '{character}'", u32::from(character))
}
