//! One directive: `%-08.3[2]f` taken apart.

use std::iter::Peekable;
use std::str::CharIndices;

/// The largest width or precision, Go's own.
pub(super) const LARGEST: usize = 1_000_000;

/// A width or precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    Given(usize),
    /// `*`: it comes out of the values.
    FromValue,
}

/// What stands between `%` and the verb, and the verb.
#[derive(Debug, Clone, Default)]
pub(super) struct Directive {
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    pub(super) width: Option<Amount>,
    pub(super) precision: Option<Amount>,
    /// Which value, from 0.
    pub(super) index: Option<usize>,
    /// None where the text ends before it.
    pub(super) verb: Option<char>,
}

impl Directive {
    /// How wide the output is at least, in characters.
    pub(super) fn width(&self) -> usize {
        if let Some(Amount::Given(width)) = self.width { width } else { 0 }
    }

    pub(super) fn precision(&self) -> Option<usize> {
        if let Some(Amount::Given(precision)) = self.precision { Some(precision) } else { None }
    }

    /// A width of the values: a negative one pads on the right.
    pub(super) fn set_width(&mut self, width: Option<i64>) {
        self.minus |= width.is_some_and(|width| width < 0);
        self.width = width.and_then(|width| usize::try_from(width.unsigned_abs()).ok()).map(Amount::Given);
    }

    /// A precision of the values: a negative one is none.
    pub(super) fn set_precision(&mut self, precision: Option<i64>) {
        self.precision = precision.and_then(|precision| usize::try_from(precision).ok()).map(Amount::Given);
    }

    /// The text padded to the width. Zeros go between sign and digits.
    pub(super) fn pad(&self, out: &mut String, text: &str, zeros: bool) {
        let missing = self.width().saturating_sub(text.chars().count());
        let fill = |out: &mut String, character: &str| out.push_str(&character.repeat(missing));
        if self.minus {
            out.push_str(text);
            fill(out, " ");
        } else if zeros && self.zero {
            let sign = text.chars().next().filter(|first| "+- ".contains(*first));
            out.extend(sign);
            fill(out, "0");
            out.push_str(sign.map_or(text, |sign| text.strip_prefix(sign).unwrap_or(text)));
        } else {
            fill(out, " ");
            out.push_str(text);
        }
    }
}

/// Reads what follows `%`, and gives the text behind it.
pub(super) fn read(text: &str) -> (Directive, &str) {
    let mut reader = Reader { text, characters: text.char_indices().peekable() };
    let mut directive = Directive::default();
    while let Some((_, flag)) = reader.characters.next_if(|(_, next)| "-+# 0".contains(*next)) {
        match flag {
            '-' => directive.minus = true,
            '+' => directive.plus = true,
            '#' => directive.sharp = true,
            ' ' => directive.space = true,
            _ => directive.zero = true,
        }
    }
    directive.index = reader.index();
    directive.width = reader.amount();
    if reader.take('.') {
        directive.index = reader.index().or(directive.index);
        directive.precision = reader.amount().or(Some(Amount::Given(0)));
    }
    directive.index = reader.index().or(directive.index);
    directive.verb = reader.characters.next().map(|(_, verb)| verb);
    let rest = reader.characters.peek().map_or(text.len(), |(at, _)| *at);
    (directive, text.get(rest..).unwrap_or(""))
}

struct Reader<'a> {
    text: &'a str,
    characters: Peekable<CharIndices<'a>>,
}

impl Reader<'_> {
    fn take(&mut self, wanted: char) -> bool {
        self.characters.next_if(|(_, next)| *next == wanted).is_some()
    }

    /// `[3]` as 2; what is no number leads beyond all values.
    fn index(&mut self) -> Option<usize> {
        let (at, _) = *self.characters.peek()?;
        let inner = self.text.get(at..)?.strip_prefix('[')?;
        let (number, _) = inner.split_once(']')?;
        for _ in 0..number.chars().count() + 2 {
            self.characters.next();
        }
        Some(number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).unwrap_or(usize::MAX))
    }

    fn amount(&mut self) -> Option<Amount> {
        if self.take('*') {
            return Some(Amount::FromValue);
        }
        let mut amount = None;
        while let Some((_, digit)) = self.characters.next_if(|(_, next)| next.is_ascii_digit()) {
            let digit = digit.to_digit(10).unwrap_or(0) as usize;
            amount = Some((amount.unwrap_or(0_usize) * 10 + digit).min(LARGEST));
        }
        amount.map(Amount::Given)
    }
}
