//! Values that a chart was not written for: its own defaults with a part of them turned into something else of the same or of another
//! kind. Which part, and into what, follows from a number, so that a difference can be looked at again.

use serde_json::{Map, Value, json};

use crate::dice::Dice;

/// A user's values for the chart whose defaults these are.
pub(crate) fn variant(defaults: &Value, number: u64) -> Value {
    let mut dice = Dice::new(number);
    // from a few changes that leave most charts whole to many that lead into every corner
    let one_in = [3, 8, 24, 60][(number % 4) as usize];
    let Value::Object(map) = defaults else { return json!({}) };
    Value::Object(changed_map(map, one_in, &mut dice))
}

/// Only what is changed, and what leads there.
fn changed_map(map: &Map<String, Value>, one_in: u64, dice: &mut Dice) -> Map<String, Value> {
    let mut changes = Map::new();
    for (key, value) in map {
        let change = match value {
            Value::Object(inner) if !inner.is_empty() => {
                Some(Value::Object(changed_map(inner, one_in, dice))).filter(|inner| inner != &json!({}))
            }
            _ if dice.roll(one_in) == 0 => changed(value, dice),
            _ => None,
        };
        changes.extend(change.map(|change| (key.clone(), change)));
    }
    changes
}

/// Another value, mostly of the same kind.
fn changed(value: &Value, dice: &mut Dice) -> Option<Value> {
    let pick = |dice: &mut Dice, choices: &[Value]| choices.get(dice.roll(choices.len() as u64) as usize).cloned();
    match value {
        Value::Bool(flag) => Some(json!(!flag)),
        Value::Null => pick(dice, &[json!("set"), json!(7), json!({"key": "value"})]),
        Value::Number(_) => pick(dice, &[json!(0), json!(1), json!(3), json!(1.5), json!(12), json!("8080")]),
        Value::String(text) if text.is_empty() => pick(
            dice,
            &[json!("word"), json!("two words: #1"), json!("{{ .Release.Name }}-x"), json!("a\nb\n"), json!("1.10")],
        ),
        Value::String(text) => pick(
            dice,
            &[json!(""), json!(format!("{text}-{}", text.len() % 9)), json!("yes"), json!("0755"), Value::Null],
        ),
        Value::Array(_) => pick(
            dice,
            &[
                json!([]),
                json!([{"name": "extra", "value": "{{ .Release.Namespace }}"}]),
                json!(["one", "two"]),
                json!([{"key": "a", "operator": "Exists"}, {"name": "data", "mountPath": "/data", "emptyDir": {}}]),
            ],
        ),
        Value::Object(_) => pick(
            dice,
            &[
                json!({"key": "value"}),
                json!({"b/c": "2", "a": true, "n": 10}),
                json!({"cpu": "100m", "memory": "1Gi"}),
            ],
        ),
    }
}
