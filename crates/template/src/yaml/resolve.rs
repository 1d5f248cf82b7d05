//! What a plain scalar means in YAML 1.1 as `yaml.v2` takes it. The reader asks in order to read, the writer in order to know
//! which texts need quotes.

use crate::time;

/// The meaning of a plain scalar.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer that only an unsigned 64-bit number holds.
    Unsigned(u64),
    Float(f64),
    /// A date or a time; as data it stays the text it is.
    Timestamp,
    /// `<<`
    Merge,
    Text,
}

/// The meaning of that text, were it written without quotes.
pub(super) fn resolve(text: &str) -> Meaning {
    if let Some(word) = word(text) {
        return word;
    }
    match text.as_bytes().first() {
        Some(b'.') => go_float(text).map_or(Meaning::Text, Meaning::Float),
        Some(b'+' | b'-' | b'0'..=b'9') if is_timestamp(text) => Meaning::Timestamp,
        Some(b'+' | b'-' | b'0'..=b'9') => number(&text.replace('_', "")),
        _ => Meaning::Text,
    }
}

/// Words with a meaning of their own.
fn word(text: &str) -> Option<Meaning> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Meaning::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Meaning::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Meaning::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Meaning::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Meaning::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Meaning::Float(f64::NEG_INFINITY),
        "<<" => Meaning::Merge,
        _ => return None,
    })
}

/// A number in one of the forms of a Go literal, or text.
fn number(text: &str) -> Meaning {
    if let Some(number) = integer(text) {
        return number;
    }
    if is_yaml_float(text) {
        return go_float(text).map_or(Meaning::Text, Meaning::Float);
    }
    Meaning::Text
}

/// An integer with Go's base prefixes: `0x1F`, `0b11`, `0o17`, `017`.
pub(crate) fn go_integer(text: &str) -> Option<(bool, u64)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.get(..2).map(str::to_ascii_lowercase);
    let (base, digits) = match lower.as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    // a second sign behind the prefix is none
    if !digits.starts_with(|first: char| first.is_digit(base)) {
        return None;
    }
    u64::from_str_radix(digits, base).ok().map(|size| (negative, size))
}

fn integer(text: &str) -> Option<Meaning> {
    let (negative, size) = go_integer(text)?;
    if negative {
        return 0_i64.checked_sub_unsigned(size).map(Meaning::Int);
    }
    // an unsigned number has no sign, not even a plus
    match i64::try_from(size) {
        Ok(number) => Some(Meaning::Int(number)),
        Err(_) if text.starts_with('+') => None,
        Err(_) => Some(Meaning::Unsigned(size)),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_yaml_float(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(left, right)| (left, Some(right)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(left, right)| (left, Some(right)));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = digits(whole)
        && digits(fraction.unwrap_or(""))
        && match (whole, fraction) {
            ("", fraction) => fraction.is_some_and(|fraction| !fraction.is_empty()),
            _ => true,
        };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_fits && exponent_fits
}

/// Go's `strconv.ParseFloat` on decimal text; a number too large for a `float64` is none.
fn go_float(text: &str) -> Option<f64> {
    if !is_yaml_float(text) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The layouts in which `yaml.v2` knows a time.
const TIMESTAMPS: [&str; 4] =
    ["2006-1-2T15:4:5.999999999Z07:00", "2006-1-2t15:4:5.999999999Z07:00", "2006-1-2 15:4:5.999999999", "2006-1-2"];

fn is_timestamp(text: &str) -> bool {
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    year == 4
        && text.as_bytes().get(4) == Some(&b'-')
        && TIMESTAMPS.iter().any(|layout| time::parse(layout, text, time::utc()).is_ok())
}

/// Sixty-based numbers (`1:20`): read as text, but quoted for the sake of other readers.
/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
pub(super) fn is_sixty_based(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !text.starts_with(|first: char| first.is_ascii_digit()) || !text.contains(':') {
        return false;
    }
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or("");
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return false };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let sixtieth = |part: &str| match part.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    };
    digits(first) && digits(fraction) && sixtieth(last) && parts.into_iter().all(sixtieth)
}

#[cfg(test)]
mod tests {
    use super::{Meaning, is_sixty_based, resolve};

    #[test]
    fn plain_scalars_mean_what_yaml_v2_takes_them_for() {
        let table = [
            ("", Meaning::Null),
            ("~", Meaning::Null),
            ("y", Meaning::Bool(true)),
            ("Off", Meaning::Bool(false)),
            ("tRUE", Meaning::Text),
            ("017", Meaning::Int(15)),
            ("08", Meaning::Float(8.0)),
            ("0x1F", Meaning::Int(31)),
            ("0x-1", Meaning::Text),
            ("-0b11", Meaning::Int(-3)),
            ("0o17", Meaning::Int(15)),
            ("1__0", Meaning::Int(10)),
            ("_1", Meaning::Text),
            ("18446744073709551615", Meaning::Unsigned(u64::MAX)),
            ("-9223372036854775808", Meaning::Int(i64::MIN)),
            ("1.", Meaning::Float(1.0)),
            ("-.5", Meaning::Float(-0.5)),
            (".5", Meaning::Float(0.5)),
            (".", Meaning::Text),
            ("1e3", Meaning::Float(1000.0)),
            ("1e400", Meaning::Text),
            ("2020-01-01", Meaning::Timestamp),
            ("2020-1-1 10:20:30", Meaning::Timestamp),
            ("2020-13-01", Meaning::Text),
            ("<<", Meaning::Merge),
            ("-", Meaning::Text),
            ("1.2.3", Meaning::Text),
        ];
        for (text, meaning) in table {
            assert_eq!(resolve(text), meaning, "{text}");
        }
    }

    #[test]
    fn sixty_based_numbers_are_known() {
        for text in ["1:20", "-1:20:59", "190:20:30.15"] {
            assert!(is_sixty_based(text), "{text}");
        }
        for text in ["1:60", "a:20", "1:", "1", "12:345"] {
            assert!(!is_sixty_based(text), "{text}");
        }
    }
}
