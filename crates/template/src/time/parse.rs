//! Text read by a layout.

use jiff::Zoned;
use jiff::civil::{Date, DateTime, Time as Clock};
use jiff::tz::{Offset as ZoneOffset, TimeZone};

use super::layout::{Offset, Part, parts};
use super::print::{MONTHS, WEEKDAYS};
use crate::error::{Error, Result};
use crate::print::quoted;

/// Reads a text by a layout; a text that names no offset is a time in `zone`.
///
/// # Errors
/// Go's words: `parsing time "x" as "2006": cannot parse "x" as "2006"`.
pub fn parse(layout: &str, text: &str, zone: TimeZone) -> Result<Zoned> {
    let mut fields = Fields { month: 1, day: 1, ..Fields::default() };
    let mut rest = text;
    let parts = parts(layout);
    for (index, (part, shown)) in parts.iter().enumerate() {
        let fraction_follows = matches!(parts.get(index + 1), Some((Part::Fraction { .. }, _)));
        rest = fields.take(*part, rest, fraction_follows).ok_or_else(|| match part {
            Part::NumberMonth | Part::ZeroMonth if number(rest, false, 2).is_some_and(|(month, _)| month > 12) => {
                Error::function(format!("parsing time {}: month out of range", quoted(text)))
            }
            _ => failure(layout, text, rest, shown),
        })?;
    }
    if !rest.is_empty() {
        return Err(Error::function(format!("parsing time {}: extra text: {}", quoted(text), quoted(rest))));
    }
    fields.time(zone).ok_or_else(|| Error::function(format!("parsing time {}: day out of range", quoted(text))))
}

/// `shown` is the part of the layout that the rest of the text does not fit.
fn failure(layout: &str, text: &str, rest: &str, shown: &str) -> Error {
    let [text, layout, rest, shown] = [text, layout, rest, shown].map(quoted);
    Error::function(format!("parsing time {text} as {layout}: cannot parse {rest} as {shown}"))
}

/// What has been read so far.
#[derive(Default)]
struct Fields {
    year: i16,
    month: i8,
    day: i8,
    year_day: Option<i16>,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    afternoon: Option<bool>,
    offset: Option<i32>,
    utc: bool,
}

impl Fields {
    /// Reads one part and gives what is left of the text, or `None` where it does not fit.
    fn take<'a>(&mut self, part: Part<'_>, text: &'a str, fraction_follows: bool) -> Option<&'a str> {
        match part {
            Part::Literal(literal) => skip(text, literal),
            Part::LongMonth => self.named_month(text, usize::MAX),
            Part::Month => self.named_month(text, 3),
            Part::NumberMonth | Part::ZeroMonth => {
                store(&mut self.month, number(text, part == Part::ZeroMonth, 2), |month| (1..=12).contains(&month))
            }
            Part::LongWeekday => named(text, &WEEKDAYS, usize::MAX).map(|(_, rest)| rest),
            Part::Weekday => named(text, &WEEKDAYS, 3).map(|(_, rest)| rest),
            Part::Day | Part::UnderDay | Part::ZeroDay => {
                let text = text.strip_prefix(' ').filter(|_| part == Part::UnderDay).unwrap_or(text);
                store(&mut self.day, number(text, part == Part::ZeroDay, 2), |_| true)
            }
            Part::UnderYearDay | Part::ZeroYearDay => {
                let padded = text.get(..3)?;
                self.year_day = Some(padded.trim_start_matches(' ').parse().ok()?);
                text.get(3..)
            }
            Part::Hour => store(&mut self.hour, number(text, false, 2), |hour| hour < 24),
            Part::Hour12 | Part::ZeroHour12 => {
                store(&mut self.hour, number(text, part == Part::ZeroHour12, 2), |hour| hour <= 12)
            }
            Part::Minute | Part::ZeroMinute => {
                store(&mut self.minute, number(text, part == Part::ZeroMinute, 2), |minute| minute < 60)
            }
            Part::Second | Part::ZeroSecond => {
                let rest = store(&mut self.second, number(text, part == Part::ZeroSecond, 2), |second| second < 60)?;
                // a fraction is taken even where the layout has none
                if fraction_follows { Some(rest) } else { Some(self.any_fraction(rest).unwrap_or(rest)) }
            }
            Part::LongYear => self.full_year(text),
            Part::Year => self.short_year(text),
            Part::UpperNoon => self.noon(text, ["AM", "PM"]),
            Part::LowerNoon => self.noon(text, ["am", "pm"]),
            Part::ZoneName => self.zone_name(text),
            Part::Offset(form) => self.read_offset(text, form),
            Part::Fraction { digits, fixed: true, .. } => self.fixed_fraction(text, digits),
            Part::Fraction { fixed: false, .. } => Some(self.any_fraction(text).unwrap_or(text)),
        }
    }

    fn named_month<'a>(&mut self, text: &'a str, length: usize) -> Option<&'a str> {
        let (index, rest) = named(text, &MONTHS, length)?;
        self.month = i8::try_from(index + 1).ok()?;
        Some(rest)
    }

    fn full_year<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let digits = text.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        self.year = digits.parse().ok()?;
        text.get(4..)
    }

    fn short_year<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let (year, rest) = number(text, true, 2)?;
        self.year = i16::from(year) + if year >= 69 { 1900 } else { 2000 };
        Some(rest)
    }

    fn noon<'a>(&mut self, text: &'a str, words: [&str; 2]) -> Option<&'a str> {
        let word = words.into_iter().position(|word| text.starts_with(word))?;
        self.afternoon = Some(word == 1);
        text.get(2..)
    }

    fn zone_name<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let length = text.bytes().take_while(u8::is_ascii_uppercase).count();
        let name = text.get(..length).filter(|name| (3..=4).contains(&name.len()))?;
        // a name alone tells no offset; Go takes an unknown one for UTC's
        self.utc |= name == "UTC";
        self.offset.get_or_insert(0);
        text.get(length..)
    }

    fn read_offset<'a>(&mut self, text: &'a str, form: Offset) -> Option<&'a str> {
        if let Some(rest) = text.strip_prefix('Z').filter(|_| form.z_for_utc) {
            self.utc = true;
            return Some(rest);
        }
        let sign = match text.chars().next()? {
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        let (hours, mut rest) = number(&text[1..], true, 2).filter(|(hours, _)| *hours <= 24)?;
        let mut seconds = i32::from(hours) * 3600;
        for (wanted, unit) in [(form.minutes, 60), (form.seconds, 1)] {
            if wanted {
                rest = if form.colons { rest.strip_prefix(':')? } else { rest };
                let (size, after) = number(rest, true, 2).filter(|(size, _)| *size < 60)?;
                seconds += i32::from(size) * unit;
                rest = after;
            }
        }
        self.offset = Some(sign * seconds);
        Some(rest)
    }

    fn fixed_fraction<'a>(&mut self, text: &'a str, digits: usize) -> Option<&'a str> {
        let (found, rest) = fraction(text)?;
        (found.len() == digits).then_some(())?;
        self.nanosecond = nanoseconds(found)?;
        Some(rest)
    }

    fn any_fraction<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let (found, rest) = fraction(text)?;
        self.nanosecond = nanoseconds(found)?;
        Some(rest)
    }

    /// The moment, or `None` for a day that its month does not have.
    fn time(&self, zone: TimeZone) -> Option<Zoned> {
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let date = match self.year_day {
            Some(day) => Date::new(self.year, 1, 1).ok()?.with().day_of_year(day).build().ok()?,
            None => Date::new(self.year, self.month, self.day).ok()?,
        };
        let clock = Clock::new(hour, self.minute, self.second, self.nanosecond).ok()?;
        let zone = match self.offset {
            _ if self.utc => TimeZone::UTC,
            Some(seconds) => ZoneOffset::from_seconds(seconds).ok()?.to_time_zone(),
            None => zone,
        };
        DateTime::from_parts(date, clock).to_zoned(zone).ok()
    }
}

/// Steps over a literal; a blank in it stands for any number of blanks, for none only at the end.
fn skip<'a>(mut text: &'a str, literal: &str) -> Option<&'a str> {
    for expected in literal.chars() {
        text = match expected {
            ' ' if text.is_empty() => text,
            ' ' => text.strip_prefix(' ')?.trim_start_matches(' '),
            expected => text.strip_prefix(expected)?,
        };
    }
    Some(text)
}

/// One or two digits, exactly two where `fixed`.
fn number(text: &str, fixed: bool, most: usize) -> Option<(i8, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if length == 0 || fixed && length < most {
        return None;
    }
    Some((text[..length].parse().ok()?, &text[length..]))
}

fn store<'a>(field: &mut i8, read: Option<(i8, &'a str)>, fits: impl Fn(i8) -> bool) -> Option<&'a str> {
    let (value, rest) = read.filter(|(value, _)| fits(*value))?;
    *field = value;
    Some(rest)
}

/// Which of the names the text starts with, in any case, each cut to a length.
fn named<'a>(text: &'a str, names: &[&str], length: usize) -> Option<(usize, &'a str)> {
    names.iter().enumerate().find_map(|(index, name)| {
        let name = &name[..name.len().min(length)];
        let start = text.get(..name.len())?;
        start.eq_ignore_ascii_case(name).then(|| (index, &text[name.len()..]))
    })
}

/// A separator and the digits behind it.
fn fraction(text: &str) -> Option<(&str, &str)> {
    let digits = text.strip_prefix(['.', ','])?;
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    (length > 0).then(|| digits.split_at(length))
}

fn nanoseconds(digits: &str) -> Option<i32> {
    let kept = &digits[..digits.len().min(9)];
    let size: i32 = kept.parse().ok()?;
    Some(size * 10_i32.pow(u32::try_from(9 - kept.len()).ok()?))
}
