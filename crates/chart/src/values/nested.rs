//! Keys of several steps, `a.b[0].c`, and values put at their end.

use sealer_template::{ItemType, Items, List, Map, Value, print};

/// A step of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Name(String),
    Index(usize),
}

/// A key; the first step is a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key(pub(super) Vec<Step>);

/// Whether the key fits what is there: a name needs a table, an index a list.
pub(super) fn start_of(values: &Map, key: &Key) -> Result<(), String> {
    let mut found = Value::Map(values.clone());
    for (index, step) in key.0.iter().enumerate() {
        let next = match (step, &found) {
            (Step::Name(name), Value::Map(map)) => map.get(name),
            (Step::Index(at), Value::List(list)) => list.items.get(*at).cloned(),
            // what a list holds at an index gives way to a table
            (Step::Name(_), _) if index > 0 && matches!(key.0.get(index - 1), Some(Step::Index(_))) => return Ok(()),
            (step, found) => {
                let wanted = if matches!(step, Step::Name(_)) { "table" } else { "list" };
                return Err(format!("unable to parse key: {} is no {wanted}", print::print(found)));
            }
        };
        match next {
            // a nil in a list is a gap; anywhere else it is a value
            Some(Value::Nil) if matches!(step, Step::Index(_)) => return Ok(()),
            Some(value) => found = value,
            None => return Ok(()),
        }
    }
    Ok(())
}

/// Puts a value at the key's end, with the tables and lists on the way to it. An empty name leads nowhere, as in Helm.
pub(super) fn put(values: &Map, key: &Key, value: Value) {
    if let Some((Step::Name(name), rest)) = key.0.split_first()
        && !name.is_empty()
    {
        let next = with(values.get(name), rest, value);
        values.set(name.as_str(), next);
    }
}

/// What is there, with the value put at the end of the steps.
fn with(found: Option<Value>, steps: &[Step], value: Value) -> Value {
    match steps.split_first() {
        None => value,
        Some((Step::Name(name), rest)) => {
            let map = if let Some(Value::Map(map)) = found { map } else { Map::default() };
            let next = with(map.get(name), rest, value);
            if !name.is_empty() {
                map.set(name.as_str(), next);
            }
            Value::Map(map)
        }
        Some((Step::Index(index), rest)) => {
            let mut items = if let Some(Value::List(list)) = found { list.items.to_vec() } else { Vec::new() };
            if items.len() <= *index {
                items.resize(index + 1, Value::Nil);
            }
            let slot = items.get(*index).filter(|item| !matches!(item, Value::Nil)).cloned();
            let next = with(slot, rest, value);
            if let Some(slot) = items.get_mut(*index) {
                *slot = next;
            }
            Value::List(List { items: Items::new(items), of: ItemType::Any })
        }
    }
}
