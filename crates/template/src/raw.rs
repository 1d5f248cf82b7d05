//! Bytes that are no UTF-8 within a text. A Go string holds any bytes, and charts rely on it: `.Files.Get "key.jks" | b64enc`. Our
//! texts are UTF-8, so a byte that does not belong to a character is kept as a character of its own out of the last private plane,
//! and becomes that byte again wherever bytes count: encoders, checksums, lengths, cuts. Where a text leaves the engine it is U+FFFD,
//! as Go's writers make it.

use std::borrow::Cow;

/// The character of the byte 0; only bytes from 0x80 on have theirs.
const BASE: u32 = 0x10_FE00;

/// What all of these characters begin with in UTF-8.
const LEAD: [u8; 2] = [0xF4, 0x8F];

/// The text of those bytes. No byte is lost: [`bytes`] gives them back.
pub fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        push_valid(&mut text, chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| character(*byte)));
    }
    text
}

/// The bytes that Go's string of this text has.
pub fn bytes(text: &str) -> Cow<'_, [u8]> {
    if !may_hold(text) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for one in text.chars() {
        match byte(one) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(one.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(bytes)
}

/// How many bytes Go's string of this text has.
pub fn length(text: &str) -> usize {
    if may_hold(text) { bytes(text).len() } else { text.len() }
}

/// The text as a reader of UTF-8 sees it: U+FFFD for each byte that belongs to no character.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !may_hold(text) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for chunk in bytes(text).utf8_chunks() {
        shown.push_str(chunk.valid());
        shown.extend(std::iter::repeat_n('\u{FFFD}', chunk.invalid().len()));
    }
    Cow::Owned(shown)
}

/// The byte that a character stands for.
pub(crate) fn byte(character: char) -> Option<u8> {
    let byte = u32::from(character).checked_sub(BASE)?;
    u8::try_from(byte).ok().filter(|byte| *byte >= 0x80)
}

fn character(byte: u8) -> char {
    char::from_u32(BASE + u32::from(byte)).unwrap_or('\u{FFFD}')
}

/// Characters that already look like kept bytes are kept byte by byte, so that they come back as what they were.
fn push_valid(text: &mut String, valid: &str) {
    if !may_hold(valid) {
        text.push_str(valid);
        return;
    }
    for one in valid.chars() {
        match byte(one) {
            Some(_) => text.extend(one.encode_utf8(&mut [0; 4]).bytes().map(character)),
            None => text.push(one),
        }
    }
}

/// Whether there can be kept bytes: a quick no for nearly every text.
fn may_hold(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.contains(&LEAD[0]) && bytes.windows(2).any(|pair| pair == LEAD)
}

#[cfg(test)]
mod tests {
    use super::{bytes, length, shown, text};

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        let private = "a\u{10FE80}b\u{10FFFF}".as_bytes();
        for given in [&all[..], b"\xFF\xFE\x00a", b"\xC3", "plain \u{e4}".as_bytes(), private, b"\xF4\x8F\xBA", b""] {
            let text = text(given);
            assert_eq!(&*bytes(&text), given, "{given:?}");
            assert_eq!(length(&text), given.len(), "{given:?}");
        }
    }

    #[test]
    fn what_is_utf_8_stays_as_it_is() {
        assert_eq!(text("h\u{e4} \u{1F600}".as_bytes()), "h\u{e4} \u{1F600}");
        assert_eq!(shown("h\u{e4}"), "h\u{e4}");
    }

    #[test]
    fn halves_of_a_character_joined_are_the_character() {
        let joined = text(b"\xC3") + &text(b"\xA4");
        assert_eq!(&*bytes(&joined), "\u{e4}".as_bytes());
        assert_eq!(shown(&joined), "\u{e4}");
        assert_eq!(shown(&text(b"a\xFF\xFEb")), "a\u{FFFD}\u{FFFD}b");
    }
}
