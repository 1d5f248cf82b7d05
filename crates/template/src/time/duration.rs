//! Durations in Go's notation: `1h30m0s`, `1.5s`, `-2ms`; a duration is a count of nanoseconds.

use crate::error::{Error, Result};

const UNITS: [(&str, f64); 8] =
    [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];

/// Nanoseconds of a text like `1h15m30.5s`.
///
/// # Errors
/// Go's words: `time: invalid duration "x"`, `time: missing unit in duration "1"`.
pub fn parse_duration(text: &str) -> Result<i64> {
    let invalid = || Error::function(format!("time: invalid duration {text:?}"));
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0_i128;
    while !rest.is_empty() {
        let digits = rest.find(|next: char| !next.is_ascii_digit() && next != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let unit = after.find(|next: char| next.is_ascii_digit() || next == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        total += amount(number, unit, text)?;
        if total > i128::from(i64::MAX) {
            return Err(invalid());
        }
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| invalid())
}

fn amount(number: &str, unit: &str, text: &str) -> Result<i128> {
    let size: f64 = number.parse().map_err(|_| Error::function(format!("time: invalid duration {text:?}")))?;
    if unit.is_empty() {
        return Err(Error::function(format!("time: missing unit in duration {text:?}")));
    }
    let known = UNITS.iter().find(|(name, _)| *name == unit);
    let (_, scale) =
        known.ok_or_else(|| Error::function(format!("time: unknown unit {unit:?} in duration {text:?}")))?;
    // whole numbers exactly, fractions as near as a float gets
    match number.parse::<i128>() {
        Ok(whole) => Ok(whole.saturating_mul(*scale as i128).min(i128::from(u64::MAX))),
        Err(_) => Ok(((size * scale).round() as i128).min(i128::from(u64::MAX))),
    }
}

/// The text of that many nanoseconds.
pub fn duration_text(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let size = nanoseconds.unsigned_abs();
    match size {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{size}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", with_fraction(size, 3)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", with_fraction(size, 6)),
        _ => {
            let seconds = with_fraction(size % 60_000_000_000, 9);
            let minutes = size / 60_000_000_000;
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

/// `size / 10^places`, without trailing zeros.
fn with_fraction(size: u64, places: u32) -> String {
    let unit = 10_u64.pow(places);
    let fraction = format!("{:0width$}", size % unit, width = places as usize);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { (size / unit).to_string() } else { format!("{}.{fraction}", size / unit) }
}

#[cfg(test)]
mod tests {
    use super::{duration_text, parse_duration};

    #[test]
    fn durations_go_there_and_back() {
        for text in ["0s", "1ns", "1.5µs", "2ms", "1.5s", "1m0s", "1h15m30.5s", "-2h0m0s", "2562047h47m16.854775807s"]
        {
            assert_eq!(duration_text(parse_duration(text).unwrap()), text);
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_in_words() {
        let table = [
            ("", "time: invalid duration \"\""),
            ("1", "time: missing unit in duration \"1\""),
            ("1x", "time: unknown unit \"x\" in duration \"1x\""),
            ("3000000h", "time: invalid duration \"3000000h\""),
        ];
        for (text, words) in table {
            assert_eq!(parse_duration(text).unwrap_err().to_string(), words);
        }
    }
}
