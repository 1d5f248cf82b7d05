//! Percent signs in the parts of an address.

use crate::print::quoted;
use crate::raw;

/// A part of an address, each with signs of its own that stand unescaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    User,
    Host,
    Path,
    Fragment,
}

/// The text with percent escapes read; the error is Go's words.
pub(super) fn unescaped(text: &str, part: Part) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let given = raw::bytes(text);
    let mut rest = &*given;
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'%' => {
                let digits = after.first_chunk::<2>().and_then(|two| std::str::from_utf8(two).ok());
                let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                let Some(byte) = byte else {
                    let shown = raw::text(&after[..after.len().min(2)]);
                    return Err(format!("invalid URL escape {}", quoted(&format!("%{shown}"))));
                };
                bytes.push(byte);
                rest = &after[2..];
            }
            byte if part == Part::Host && byte.is_ascii() && !stands(*byte, part) => {
                return Err(format!("invalid character {} in host name", quoted(&char::from(*byte).to_string())));
            }
            byte => bytes.push(*byte),
        }
    }
    Ok(raw::text(&bytes))
}

/// The text with everything escaped that may not stand in that part.
pub(super) fn escaped(text: &str, part: Part) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in raw::bytes(text).iter().copied() {
        if stands(byte, part) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Whether a byte stands for itself in a part.
fn stands(byte: u8, part: Part) -> bool {
    let signs: &[u8] = match part {
        Part::User => b"$&+,;=",
        Part::Host => b"!$&'()*+,;=:[]<>\"",
        Part::Path => b"$&+,/:;=@",
        Part::Fragment => b"$&+,/:;=?@!()*",
    };
    byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || signs.contains(&byte)
}
