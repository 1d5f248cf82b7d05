//! Regular expressions with Go's syntax. The plain forms differ in what they make of a pattern that cannot be read: `regexMatch`
//! says no, the others fail in other words than their `must` forms.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::{Captures, Regex};

use super::Table;
use super::arguments::{bounded_texts, exactly, int, text, within_bounds};
use super::pattern::translated;
use super::pattern_problem;
use crate::error::{Error, Result};
use crate::value::{ItemType, Value};

pub(super) const TABLE: Table = &[
    ("regexMatch", |arguments| {
        let [pattern, value] = exactly("regexMatch", arguments)?;
        let value = text(value)?;
        Ok(Value::Bool(compiled(text(pattern)?).is_ok_and(|regex| regex.is_match(value))))
    }),
    ("mustRegexMatch", |arguments| {
        let [pattern, value] = exactly("mustRegexMatch", arguments)?;
        Ok(Value::Bool(compiled(text(pattern)?)?.is_match(text(value)?)))
    }),
    ("regexFind", |arguments| find("regexFind", arguments)),
    ("mustRegexFind", |arguments| find("mustRegexFind", arguments)),
    ("regexFindAll", |arguments| find_all("regexFindAll", arguments)),
    ("mustRegexFindAll", |arguments| find_all("mustRegexFindAll", arguments)),
    ("regexReplaceAll", |arguments| replace("regexReplaceAll", arguments)),
    ("mustRegexReplaceAll", |arguments| replace("mustRegexReplaceAll", arguments)),
    ("regexReplaceAllLiteral", |arguments| replace_literal("regexReplaceAllLiteral", arguments)),
    ("mustRegexReplaceAllLiteral", |arguments| replace_literal("mustRegexReplaceAllLiteral", arguments)),
    ("regexSplit", |arguments| split("regexSplit", arguments)),
    ("mustRegexSplit", |arguments| split("mustRegexSplit", arguments)),
    ("regexQuoteMeta", |arguments| {
        let [value] = exactly("regexQuoteMeta", arguments)?;
        Ok(Value::text(without_meaning(text(value)?)))
    }),
];

/// Patterns that are kept ready: charts use few, many times.
const KEPT: usize = 256;

fn compiled(pattern: &str) -> Result<Regex> {
    thread_local! {
        static READY: RefCell<HashMap<String, Regex>> = RefCell::default();
    }
    if let Some(regex) = READY.with_borrow(|ready| ready.get(pattern).cloned()) {
        return Ok(regex);
    }
    if let Some(problem) = pattern_problem::of(pattern) {
        return Err(Error::function(format!("error parsing regexp: {problem}")));
    }
    let regex = Regex::new(&translated(pattern)).map_err(|error| unreadable(pattern, &error))?;
    READY.with_borrow_mut(|ready| {
        if ready.len() >= KEPT {
            ready.clear();
        }
        ready.insert(pattern.to_owned(), regex.clone());
    });
    Ok(regex)
}

/// The pattern for a function of that name, with the error that goes with it.
fn pattern(name: &str, value: &Value) -> Result<Regex> {
    let pattern = text(value)?;
    compiled(pattern).map_err(|error| match name.starts_with("must") {
        true => error,
        false => Error::function(format!("regexp: Compile(`{pattern}`): {error}")),
    })
}

fn unreadable(pattern: &str, error: &regex::Error) -> Error {
    let words = error.to_string();
    let last = words.lines().last().unwrap_or("").trim_start_matches("error: ").to_owned();
    let reason = match last.as_str() {
        "unclosed group" => "missing closing )".to_owned(),
        "unopened group" => "unexpected )".to_owned(),
        _ => last,
    };
    Error::function(format!("error parsing regexp: {reason}: `{pattern}`"))
}

fn find(name: &str, arguments: &[Value]) -> Result<Value> {
    let [regex, value] = exactly(name, arguments)?;
    let found = pattern(name, regex)?.find(text(value)?).map_or("", |found| found.as_str());
    Ok(Value::text(found))
}

fn find_all(name: &str, arguments: &[Value]) -> Result<Value> {
    let [regex, value, count] = exactly(name, arguments)?;
    let most = usize::try_from(int(count)?).unwrap_or(usize::MAX);
    let regex = pattern(name, regex)?;
    let mut found = regex.find_iter(text(value)?).take(most).map(|found| found.as_str()).peekable();
    if found.peek().is_none() {
        return Ok(Value::nil_list(ItemType::NilText));
    }
    bounded_texts(name, found)
}

/// Refuses a replacement that would make a text grow beyond bounds.
fn check_growth(name: &str, regex: &Regex, text: &str, replacement: &str) -> Result<()> {
    let references = replacement.matches('$').count();
    let groups = references.checked_add(1).and_then(|times| times.checked_mul(text.len()));
    let grown = |places: usize| groups?.checked_add(replacement.len().checked_mul(places)?);
    let most = grown(text.len() + 1);
    within_bounds(name, most).or_else(|_| within_bounds(name, grown(regex.find_iter(text).count())))
}

fn replace(name: &str, arguments: &[Value]) -> Result<Value> {
    let [regex, value, replacement] = exactly(name, arguments)?;
    let (regex, value, replacement) = (pattern(name, regex)?, text(value)?, text(replacement)?);
    check_growth(name, &regex, value, replacement)?;
    Ok(Value::text(regex.replace_all(value, &**replacement)))
}

fn replace_literal(name: &str, arguments: &[Value]) -> Result<Value> {
    let [regex, value, replacement] = exactly(name, arguments)?;
    let (regex, value, replacement) = (pattern(name, regex)?, text(value)?, text(replacement)?);
    check_growth(name, &regex, value, replacement)?;
    Ok(Value::text(regex.replace_all(value, |_: &Captures<'_>| replacement.to_string())))
}

/// The pieces between matches, as Go cuts them: nothing in front of an empty match at the start.
fn split(name: &str, arguments: &[Value]) -> Result<Value> {
    let [regex, value, count] = exactly(name, arguments)?;
    let (regex, text, count) = (pattern(name, regex)?, text(value)?, int(count)?);
    if count == 0 {
        return Ok(Value::nil_list(ItemType::NilText));
    }
    if text.is_empty() && !regex.as_str().is_empty() {
        return Ok(Value::texts([""]));
    }
    let most = usize::try_from(count).unwrap_or(usize::MAX);
    let (mut pieces, mut start, mut end) = (Vec::new(), 0, 0);
    for found in regex.find_iter(text).take(most) {
        if pieces.len() == most - 1 {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            pieces.push(&text[start..end]);
        }
        start = found.end();
    }
    if end != text.len() {
        pieces.push(&text[start..]);
    }
    bounded_texts(name, pieces.into_iter())
}

/// The text with a backslash in front of each sign that has a meaning in a pattern.
fn without_meaning(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}
