//! A pattern in Go's syntax, rewritten for Rust's engine. Both descend from RE2; they differ in what `\d` and its kin cover (ASCII
//! in Go), in signs that are plain text inside brackets, in lone braces and in `\Q...\E`.

use std::iter::Peekable;
use std::str::Chars;

/// The pattern for Rust's engine. What Go cannot read either stays as it is, to be refused there.
pub(super) fn translated(pattern: &str) -> String {
    let mut translation =
        Translation { out: String::with_capacity(pattern.len() + 16), rest: pattern.chars().peekable() };
    translation.run();
    translation.out
}

struct Translation<'a> {
    out: String,
    rest: Peekable<Chars<'a>>,
}

impl Translation<'_> {
    fn run(&mut self) {
        while let Some(character) = self.rest.next() {
            match character {
                '\\' => self.escape(false),
                '[' => self.class(),
                '{' if !self.is_repetition() => self.out.push_str("\\{"),
                other => self.out.push(other),
            }
        }
    }

    /// Whether what follows a brace makes it a count: `2}`, `2,}`, `2,3}`.
    fn is_repetition(&self) -> bool {
        let inside: String = self.rest.clone().take_while(|next| *next != '}').collect();
        let closed = self.rest.clone().any(|next| next == '}');
        let (least, most) = inside.split_once(',').unwrap_or((&inside, ""));
        let digits = |text: &str| text.chars().all(|digit| digit.is_ascii_digit());
        closed && !least.is_empty() && digits(least) && digits(most)
    }

    /// What a backslash stands in front of.
    fn escape(&mut self, in_class: bool) {
        let Some(escaped) = self.rest.next() else {
            self.out.push('\\');
            return;
        };
        if let '0'..='7' = escaped {
            return self.octal(escaped);
        }
        let plain = match (escaped, in_class) {
            ('d', true) => "0-9",
            ('w', true) => "0-9A-Za-z_",
            ('s', true) => r"\t\n\f\r ",
            ('d', false) => "[0-9]",
            ('w', false) => "[0-9A-Za-z_]",
            ('s', false) => r"[\t\n\f\r ]",
            ('D', _) => "[^0-9]",
            ('W', _) => "[^0-9A-Za-z_]",
            ('S', _) => r"[^\t\n\f\r ]",
            ('b', false) => r"(?-u:\b)",
            ('B', false) => r"(?-u:\B)",
            ('<', _) => "<",
            ('>', _) => ">",
            ('Q', false) => return self.literal(),
            _ => {
                self.out.push('\\');
                self.out.push(escaped);
                // the brace of `\p{Greek}` and `\x{41}` is no count
                if matches!(escaped, 'p' | 'P' | 'x') && self.rest.peek() == Some(&'{') {
                    self.braced();
                }
                return;
            }
        };
        self.out.push_str(plain);
    }

    /// What stands in braces goes over as it is.
    fn braced(&mut self) {
        for character in self.rest.by_ref() {
            self.out.push(character);
            if character == '}' {
                return;
            }
        }
    }

    /// `\101`, a character by its number; a lone digit means an earlier group, which neither engine knows.
    fn octal(&mut self, first: char) {
        let mut digits = String::from(first);
        while digits.len() < 3
            && let Some(digit) = self.rest.next_if(|next| ('0'..='7').contains(next))
        {
            digits.push(digit);
        }
        match u32::from_str_radix(&digits, 8) {
            Ok(code) if first == '0' || digits.len() > 1 => self.out.push_str(&format!("\\x{{{code:x}}}")),
            _ => self.out.push_str(&format!("\\{digits}")),
        }
    }

    /// Text up to `\E` that has no meaning.
    fn literal(&mut self) {
        while let Some(character) = self.rest.next() {
            if character == '\\' && self.rest.peek() == Some(&'E') {
                self.rest.next();
                return;
            }
            self.out.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
        }
    }

    /// A bracket expression; signs that only Rust's engine knows inside brackets become text.
    fn class(&mut self) {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        if self.rest.next_if_eq(&']').is_some() {
            self.out.push_str("\\]");
        }
        while let Some(character) = self.rest.next() {
            match character {
                ']' => {
                    self.out.push(']');
                    return;
                }
                '[' if self.rest.peek() == Some(&':') => self.named_class(),
                '\\' if self.rest.peek().is_some_and(|next| "dDwWsSpP".contains(*next)) => self.escape(true),
                other => {
                    self.class_character(other);
                    self.class_range();
                }
            }
        }
    }

    /// One character inside brackets; every sign there is text.
    fn class_character(&mut self, character: char) {
        match character {
            '\\' => self.escape(true),
            '[' | '&' | '~' | '-' => self.out.extend(['\\', character]),
            other => self.out.push(other),
        }
    }

    /// `-z` behind a character; a hyphen before the closing bracket is text.
    fn class_range(&mut self) {
        let mut ahead = self.rest.clone();
        if ahead.next() == Some('-') && ahead.next().is_some_and(|end| end != ']') {
            self.rest.next();
            self.out.push('-');
            if let Some(end) = self.rest.next() {
                self.class_character(end);
            }
        }
    }

    /// `[:alpha:]` inside brackets.
    fn named_class(&mut self) {
        let ahead: String = self.rest.clone().take_while(|next| *next != ']').collect();
        if !ahead.ends_with(':') || ahead.len() < 2 {
            self.out.push_str("\\[");
            return;
        }
        self.out.push('[');
        self.out.push_str(&ahead);
        self.out.push(']');
        // the name was looked at ahead, so as many characters are behind us as it has
        for _ in 0..=ahead.chars().count() {
            self.rest.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::translated;

    #[test]
    fn what_both_engines_read_alike_stays() {
        for pattern in ["^a+b*(c|d)?$", r"\.\-\p{L}", "[a-z]{2,3}", "[[:alpha:]_]", "(?i)x(?P<name>y)"] {
            assert_eq!(translated(pattern), pattern);
        }
    }

    #[test]
    fn what_go_reads_otherwise_is_rewritten() {
        let table = [
            (r"\d+", "[0-9]+"),
            (r"[\w.-]", r"[0-9A-Za-z_.\-]"),
            (r"[\w-.]", r"[0-9A-Za-z_\-.]"),
            (r"[\p{L}-.]", r"[\p{L}\-.]"),
            ("[a-z-9]", r"[a-z\-9]"),
            ("[--/]", r"[\--/]"),
            ("[+--]", r"[+-\-]"),
            ("[^a-z0-9--]", r"[^a-z0-9\-\-]"),
            (r"[\.-\/]", r"[\.-\/]"),
            (r"\101\x{42}", r"\x{41}\x{42}"),
            (r"\Bx", r"(?-u:\B)x"),
            ("{x}", r"\{x}"),
            ("a{,2}", r"a\{,2}"),
            ("[a[b]", r"[a\[b]"),
            ("[&&]", r"[\&\&]"),
            ("[]a]", r"[\]a]"),
            (r"\Qa.b\Ec", r"a\.bc"),
            (r"\bx", r"(?-u:\b)x"),
        ];
        for (pattern, expected) in table {
            assert_eq!(translated(pattern), expected);
            assert!(regex::Regex::new(expected).is_ok(), "{expected}");
        }
    }
}
