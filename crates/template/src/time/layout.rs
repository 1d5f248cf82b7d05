//! A layout, cut into its parts.

/// A part of a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Text that stands for itself.
    Literal(&'a str),
    LongMonth,
    Month,
    NumberMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperNoon,
    LowerNoon,
    ZoneName,
    Offset(Offset),
    /// A fraction of a second: its separator, its digits, and whether it always has them all.
    Fraction {
        separator: char,
        digits: usize,
        fixed: bool,
    },
}

/// How an offset from UTC is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    /// `Z` instead of `+00:00`.
    pub(super) z_for_utc: bool,
    pub(super) colons: bool,
    pub(super) minutes: bool,
    pub(super) seconds: bool,
}

/// Fixed spellings, the longer ones first.
const SPELLINGS: [(&str, Part<'static>); 23] = [
    ("January", Part::LongMonth),
    ("Monday", Part::LongWeekday),
    ("MST", Part::ZoneName),
    ("2006", Part::LongYear),
    ("002", Part::ZeroYearDay),
    ("__2", Part::UnderYearDay),
    ("01", Part::ZeroMonth),
    ("02", Part::ZeroDay),
    ("03", Part::ZeroHour12),
    ("04", Part::ZeroMinute),
    ("05", Part::ZeroSecond),
    ("06", Part::Year),
    ("15", Part::Hour),
    ("_2", Part::UnderDay),
    ("PM", Part::UpperNoon),
    ("pm", Part::LowerNoon),
    ("Jan", Part::Month),
    ("Mon", Part::Weekday),
    ("1", Part::NumberMonth),
    ("2", Part::Day),
    ("3", Part::Hour12),
    ("4", Part::Minute),
    ("5", Part::Second),
];

/// The parts of a layout, in order, each with its own text.
pub(super) fn parts(layout: &str) -> Vec<(Part<'_>, &str)> {
    let mut parts = Vec::new();
    let mut literal = 0;
    let mut position = 0;
    while let Some(rest) = layout.get(position..).filter(|rest| !rest.is_empty()) {
        let found = offset(rest).or_else(|| fraction(rest)).or_else(|| spelling(rest));
        let Some((part, length)) = found else {
            position += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        if literal < position {
            parts.push((Part::Literal(&layout[literal..position]), &layout[literal..position]));
        }
        parts.push((part, &rest[..length]));
        position += length;
        literal = position;
    }
    if literal < layout.len() {
        parts.push((Part::Literal(&layout[literal..]), &layout[literal..]));
    }
    parts
}

fn spelling(rest: &str) -> Option<(Part<'_>, usize)> {
    // `_2006` is a literal `_` and the year
    if rest.starts_with("_2006") {
        return None;
    }
    let (word, part) = SPELLINGS.into_iter().find(|(word, _)| rest.starts_with(word))?;
    // `Jan` and `Mon` at the start of a longer word are text
    let in_word = matches!(part, Part::Month | Part::Weekday)
        && rest[word.len()..].starts_with(|next: char| next.is_ascii_lowercase());
    (!in_word).then_some((part, word.len()))
}

fn offset(rest: &str) -> Option<(Part<'_>, usize)> {
    let z_for_utc = match rest.as_bytes().first()? {
        b'Z' => true,
        b'-' => false,
        _ => return None,
    };
    let forms = [("07:00:00", true, true, true), ("070000", false, true, true), ("07:00", true, true, false)];
    let forms = forms.into_iter().chain([("0700", false, true, false), ("07", false, false, false)]);
    let (form, colons, minutes, seconds) = { forms }.find(|(form, ..)| rest[1..].starts_with(form))?;
    Some((Part::Offset(Offset { z_for_utc, colons, minutes, seconds }), form.len() + 1))
}

fn fraction(rest: &str) -> Option<(Part<'_>, usize)> {
    let separator = rest.chars().next().filter(|first| matches!(first, '.' | ','))?;
    let digit = rest[1..].chars().next().filter(|digit| matches!(digit, '0' | '9'))?;
    let digits = rest[1..].chars().take_while(|next| *next == digit).count();
    let ends = !rest[1 + digits..].starts_with(|next: char| next.is_ascii_digit());
    ends.then_some((Part::Fraction { separator, digits, fixed: digit == '0' }, digits + 1))
}
