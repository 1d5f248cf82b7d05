//! What is wrong with a text that is no YAML, in the words and lines of Go's reader: templates get to see them (`fromYaml`).

use granit_parser::ScanError;

use super::scalar::is_readable;
use crate::error::Error;
use crate::raw;

/// Whose rule was broken: Go's scanner counts lines from 1, its parser from 0, and neither names the first one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Scanner,
    Parser,
    /// At the end of the text.
    ParserAtEnd,
    ScannerAtEnd,
    /// Where the next line begins.
    ScannerBehind,
}

const NO_TOKEN: &str = "found character that cannot start any token";

/// The parser's words, or the beginning or end of them, and Go's.
const WORDS: [(&str, &str, Who); 9] = [
    ("unclosed bracket '['", "did not find expected ',' or ']'", Who::ParserAtEnd),
    ("unclosed bracket '{'", "did not find expected ',' or '}'", Who::ParserAtEnd),
    ("unclosed quote", "found unexpected end of stream", Who::ScannerAtEnd),
    ("unexpected character:", NO_TOKEN, Who::Scanner),
    ("tabs disallowed", NO_TOKEN, Who::Scanner),
    ("while parsing a block collection, did not find expected '-'", "did not find expected '-' indicator", Who::Parser),
    ("while parsing a block mapping, did not find expected key", "did not find expected key", Who::Parser),
    ("while parsing a quoted scalar, found unknown escape", "found unknown escape character", Who::Scanner),
    ("simple key expected", "could not find expected ':'", Who::ScannerBehind),
];

/// What is wrong with a text before any of it is read: characters that may not be in it, another version of YAML, and a tab in
/// front of all else.
pub(super) fn before_reading(text: &str) -> Option<Error> {
    let readable = |character| is_readable(character) || character == '\u{feff}';
    if !raw::shown(text).chars().all(readable) {
        return Some(Error::function("yaml: control characters are not allowed"));
    }
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let is_empty =
        |line: &str| line.trim_start_matches(' ').is_empty() || line.trim_start_matches(' ').starts_with('#');
    let (place, first) = lines.find(|(_, line)| !is_empty(line))?;
    if first.strip_prefix("%YAML ").is_some_and(|version| version.trim() != "1.1") {
        return Some(Error::function("yaml: found incompatible YAML document"));
    }
    let starts_with_tab = first.trim_start_matches(' ').starts_with('\t');
    starts_with_tab.then(|| told(text, place, NO_TOKEN, Who::Scanner))
}

/// Whether what follows this text in a block stands behind a tab where only blanks may be: at the start of a line, or behind the
/// sign of an item.
pub(super) fn is_behind_tab(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or(before);
    let signs = line.trim_end_matches([' ', '\t']);
    let blanks = line.get(signs.len()..).unwrap_or("");
    blanks.contains('\t') && signs.chars().all(|sign| " -?\t\u{feff}".contains(sign))
}

/// The error for such a tab in that line, from 1.
pub(super) fn of_tab(text: &str, line: usize) -> Error {
    told(text, line.saturating_sub(1), NO_TOKEN, Who::Scanner)
}

/// Whether a quoted text has a slash behind a backslash, which JSON knows and Go's reader does not.
pub(super) fn escapes_slash(quoted: &str) -> bool {
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        if character == '\\' && characters.next() == Some('/') {
            return true;
        }
    }
    false
}

/// The error for such a slash in a text that begins in that line, from 1.
pub(super) fn of_escape(text: &str, line: usize) -> Error {
    told(text, line.saturating_sub(1), "found unknown escape character", Who::Scanner)
}

/// The error for a text that the parser refuses.
pub(super) fn of(text: &str, error: &ScanError) -> Error {
    let info = error.info();
    let known = WORDS.iter().find(|(begins, ..)| info.starts_with(*begins));
    let (words, who) = known.map_or((info.as_ref(), Who::Scanner), |(_, words, who)| (*words, *who));
    told(text, error.marker().line().saturating_sub(1), words, who)
}

/// The words behind the line that Go names, for a place in a line from 0.
fn told(text: &str, place: usize, words: &str, who: Who) -> Error {
    let breaks = text.matches('\n').count();
    let line = match who {
        Who::Scanner => place + usize::from(place > 0),
        Who::Parser => place,
        Who::ParserAtEnd => breaks + usize::from(!text.ends_with('\n')),
        Who::ScannerAtEnd => breaks + usize::from(breaks > 0),
        Who::ScannerBehind => place + 2,
    };
    let prefix = if line == 0 { String::new() } else { format!("line {line}: ") };
    Error::function(format!("yaml: {prefix}{words}"))
}
