//! What is wrong with a text that is no YAML, in the words and lines of Go's reader: templates get to see them (`fromYaml`).

use granit_parser::ScanError;

use crate::error::Error;

/// Whose rule was broken: Go's scanner counts lines from 1, its parser from 0, and neither names the first one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Scanner,
    Parser,
    /// What opened it decides; where that is the first line, the end of the text does.
    ParserFromOpening,
    ScannerFromOpening,
}

/// The parser's words, or the beginning or end of them, and Go's.
const WORDS: [(&str, &str, Who); 8] = [
    ("unclosed bracket '['", "did not find expected ',' or ']'", Who::ParserFromOpening),
    ("unclosed bracket '{'", "did not find expected ',' or '}'", Who::ParserFromOpening),
    ("unclosed quote", "found unexpected end of stream", Who::ScannerFromOpening),
    ("unexpected character:", "found character that cannot start any token", Who::Scanner),
    ("tabs disallowed", "found character that cannot start any token", Who::Scanner),
    ("while parsing a block collection, did not find expected '-'", "did not find expected '-' indicator", Who::Parser),
    ("while parsing a block mapping, did not find expected key", "did not find expected key", Who::Parser),
    ("simple key expected", "could not find expected ':'", Who::Scanner),
];

/// The error for a text that the parser refuses.
pub(super) fn of(text: &str, error: &ScanError) -> Error {
    let (info, place) = (error.info(), error.marker().line().saturating_sub(1));
    let known = WORDS.iter().find(|(begins, ..)| info.starts_with(*begins));
    let (words, who) = known.map_or((info.as_ref(), Who::Scanner), |(_, words, who)| (*words, *who));
    let breaks = text.matches('\n').count();
    let line = match who {
        Who::Scanner => place + usize::from(place > 0),
        Who::Parser => place,
        Who::ParserFromOpening if place > 0 => place,
        Who::ParserFromOpening => breaks + usize::from(!text.ends_with('\n')),
        Who::ScannerFromOpening if place > 0 => place + 1,
        Who::ScannerFromOpening => breaks + usize::from(breaks > 0),
    };
    let prefix = if line == 0 { String::new() } else { format!("line {line}: ") };
    Error::function(format!("yaml: {prefix}{words}"))
}
