//! Letters made large or small, and names rewritten in other conventions.

use super::Table;
use super::strings::map_one;
use crate::raw;

pub(super) const TABLE: Table = &[
    ("upper", |arguments| map_one("upper", arguments, |text| text.chars().map(upper).collect::<String>())),
    ("lower", |arguments| map_one("lower", arguments, |text| text.chars().map(lower).collect::<String>())),
    ("title", |arguments| map_one("title", arguments, title)),
    ("untitle", |arguments| map_one("untitle", arguments, untitle)),
    ("swapcase", |arguments| map_one("swapcase", arguments, swap)),
    ("initials", |arguments| map_one("initials", arguments, initials)),
    ("camelcase", |arguments| map_one("camelcase", arguments, camel)),
    ("snakecase", |arguments| map_one("snakecase", arguments, |text| separated(text, '_'))),
    ("kebabcase", |arguments| map_one("kebabcase", arguments, |text| separated(text, '-'))),
];

/// The one capital letter of a letter; where there would be several, as of `ß`, the letter itself, as in Go.
fn upper(letter: char) -> char {
    let mut capitals = letter.to_uppercase();
    match (capitals.next(), capitals.next()) {
        (Some(capital), None) => capital,
        _ => letter,
    }
}

fn lower(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

/// The first letter of each word made large; letters, digits and `_` make words.
fn title(text: &str) -> String {
    let mut before = ' ';
    let title = |character: char| {
        let starts = !(before.is_alphanumeric() || before == '_');
        before = character;
        if starts { upper(character) } else { character }
    };
    text.chars().map(title).collect()
}

/// The first letter behind each blank made small.
fn untitle(text: &str) -> String {
    let mut before = ' ';
    let untitle = |character: char| {
        let starts = before.is_whitespace();
        before = character;
        if starts { lower(character) } else { character }
    };
    text.chars().map(untitle).collect()
}

fn swap(text: &str) -> String {
    text.chars().map(|one| if one.is_uppercase() { lower(one) } else { upper(one) }).collect()
}

/// The first byte of each word, taken for a letter, as in Go.
fn initials(text: &str) -> String {
    let mut after_blank = true;
    let first = |byte: &u8| {
        let blank = char::from(*byte).is_whitespace();
        let is_first = after_blank && !blank;
        after_blank = blank;
        is_first
    };
    raw::bytes(text).iter().copied().filter(first).map(char::from).collect()
}

fn is_connector(character: char) -> bool {
    matches!(character, '_' | '-' | ' ')
}

/// `http_server` as `HttpServer`: one connector between words goes, those in front and behind stay.
fn camel(text: &str) -> String {
    let words = text.trim_matches(is_connector);
    if words.is_empty() {
        return text.to_owned();
    }
    let start = text.len() - text.trim_start_matches(is_connector).len();
    let mut out = text[..start].to_owned();
    for (index, word) in words.split(is_connector).enumerate() {
        if index > 0 && word.is_empty() {
            out.push('_');
        }
        out.push_str(&capitalised(word));
    }
    out.push_str(&text[start + words.len()..]);
    out
}

/// A word with a large first letter; one that starts with two large letters is taken for one in capitals.
fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let Some(first) = letters.next() else { return String::new() };
    let rest = letters.as_str();
    let in_capitals = first.is_uppercase() && rest.starts_with(char::is_uppercase);
    let rest: String = if in_capitals { rest.chars().map(lower).collect() } else { rest.to_owned() };
    format!("{}{rest}", upper(first))
}

/// What a word is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letters,
    /// Digits, and small letters that follow them.
    Number,
    Connector,
    Punctuation,
    Symbol,
}

/// `HTTPServer` as `http_server`, with that connector.
fn separated(text: &str, connector: char) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut previous = Kind::Connector;
    let mut rest = text;
    while let Some((kind, length)) = word(rest) {
        let word = &rest[..length];
        rest = &rest[length..];
        // digits alone belong to the word in front of them
        let belongs = kind == Kind::Number && previous == Kind::Letters && word.chars().all(char::is_numeric);
        let loose = |kind| matches!(kind, Kind::Connector | Kind::Punctuation);
        if !belongs && !loose(kind) && !loose(previous) {
            out.push(connector);
        }
        out.extend(word.chars().map(|one| if kind == Kind::Connector { connector } else { lower(one) }));
        previous = if belongs { Kind::Letters } else { kind };
    }
    out
}

/// The kind and length of the first word.
fn word(text: &str) -> Option<(Kind, usize)> {
    let first = text.chars().next()?;
    let run = |fits: fn(char) -> bool| text.find(|one| !fits(one)).unwrap_or(text.len());
    Some(match first {
        _ if is_connector(first) => (Kind::Connector, run(is_connector)),
        _ if first.is_numeric() => {
            (Kind::Number, run(|one| one.is_numeric() || one.is_alphabetic() && !one.is_uppercase()))
        }
        _ if first.is_uppercase() => (Kind::Letters, capital_word(text)),
        _ if first.is_alphabetic() => (Kind::Letters, run(|one| one.is_alphabetic() && !one.is_uppercase())),
        _ if matches!(first, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~') => (Kind::Symbol, first.len_utf8()),
        _ => (Kind::Punctuation, first.len_utf8()),
    })
}

/// A word with one capital, or several capitals of which the last starts the next word if that goes on in small letters.
fn capital_word(text: &str) -> usize {
    let is_small = |one: char| one.is_alphabetic() && !one.is_uppercase();
    let capitals = text.find(|one: char| !one.is_uppercase()).unwrap_or(text.len());
    let small = text[capitals..].find(|one| !is_small(one)).unwrap_or(text.len() - capitals);
    let last = text[..capitals].char_indices().next_back().map_or(0, |(start, _)| start);
    match (small, last) {
        (0, _) => capitals,
        (small, 0) => capitals + small,
        (_, last) => last,
    }
}
