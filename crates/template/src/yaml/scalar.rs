//! How one text is written: plain, quoted or as a block. The rules are those of libyaml's emitter, which both of Go's YAML
//! libraries carry.

use super::order::Dialect;
use super::resolve::{Meaning, is_sixty_based, resolve};

/// The ways to write a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What a text's characters allow.
struct Allowed {
    plain: bool,
    single: bool,
    block: bool,
}

/// The style of a text as a value, or as a key on the line of its value.
pub(super) fn style_of(text: &str, is_simple_key: bool, dialect: Dialect) -> Style {
    let allowed = allowed(text, dialect);
    if text.contains('\n') {
        return if allowed.block && !is_simple_key { Style::Literal } else { Style::Double };
    }
    let means_text = matches!(resolve(text), Meaning::Text | Meaning::Merge) && !is_sixty_based(text);
    match allowed {
        _ if !means_text => Style::Double,
        Allowed { plain: true, .. } => Style::Plain,
        Allowed { single: true, .. } => Style::Single,
        _ => Style::Double,
    }
}

/// Whether a key may stand on the line of its value.
pub(super) fn is_simple_key(key: &str) -> bool {
    key.len() <= 128 && !key.contains(is_break)
}

/// Whether `yaml.v2`'s reader takes this character at all.
pub(super) fn is_readable(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}' | '\u{10000}'..)
}

pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether the character may stand unescaped; the emitter knows no character beyond the basic plane.
pub(super) fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{A0}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}')
}

fn allowed(text: &str, dialect: Dialect) -> Allowed {
    let spaces = Blanks::of(text);
    let tab_in_block = dialect == Dialect::Third;
    let special = text.chars().any(|character| !is_printable(character) && character != '\t');
    let tab = text.contains('\t');
    let awkward = special || spaces.before_break;
    Allowed {
        plain: !(awkward
            || tab
            || spaces.at_edge
            || spaces.after_break
            || text.contains(is_break)
            || has_indicators(text)),
        single: !(awkward || tab || spaces.after_break),
        block: !(awkward || tab && !tab_in_block || spaces.at_end),
    }
}

/// Where blanks and line breaks lie.
#[derive(Default)]
struct Blanks {
    /// A blank or a break comes first or last.
    at_edge: bool,
    /// A blank comes last.
    at_end: bool,
    /// A blank directly in front of a break.
    before_break: bool,
    /// A blank directly behind a break.
    after_break: bool,
}

impl Blanks {
    fn of(text: &str) -> Self {
        let mut blanks = Self::default();
        for (one, other) in text.chars().zip(text.chars().skip(1)) {
            blanks.before_break |= one == ' ' && is_break(other);
            blanks.after_break |= is_break(one) && other == ' ';
        }
        let edge = |character: char| character == ' ' || is_break(character);
        blanks.at_edge = text.starts_with(edge) || text.ends_with(edge);
        blanks.at_end = text.ends_with(' ');
        blanks
    }
}

/// Whether something in the text would be read as YAML's own sign.
fn has_indicators(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let mut characters = text.chars().peekable();
    let mut previous = None;
    while let Some(character) = characters.next() {
        let blank_follows = characters.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
        let indicator = match (previous, character) {
            (None, '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`') => {
                true
            }
            (None, '?' | '-') | (_, ':') => blank_follows,
            (Some(before), '#') => matches!(before, ' ' | '\t') || is_break(before),
            _ => false,
        };
        if indicator {
            return true;
        }
        previous = Some(character);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{Style, style_of};
    use crate::yaml::order::Dialect;

    #[test]
    fn texts_are_quoted_as_go_quotes_them() {
        let table = [
            ("a", Style::Plain),
            ("", Style::Double),
            ("yes", Style::Double),
            ("1:20", Style::Double),
            ("2020-01-01", Style::Double),
            ("1_000", Style::Double),
            ("@x", Style::Single),
            ("a: b", Style::Single),
            ("a:", Style::Single),
            ("a:b", Style::Plain),
            ("a #b", Style::Single),
            ("a#b", Style::Plain),
            (" x", Style::Single),
            ("- x", Style::Single),
            ("-x", Style::Plain),
            ("---", Style::Single),
            ("it's", Style::Plain),
            ("a\tb", Style::Double),
            ("a\nb", Style::Literal),
            ("a \nb", Style::Double),
            ("a\n b", Style::Literal),
            ("a\nb ", Style::Double),
            ("\u{1F600}", Style::Double),
            ("é", Style::Plain),
        ];
        for (text, style) in table {
            assert_eq!(style_of(text, false, Dialect::Second), style, "{text:?}");
        }
        assert_eq!(style_of("a\tb\nc", false, Dialect::Second), Style::Double);
        assert_eq!(style_of("a\tb\nc", false, Dialect::Third), Style::Literal);
    }
}
