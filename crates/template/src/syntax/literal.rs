//! The values of literals: numbers in all of Go's bases, texts and characters with Go's escapes.

use super::node::Number;
use crate::complex::Complex;
use crate::print::quoted;
use crate::raw;

/// What Go says of a text with a bad escape.
const INVALID: &str = "invalid syntax";

/// The number that a token spells, or what is wrong with it.
pub(super) fn number(text: &str) -> Result<Number, String> {
    if text.ends_with('i') {
        return complex(text);
    }
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or("")),
        Some(b'+') => (false, text.get(1..).unwrap_or("")),
        _ => (false, text),
    };
    if let Some(int) = integer(negative, digits) {
        return Ok(Number { text: text.into(), int: Some(int), float: int as f64, is_float: false, complex: None });
    }
    if let Some(value) = hexadecimal_float(digits) {
        return Ok(float(text, if negative { -value } else { value }));
    }
    let looks_like_float = digits.contains(['.', 'e', 'E']) && !digits.starts_with("0x");
    let value =
        digits.parse::<f64>().ok().filter(|_| digits.starts_with(|first: char| first.is_ascii_digit() || first == '.'));
    match value {
        Some(value) if looks_like_float => Ok(float(text, if negative { -value } else { value })),
        Some(_) => Err(format!("integer overflow: {}", quoted(text))),
        None => Err(format!("illegal number syntax: {}", quoted(text))),
    }
}

/// A complex number; one without an imaginary part is as good as its real part.
fn complex(text: &str) -> Result<Number, String> {
    let complex = Complex::read(text).ok_or_else(|| format!("illegal number syntax: {}", quoted(text)))?;
    let real = (complex.imaginary == 0.0).then_some(complex.real);
    let plain = float(text, real.unwrap_or(f64::NAN));
    Ok(Number { complex: Some(complex), is_float: false, ..plain })
}

/// `0x1.8p3`: digits of base 16 and a power of two. Digits beyond the 60 bits that a float can tell apart are cut off.
fn hexadecimal_float(digits: &str) -> Option<f64> {
    let lower = digits.to_ascii_lowercase();
    let (mantissa, exponent) = lower.strip_prefix("0x")?.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all: String = whole.chars().chain(fraction.chars()).filter(|digit| *digit != '_').collect();
    let kept = all.get(..all.len().min(15))?;
    let value = u64::from_str_radix(kept, 16).ok()? as f64;
    let places = fraction.chars().filter(|digit| *digit != '_').count();
    let exponent: i32 = exponent.parse().ok()?;
    let shift = i32::try_from(4 * (all.len() - kept.len())).ok()? - i32::try_from(4 * places).ok()?;
    Some(value * 2_f64.powi(exponent.checked_add(shift)?))
}

fn float(text: &str, value: f64) -> Number {
    let fits = value.fract() == 0.0 && value.abs() < 9.2e18;
    Number { text: text.into(), int: fits.then_some(value as i64), float: value, is_float: true, complex: None }
}

fn integer(negative: bool, digits: &str) -> Option<i64> {
    let lower = digits.to_ascii_lowercase();
    let (radix, rest) = match lower.get(..2) {
        Some("0x") => (16, lower.get(2..)?),
        Some("0o") => (8, lower.get(2..)?),
        Some("0b") => (2, lower.get(2..)?),
        _ if lower.len() > 1 && lower.starts_with('0') => (8, lower.get(1..)?),
        _ => (10, lower.as_str()),
    };
    let prefixed = radix != 10;
    if !underscores_are_well_placed(rest, prefixed) {
        return None;
    }
    let size = i128::from_str_radix(&rest.replace('_', ""), radix).ok()?;
    i64::try_from(if negative { -size } else { size }).ok()
}

/// Go allows one underscore between digits, and one after a prefix.
fn underscores_are_well_placed(digits: &str, prefixed: bool) -> bool {
    let leading = digits.starts_with('_') && !prefixed;
    !leading && !digits.ends_with('_') && !digits.contains("__") && !digits.starts_with(['+', '-'])
}

/// The character that `'a'` spells, as the number it is.
pub(super) fn character(text: &str) -> Result<Number, String> {
    let inner =
        text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).ok_or("malformed character constant")?;
    let bytes = unescape(inner, '\'')?;
    let value = String::from_utf8_lossy(&bytes);
    let mut characters = value.chars();
    match (characters.next(), characters.next()) {
        (Some(only), None) => {
            let code = i64::from(u32::from(only));
            Ok(Number { text: text.into(), int: Some(code), float: code as f64, is_float: false, complex: None })
        }
        (None, _) => Err(INVALID.to_owned()),
        _ => Err(format!("malformed character constant: {text}")),
    }
}

/// The text between quotes or back-quotes. Escapes may make bytes that are no UTF-8.
pub(super) fn unquote(token: &str) -> Result<String, String> {
    if let Some(raw) = token.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
        return Ok(raw.replace('\r', ""));
    }
    let inner = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or(INVALID)?;
    Ok(raw::text(&unescape(inner, '"')?))
}

fn unescape(text: &str, quote: char) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(rest.get(..at).unwrap_or("").as_bytes());
        rest = escape(rest.get(at + 1..).unwrap_or(""), quote, &mut out).ok_or(INVALID)?;
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

/// Reads what follows a backslash; gives what is left.
fn escape<'text>(text: &'text str, quote: char, out: &mut Vec<u8>) -> Option<&'text str> {
    let kind = text.chars().next()?;
    let rest = text.get(kind.len_utf8()..)?;
    let single = match kind {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        '\\' => b'\\',
        '\'' | '"' if kind == quote => kind as u8,
        'x' => return numeric(rest, 2, 16, out, false),
        'u' => return numeric(rest, 4, 16, out, true),
        'U' => return numeric(rest, 8, 16, out, true),
        '0'..='7' => return numeric(text, 3, 8, out, false),
        _ => return None,
    };
    out.push(single);
    Some(rest)
}

fn numeric<'text>(
    text: &'text str,
    length: usize,
    radix: u32,
    out: &mut Vec<u8>,
    is_character: bool,
) -> Option<&'text str> {
    let digits = text.get(..length)?;
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).ok()?;
    if is_character {
        let character = char::from_u32(code)?;
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        out.push(u8::try_from(code).ok()?);
    }
    text.get(length..)
}

#[cfg(test)]
mod tests {
    use super::{character, number, unquote};

    #[test]
    fn integers_in_every_base() {
        let table = [
            ("0", 0),
            ("-5", -5),
            ("+5", 5),
            ("1_000", 1000),
            ("0x1F", 31),
            ("0b11", 3),
            ("0o17", 15),
            ("017", 15),
            ("0x_ff", 255),
        ];
        for (text, expected) in table {
            assert_eq!(number(text).unwrap().int, Some(expected), "{text}");
        }
    }

    #[test]
    fn floats_may_be_integers_and_huge_integers_are_refused() {
        assert!(number("1e3").unwrap().is_float);
        assert_eq!(number("1e3").unwrap().int, Some(1000));
        assert_eq!(number("1.5").unwrap().int, None);
        assert_eq!(number("99999999999999999999").unwrap_err(), r#"integer overflow: "99999999999999999999""#);
        assert_eq!(number("08").unwrap_err(), r#"integer overflow: "08""#);
        assert_eq!(number("1__0").unwrap_err(), r#"illegal number syntax: "1__0""#);
        assert_eq!(number("0x1i").unwrap_err(), r#"illegal number syntax: "0x1i""#);
        assert_eq!((number("1i").unwrap().int, number("2+0i").unwrap().int), (None, Some(2)));
    }

    #[test]
    fn texts_and_characters_with_escapes() {
        assert_eq!(unquote(r#""a\tb\x41\u00e9\101\"""#).unwrap(), "a\tbAéA\"");
        assert_eq!(unquote(r#""\xc3\xa9""#).unwrap(), "é");
        assert_eq!(unquote(r#""a\qb""#).unwrap_err(), "invalid syntax");
        assert_eq!(unquote(r"`a\n`").unwrap(), r"a\n");
        assert_eq!(character(r"'\n'").unwrap().int, Some(10));
        assert!(character("'ab'").is_err());
    }
}
