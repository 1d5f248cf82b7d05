//! What differs each time.

use super::arguments::{exactly, int, text, within_bounds};
use super::{Table, entropy};
use crate::error::{Error, Result};
use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS: &[u8] = b"0123456789";

pub(super) const TABLE: Table = &[
    ("randAlphaNum", |arguments| drawn("randAlphaNum", arguments, &[LETTERS, DIGITS].concat())),
    ("randAlpha", |arguments| drawn("randAlpha", arguments, LETTERS)),
    ("randNumeric", |arguments| drawn("randNumeric", arguments, DIGITS)),
    ("randAscii", |arguments| drawn("randAscii", arguments, &(b' '..=b'~').collect::<Vec<u8>>())),
    ("randBytes", random_bytes),
    ("randInt", random_int),
    ("shuffle", shuffle),
    ("uuidv4", uuid),
];

/// The most characters that are drawn at once; each costs a draw.
const MOST_DRAWN: i64 = 1 << 20;

fn count(name: &str, value: &Value) -> Result<usize> {
    let count = int(value)?;
    if count > MOST_DRAWN {
        return Err(Error::function(format!("{name}: more than {MOST_DRAWN} characters")));
    }
    Ok(usize::try_from(count).unwrap_or(0))
}

fn drawn(name: &str, arguments: &[Value], alphabet: &[u8]) -> Result<Value> {
    let [length] = exactly(name, arguments)?;
    let mut out = String::new();
    for _ in 0..count(name, length)? {
        out.push(char::from(alphabet[entropy::below(alphabet.len() as u64)? as usize]));
    }
    Ok(Value::text(out))
}

fn random_bytes(arguments: &[Value]) -> Result<Value> {
    let [length] = exactly("randBytes", arguments)?;
    Ok(Value::text(STANDARD.encode(entropy::bytes(count("randBytes", length)?)?)))
}

fn random_int(arguments: &[Value]) -> Result<Value> {
    let [least, end] = exactly("randInt", arguments)?;
    let (least, end) = (int(least)?, int(end)?);
    let span = end.checked_sub(least).and_then(|span| u64::try_from(span).ok()).filter(|span| *span > 0);
    let span = span.ok_or_else(|| Error::function("invalid argument to Intn"))?;
    Ok(Value::Int(least.saturating_add_unsigned(entropy::below(span)?)))
}

fn shuffle(arguments: &[Value]) -> Result<Value> {
    let [value] = exactly("shuffle", arguments)?;
    let text = text(value)?;
    within_bounds("shuffle", text.len().checked_mul(64))?;
    let mut characters: Vec<char> = text.chars().collect();
    for last in (1..characters.len()).rev() {
        characters.swap(last, entropy::below(last as u64 + 1)? as usize);
    }
    Ok(Value::text(characters.into_iter().collect::<String>()))
}

fn uuid(arguments: &[Value]) -> Result<Value> {
    let [] = exactly("uuidv4", arguments)?;
    let mut bytes = entropy::bytes(16)?;
    bytes[6] = bytes[6] & 0x0F | 0x40;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let [a, b, c, d, e] = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    Ok(Value::text(format!("{a}-{b}-{c}-{d}-{e}")))
}
