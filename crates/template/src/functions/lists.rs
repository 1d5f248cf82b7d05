//! Lists. Every function gives a new list and leaves its argument alone.

use std::borrow::Cow;

use super::Table;
use super::arguments::{at_least, exactly, int, nil_pointer, texts_of};
use super::conversion::to_int64;
use super::defaults::is_empty;
use super::reflection::{deep_equal, kind};
use crate::error::{Error, Result};
use crate::value::{ItemType, Items, List, Value};

pub(super) const TABLE: Table = &[
    ("list", |arguments| Ok(Value::list(arguments.to_vec()))),
    ("tuple", |arguments| Ok(Value::list(arguments.to_vec()))),
    ("first", |arguments| end("first", arguments, |items| items.first())),
    ("mustFirst", |arguments| end("mustFirst", arguments, |items| items.first())),
    ("last", |arguments| end("last", arguments, |items| items.last())),
    ("mustLast", |arguments| end("mustLast", arguments, |items| items.last())),
    ("rest", |arguments| without_end("rest", arguments, |items| items.split_first().map(|(_, rest)| rest))),
    ("mustRest", |arguments| without_end("mustRest", arguments, |items| items.split_first().map(|(_, rest)| rest))),
    ("initial", |arguments| without_end("initial", arguments, |items| items.split_last().map(|(_, rest)| rest))),
    ("mustInitial", |arguments| {
        without_end("mustInitial", arguments, |items| items.split_last().map(|(_, rest)| rest))
    }),
    ("reverse", |arguments| map("reverse", arguments, |items| items.iter().rev().cloned().collect())),
    ("mustReverse", |arguments| map("mustReverse", arguments, |items| items.iter().rev().cloned().collect())),
    ("compact", |arguments| map("compact", arguments, filled)),
    ("mustCompact", |arguments| map("mustCompact", arguments, filled)),
    ("uniq", |arguments| uniq("uniq", arguments)),
    ("mustUniq", |arguments| uniq("mustUniq", arguments)),
    ("append", |arguments| push("append", arguments)),
    ("mustAppend", |arguments| push("mustAppend", arguments)),
    ("push", |arguments| push("push", arguments)),
    ("mustPush", |arguments| push("mustPush", arguments)),
    ("prepend", |arguments| prepend("prepend", arguments)),
    ("mustPrepend", |arguments| prepend("mustPrepend", arguments)),
    ("concat", concat),
    ("without", |arguments| without("without", arguments)),
    ("mustWithout", |arguments| without("mustWithout", arguments)),
    ("has", |arguments| has("has", arguments)),
    ("mustHas", |arguments| has("mustHas", arguments)),
    ("slice", |arguments| slice("slice", arguments)),
    ("mustSlice", |arguments| slice("mustSlice", arguments)),
    ("chunk", |arguments| chunk("chunk", arguments)),
    ("mustChunk", |arguments| chunk("mustChunk", arguments)),
    ("sortAlpha", sort_alpha),
];

/// What an error calls the function: `mustFirst` and `first` are one.
fn plain_name(name: &str) -> String {
    let plain = name.strip_prefix("must").unwrap_or(name).to_lowercase();
    if plain == "append" { "push".to_owned() } else { plain }
}

fn items<'a>(name: &str, value: &'a Value) -> Result<Cow<'a, [Value]>> {
    match value {
        Value::List(list) => Ok(Cow::Borrowed(&list.items)),
        Value::Nil => Err(nil_pointer()),
        Value::Object(object) if let Value::List(list) = object.data() => Ok(Cow::Owned(list.items.to_vec())),
        other => {
            let words = match plain_name(name).as_str() {
                "compact" => "Cannot compact on".to_owned(),
                "push" => "Cannot push on".to_owned(),
                "prepend" => "Cannot prepend on".to_owned(),
                "chunk" => "Cannot chunk".to_owned(),
                plain => format!("Cannot find {plain} on"),
            };
            Err(Error::function(format!("{words} type {}", kind(other))))
        }
    }
}

fn end(name: &str, arguments: &[Value], choose: fn(&[Value]) -> Option<&Value>) -> Result<Value> {
    let [list] = exactly(name, arguments)?;
    Ok(choose(&items(name, list)?).cloned().unwrap_or_default())
}

fn map(name: &str, arguments: &[Value], change: fn(&[Value]) -> Vec<Value>) -> Result<Value> {
    let [list] = exactly(name, arguments)?;
    Ok(Value::list(change(&items(name, list)?)))
}

/// All but one at an end; nothing is left of what is empty.
fn without_end(name: &str, arguments: &[Value], rest: fn(&[Value]) -> Option<&[Value]>) -> Result<Value> {
    let [list] = exactly(name, arguments)?;
    let items = items(name, list)?;
    Ok(rest(&items).map_or_else(|| Value::nil_list(ItemType::NilAny), |rest| Value::list(rest.to_vec())))
}

fn filled(items: &[Value]) -> Vec<Value> {
    items.iter().filter(|item| !is_empty(item)).cloned().collect()
}

/// The first of each kind of equal items.
fn uniq(name: &str, arguments: &[Value]) -> Result<Value> {
    let [list] = exactly(name, arguments)?;
    let mut kept: Vec<Value> = Vec::new();
    for item in items(name, list)?.iter() {
        if !contains(&kept, item)? {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

fn contains(items: &[Value], wanted: &Value) -> Result<bool> {
    for item in items {
        if deep_equal(item, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn push(name: &str, arguments: &[Value]) -> Result<Value> {
    let [list, item] = exactly(name, arguments)?;
    Ok(Value::list(items(name, list)?.iter().chain([item]).cloned().collect()))
}

fn prepend(name: &str, arguments: &[Value]) -> Result<Value> {
    let [list, item] = exactly(name, arguments)?;
    Ok(Value::list([item].into_iter().chain(items(name, list)?.iter()).cloned().collect()))
}

fn concat(arguments: &[Value]) -> Result<Value> {
    let mut joined = Vec::new();
    for argument in arguments {
        match argument {
            Value::List(list) => joined.extend(list.items.iter().cloned()),
            Value::Nil => return Err(nil_pointer()),
            other => return Err(Error::function(format!("Cannot concat type {} as list", kind(other)))),
        }
    }
    Ok(if joined.is_empty() { Value::nil_list(ItemType::NilAny) } else { Value::list(joined) })
}

fn without(name: &str, arguments: &[Value]) -> Result<Value> {
    let ([list], left_out) = at_least(name, arguments)?;
    let mut kept = Vec::new();
    for item in items(name, list)?.iter() {
        if !contains(left_out, item)? {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

fn has(name: &str, arguments: &[Value]) -> Result<Value> {
    let [item, list] = exactly(name, arguments)?;
    if matches!(list, Value::Nil) {
        return Ok(Value::Bool(false));
    }
    contains(&items(name, list)?, item).map(Value::Bool)
}

fn slice(name: &str, arguments: &[Value]) -> Result<Value> {
    let ([value], bounds) = at_least(name, arguments)?;
    let list = match value {
        Value::List(list) => list,
        Value::Nil => return Err(nil_pointer()),
        other => {
            let found = kind(other);
            return Err(Error::function(format!("list should be type of slice or array but {found}")));
        }
    };
    if list.items.is_empty() {
        return Ok(Value::Nil);
    }
    let place = |index: usize| bounds.get(index).map(|bound| usize::try_from(to_int64(bound)).unwrap_or(usize::MAX));
    let range = place(0).unwrap_or(0)..place(1).unwrap_or(list.items.len());
    let part = list.items.get(range);
    let part = part.ok_or_else(|| Error::function("reflect.Value.Slice: slice index out of bounds"))?;
    Ok(Value::List(List { items: Items::new(part.to_vec()), of: list.of }))
}

fn chunk(name: &str, arguments: &[Value]) -> Result<Value> {
    let [size, list] = exactly(name, arguments)?;
    let size = int(size)?;
    let items = items(name, list)?;
    let size = usize::try_from(size).ok().filter(|size| *size > 0);
    let size = size.ok_or_else(|| Error::function("runtime error: makeslice: len out of range"))?;
    let chunks: Vec<Value> = items.chunks(size).map(|chunk| Value::list(chunk.to_vec())).collect();
    Ok(Value::List(List { items: Items::new(chunks), of: ItemType::List }))
}

fn sort_alpha(arguments: &[Value]) -> Result<Value> {
    let [value] = exactly("sortAlpha", arguments)?;
    let mut texts = match value {
        Value::Nil => vec!["<nil>".to_owned()],
        value => texts_of(value),
    };
    texts.sort_unstable();
    Ok(Value::texts(texts))
}
