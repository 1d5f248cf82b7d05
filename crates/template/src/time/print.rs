//! A time in a layout.

use jiff::Zoned;
use jiff::civil::Weekday;

use super::layout::{Offset, Part, parts};

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The time in that layout.
pub(super) fn format(time: &Zoned, layout: &str) -> String {
    parts(layout).into_iter().map(|(part, _)| print(time, part)).collect()
}

pub(super) fn weekday(weekday: Weekday) -> &'static str {
    WEEKDAYS[usize::from(weekday.to_sunday_zero_offset().unsigned_abs()) % 7]
}

pub(super) fn month(time: &Zoned) -> &'static str {
    MONTHS[usize::from(time.month().unsigned_abs()).saturating_sub(1) % 12]
}

fn print(time: &Zoned, part: Part<'_>) -> String {
    let hour12 = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    match part {
        Part::Literal(text) => text.to_owned(),
        Part::LongMonth => month(time).to_owned(),
        Part::Month => month(time)[..3].to_owned(),
        Part::NumberMonth => time.month().to_string(),
        Part::ZeroMonth => format!("{:02}", time.month()),
        Part::LongWeekday => weekday(time.weekday()).to_owned(),
        Part::Weekday => weekday(time.weekday())[..3].to_owned(),
        Part::Day => time.day().to_string(),
        Part::UnderDay => format!("{:2}", time.day()),
        Part::ZeroDay => format!("{:02}", time.day()),
        Part::UnderYearDay => format!("{:3}", time.day_of_year()),
        Part::ZeroYearDay => format!("{:03}", time.day_of_year()),
        Part::Hour => format!("{:02}", time.hour()),
        Part::Hour12 => hour12.to_string(),
        Part::ZeroHour12 => format!("{hour12:02}"),
        Part::Minute => time.minute().to_string(),
        Part::ZeroMinute => format!("{:02}", time.minute()),
        Part::Second => time.second().to_string(),
        Part::ZeroSecond => format!("{:02}", time.second()),
        Part::LongYear => format!("{:04}", time.year()),
        Part::Year => format!("{:02}", time.year().rem_euclid(100)),
        Part::UpperNoon => if time.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        Part::LowerNoon => if time.hour() < 12 { "am" } else { "pm" }.to_owned(),
        Part::ZoneName => zone_name(time),
        Part::Offset(form) => offset(time, form),
        Part::Fraction { separator, digits, fixed } => fraction(time, separator, digits, fixed),
    }
}

fn zone_name(time: &Zoned) -> String {
    let information = time.time_zone().to_offset_info(time.timestamp());
    let name = information.abbreviation();
    // a zone known by its offset alone goes by that offset
    if name.starts_with(['+', '-']) {
        let form = Offset { z_for_utc: false, colons: false, minutes: true, seconds: false };
        return offset(time, form);
    }
    name.to_owned()
}

fn offset(time: &Zoned, form: Offset) -> String {
    let seconds = time.offset().seconds();
    if form.z_for_utc && seconds == 0 {
        return "Z".to_owned();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let size = seconds.unsigned_abs();
    let colon = if form.colons { ":" } else { "" };
    let mut text = format!("{sign}{:02}", size / 3600);
    if form.minutes {
        text.push_str(&format!("{colon}{:02}", size / 60 % 60));
    }
    if form.seconds {
        text.push_str(&format!("{colon}{:02}", size % 60));
    }
    text
}

fn fraction(time: &Zoned, separator: char, digits: usize, fixed: bool) -> String {
    let all = format!("{:09}", time.subsec_nanosecond());
    let shown = &all[..digits.min(9)];
    let shown = if fixed { shown } else { shown.trim_end_matches('0') };
    if shown.is_empty() { String::new() } else { format!("{separator}{shown}") }
}
