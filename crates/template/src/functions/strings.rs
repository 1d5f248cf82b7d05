//! Texts cut, joined, padded, compared. Lengths and positions count bytes, as in Go; a cut inside a character leaves its bytes.

use super::arguments::{bounded_texts, exactly, int, text, text_of, texts_of, within_bounds};
use super::{LONGEST_LIST, Table};
use crate::error::{Error, Result};
use crate::print::quoted;
use crate::raw;
use crate::value::{Map, MapType, Value};

pub(super) const TABLE: Table = &[
    ("hello", |_| Ok(Value::text("Hello!"))),
    ("trim", |arguments| map_one("trim", arguments, |text| text.trim().to_owned())),
    ("trimAll", |arguments| {
        map_two("trimAll", arguments, |set, text| text.trim_matches(|one| set.contains(one)).into())
    }),
    ("trimall", |arguments| {
        map_two("trimall", arguments, |set, text| text.trim_matches(|one| set.contains(one)).into())
    }),
    ("trimSuffix", |arguments| {
        map_two("trimSuffix", arguments, |end, text| text.strip_suffix(end).unwrap_or(text).into())
    }),
    ("trimPrefix", |arguments| {
        map_two("trimPrefix", arguments, |start, text| text.strip_prefix(start).unwrap_or(text).into())
    }),
    ("nospace", |arguments| map_one("nospace", arguments, without_blanks)),
    ("contains", |arguments| is_so("contains", arguments, |part, text| text.contains(part))),
    ("hasPrefix", |arguments| is_so("hasPrefix", arguments, |part, text| text.starts_with(part))),
    ("hasSuffix", |arguments| is_so("hasSuffix", arguments, |part, text| text.ends_with(part))),
    ("substr", substr),
    ("trunc", trunc),
    ("repeat", repeat),
    ("replace", replace),
    ("cat", cat),
    ("quote", quote),
    ("squote", squote),
    ("indent", indent),
    ("nindent", nindent),
    ("plural", plural),
    ("join", join),
    ("splitList", split_list),
    ("split", split),
    ("splitn", splitn),
];

/// A function from one text to another.
pub(super) fn map_one(name: &str, arguments: &[Value], map: impl Fn(&str) -> String) -> Result<Value> {
    let [value] = exactly(name, arguments)?;
    Ok(Value::text(map(text(value)?)))
}

/// A function from two texts to one.
pub(super) fn map_two(name: &str, arguments: &[Value], map: impl Fn(&str, &str) -> String) -> Result<Value> {
    let [first, second] = exactly(name, arguments)?;
    Ok(Value::text(map(text(first)?, text(second)?)))
}

/// A question about two texts.
fn is_so(name: &str, arguments: &[Value], question: impl Fn(&str, &str) -> bool) -> Result<Value> {
    let [first, second] = exactly(name, arguments)?;
    Ok(Value::Bool(question(text(first)?, text(second)?)))
}

/// Bytes `start..end` of a text; `None` where they lie outside it.
pub(super) fn cut(text: &str, start: i64, end: i64) -> Option<String> {
    let range = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
    raw::bytes(text).get(range).map(raw::text)
}

/// How many bytes a text has, as Go's `int`.
pub(super) fn length(text: &str) -> i64 {
    i64::try_from(raw::length(text)).unwrap_or(i64::MAX)
}

fn substr(arguments: &[Value]) -> Result<Value> {
    let [start, end, value] = exactly("substr", arguments)?;
    let (start, end, text) = (int(start)?, int(end)?, text(value)?);
    let length = length(text);
    let (from, to) = match (start, end) {
        (..0, end) => (0, end),
        (start, end) if end < 0 || end > length => (start, length),
        both => both,
    };
    let outside = || Error::function(format!("runtime error: slice bounds out of range [{from}:{to}]"));
    cut(text, from, to).map(Value::text).ok_or_else(outside)
}

fn trunc(arguments: &[Value]) -> Result<Value> {
    let [count, value] = exactly("trunc", arguments)?;
    let (count, whole) = (int(count)?, text(value)?);
    let length = length(whole);
    let part = match count {
        ..0 => cut(whole, length.saturating_add(count), length),
        _ => cut(whole, 0, count),
    };
    Ok(part.map_or_else(|| value.clone(), Value::text))
}

fn repeat(arguments: &[Value]) -> Result<Value> {
    let [count, value] = exactly("repeat", arguments)?;
    let text = text(value)?;
    let count = usize::try_from(int(count)?).map_err(|_| Error::function("strings: negative Repeat count"))?;
    within_bounds("repeat", count.checked_mul(text.len()))?;
    Ok(Value::text(text.repeat(count)))
}

fn replace(arguments: &[Value]) -> Result<Value> {
    let [old, new, value] = exactly("replace", arguments)?;
    let (old, new, text) = (text(old)?, text(new)?, text(value)?);
    let places = text.len() / old.len().max(1) + 1;
    if new.len() > old.len() {
        within_bounds("replace", new.len().checked_mul(places).and_then(|grown| grown.checked_add(text.len())))?;
    }
    Ok(Value::text(text.replace(&**old, new)))
}

fn cat(arguments: &[Value]) -> Result<Value> {
    let texts: Vec<String> = arguments.iter().filter(|value| !matches!(value, Value::Nil)).map(text_of).collect();
    Ok(Value::text(texts.join(" ")))
}

fn quote(arguments: &[Value]) -> Result<Value> {
    let texts: Vec<String> = present(arguments).map(|text| quoted(&text)).collect();
    Ok(Value::text(texts.join(" ")))
}

fn squote(arguments: &[Value]) -> Result<Value> {
    let texts: Vec<String> = present(arguments).map(|text| format!("'{text}'")).collect();
    Ok(Value::text(texts.join(" ")))
}

/// The arguments that are not nil, as text.
fn present(arguments: &[Value]) -> impl Iterator<Item = String> {
    arguments.iter().filter(|value| !matches!(value, Value::Nil)).map(text_of)
}

fn indent(arguments: &[Value]) -> Result<Value> {
    indented("indent", arguments).map(Value::text)
}

fn nindent(arguments: &[Value]) -> Result<Value> {
    Ok(Value::text(format!("\n{}", indented("nindent", arguments)?)))
}

fn indented(name: &str, arguments: &[Value]) -> Result<String> {
    let [count, value] = exactly(name, arguments)?;
    let text = text(value)?;
    let count = usize::try_from(int(count)?).map_err(|_| Error::function("strings: negative Repeat count"))?;
    let lines = text.matches('\n').count() + 1;
    within_bounds(name, count.checked_mul(lines).and_then(|blanks| blanks.checked_add(text.len())))?;
    let blanks = " ".repeat(count);
    Ok(format!("{blanks}{}", text.replace('\n', &format!("\n{blanks}"))))
}

fn plural(arguments: &[Value]) -> Result<Value> {
    let [one, many, count] = exactly("plural", arguments)?;
    let (one, many) = (text(one)?, text(many)?);
    Ok(Value::Text((if int(count)? == 1 { one } else { many }).clone()))
}

fn join(arguments: &[Value]) -> Result<Value> {
    let [separator, list] = exactly("join", arguments)?;
    Ok(Value::text(texts_of(list).join(text(separator)?)))
}

/// The pieces between separators; an empty separator cuts between characters.
fn pieces<'a>(text: &'a str, separator: &str, most: Option<usize>) -> Vec<&'a str> {
    match (separator, most) {
        ("", most) => {
            let most = most.unwrap_or(usize::MAX);
            let starts: Vec<usize> = text.char_indices().map(|(start, _)| start).take(most).collect();
            let ends = starts.iter().skip(1).copied().chain([text.len()]);
            starts.iter().zip(ends).map(|(start, end)| &text[*start..end]).collect()
        }
        (separator, Some(most)) => text.splitn(most, separator).collect(),
        (separator, None) => text.split(separator).collect(),
    }
}

fn split_list(arguments: &[Value]) -> Result<Value> {
    let [separator, value] = exactly("splitList", arguments)?;
    bounded_texts("splitList", pieces(text(value)?, text(separator)?, None).into_iter())
}

fn split(arguments: &[Value]) -> Result<Value> {
    let [separator, value] = exactly("split", arguments)?;
    numbered(&pieces(text(value)?, text(separator)?, None))
}

fn splitn(arguments: &[Value]) -> Result<Value> {
    let [separator, count, value] = exactly("splitn", arguments)?;
    let most = usize::try_from(int(count)?).ok();
    numbered(&pieces(text(value)?, text(separator)?, most))
}

/// Without white space; where there is some, each byte is taken for a letter, as in Go.
fn without_blanks(text: &str) -> String {
    let bytes = raw::bytes(text);
    let letters = bytes.iter().copied().map(char::from);
    if !letters.clone().any(char::is_whitespace) {
        return text.to_owned();
    }
    letters.filter(|letter| !letter.is_whitespace()).collect()
}

/// The map `_0`, `_1`, ... of pieces.
fn numbered(pieces: &[&str]) -> Result<Value> {
    if pieces.len() > LONGEST_LIST {
        return Err(Error::function(format!("split: a map of more than {LONGEST_LIST} texts")));
    }
    let entry = |(index, piece): (usize, &&str)| (format!("_{index}"), Value::text(*piece));
    let map = Map::new(pieces.iter().enumerate().map(entry).collect());
    Ok(Value::Map(map.as_type(MapType::Texts)))
}
