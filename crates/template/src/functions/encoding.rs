//! Bytes as text and back. A text that cannot be decoded gives the error's words as its value, as Sprig does.

use base64::alphabet::STANDARD as ALPHABET_64;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::{DecodeError, Engine};

use super::Table;
use super::strings::map_one;
use crate::raw;

pub(super) const TABLE: Table = &[
    ("b64enc", |arguments| map_one("b64enc", arguments, |text| STANDARD.encode(raw::bytes(text)))),
    ("b64dec", |arguments| map_one("b64dec", arguments, decode_64)),
    ("b32enc", |arguments| map_one("b32enc", arguments, encode_32)),
    ("b32dec", |arguments| map_one("b32dec", arguments, decode_32)),
];

/// Bits behind the last byte may be anything, as in Go.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&ALPHABET_64, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

const ALPHABET_32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Base64 decoded; line ends do not count.
fn decode_64(text: &str) -> String {
    let packed: String = text.chars().filter(|character| !matches!(character, '\n' | '\r')).collect();
    match LENIENT.decode(&packed) {
        Ok(bytes) => raw::text(&bytes),
        Err(error) => problem(&packed, &error),
    }
}

/// What Go says of a text that is no base64.
pub(super) fn problem(text: &str, error: &DecodeError) -> String {
    format!("illegal base64 data at input byte {}", wrong_byte(text, error))
}

/// Where Go finds the fault.
fn wrong_byte(text: &str, error: &DecodeError) -> usize {
    match error {
        // padding ends the text, so what is wrong is what follows it
        DecodeError::InvalidByte(at, b'=') => at + text[*at..].find(|next| next != '=').unwrap_or(1),
        DecodeError::InvalidByte(at, _) => *at,
        DecodeError::InvalidLastSymbol { .. } => text.len(),
        DecodeError::InvalidLength(_) | DecodeError::InvalidPadding if text.ends_with('=') => text.len(),
        DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => text.len() / 4 * 4,
    }
}

fn encode_32(text: &str) -> String {
    let mut out = String::with_capacity(text.len().div_ceil(5) * 8);
    for chunk in raw::bytes(text).chunks(5) {
        let bits = (0..5).fold(0_u64, |bits, index| bits << 8 | u64::from(chunk.get(index).copied().unwrap_or(0)));
        let letters = (chunk.len() * 8).div_ceil(5);
        for place in 0..8 {
            let letter = ALPHABET_32[(bits >> (35 - 5 * place) & 31) as usize];
            out.push(if place < letters { char::from(letter) } else { '=' });
        }
    }
    out
}

fn decode_32(text: &str) -> String {
    match bytes_of_32(text.trim_end_matches(['\n', '\r'])) {
        Ok(bytes) => raw::text(&bytes),
        Err(at) => format!("illegal base32 data at input byte {at}"),
    }
}

/// The bytes, or where the first wrong character stands.
fn bytes_of_32(text: &str) -> Result<Vec<u8>, usize> {
    let letters = text.trim_end_matches('=');
    let padding = text.len() - letters.len();
    let mut bytes = Vec::with_capacity(letters.len() * 5 / 8);
    let (mut bits, mut held) = (0_u32, 0);
    for (at, letter) in letters.bytes().enumerate() {
        let value = ALPHABET_32.iter().position(|known| *known == letter).ok_or(at)?;
        bits = (bits << 5 | value as u32) & 0xFFF;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xFF) as u8);
        }
    }
    if !text.len().is_multiple_of(8) || !matches!(padding, 0 | 1 | 3 | 4 | 6) {
        return Err(text.len() / 8 * 8);
    }
    Ok(bytes)
}
