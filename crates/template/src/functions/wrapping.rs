//! Texts broken into lines or shortened with dots, counted in bytes.

use super::Table;
use super::arguments::{exactly, int, text, within_bounds};
use crate::error::Result;
use crate::raw;
use crate::value::Value;

pub(super) const TABLE: Table =
    &[("wrap", wrap), ("wrapWith", wrap_with), ("abbrev", abbrev), ("abbrevboth", abbrev_both)];

fn wrap(arguments: &[Value]) -> Result<Value> {
    let [width, value] = exactly("wrap", arguments)?;
    wrapped("wrap", text(value)?, int(width)?, "\n", false)
}

fn wrap_with(arguments: &[Value]) -> Result<Value> {
    let [width, separator, value] = exactly("wrapWith", arguments)?;
    let separator = text(separator)?;
    let separator = if separator.is_empty() { "\n" } else { separator };
    wrapped("wrapWith", text(value)?, int(width)?, separator, true)
}

/// Breaks at blanks so that lines have at most `width` bytes; longer words are cut or left whole.
fn wrapped(name: &str, text: &str, width: i64, separator: &str, cut_words: bool) -> Result<Value> {
    within_bounds(name, separator.len().checked_mul(text.len()).and_then(|size| size.checked_add(text.len())))?;
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    let bytes = raw::bytes(text);
    let mut rest = &*bytes;
    let mut out = Vec::with_capacity(rest.len());
    while rest.len() > width {
        if let [b' ', after @ ..] = rest {
            rest = after;
            continue;
        }
        let blank = rest[..=width].iter().rposition(|byte| *byte == b' ');
        let later_blank = || rest[width..].iter().position(|byte| *byte == b' ').map(|found| found + width);
        let (line, after) = match blank {
            Some(blank) => (blank, blank + 1),
            None if cut_words => (width, width),
            None => match later_blank() {
                Some(blank) => (blank, blank + 1),
                None => break,
            },
        };
        out.extend_from_slice(&rest[..line]);
        out.extend_from_slice(&raw::bytes(separator));
        rest = &rest[after..];
    }
    out.extend_from_slice(rest);
    Ok(Value::text(raw::text(&out)))
}

fn abbrev(arguments: &[Value]) -> Result<Value> {
    let [width, value] = exactly("abbrev", arguments)?;
    Ok(Value::text(abbreviated(text(value)?, 0, int(width)?)))
}

fn abbrev_both(arguments: &[Value]) -> Result<Value> {
    let [left, right, value] = exactly("abbrevboth", arguments)?;
    let (left, right, text) = (int(left)?, int(right)?, text(value)?);
    if left > 0 && right < 7 {
        return Ok(value.clone());
    }
    Ok(Value::text(abbreviated(text, left, right)))
}

/// At most `width` bytes of the text from about `offset` on, with dots where something was left out.
fn abbreviated(text: &str, offset: i64, width: i64) -> String {
    let (Ok(offset), Ok(width)) = (usize::try_from(offset.max(0)), usize::try_from(width)) else {
        return text.to_owned();
    };
    let bytes = raw::bytes(text);
    if width < 4 || bytes.len() <= width {
        return text.to_owned();
    }
    let kept = width - 3;
    let offset = offset.min(bytes.len() - kept);
    if offset <= 4 {
        return raw::text(&bytes[..kept]) + "...";
    }
    if offset + kept >= bytes.len() || kept < 4 {
        return format!("...{}", raw::text(&bytes[bytes.len() - kept..]));
    }
    format!("...{}...", raw::text(&bytes[offset..offset + kept - 3]))
}
