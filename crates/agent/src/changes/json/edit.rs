//! What becomes of a JSON document, without the disk: values are set or added to lists, and taken out again where they are still ours.

use sealer_model::Digest;
use sealer_model::agent::JsonValue;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A value of ours in a document. The ledger knows it by its digest, because it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Edit {
    /// The names that lead to it.
    at: Vec<String>,
    /// What we put there.
    ours: Digest,
    /// Whether it is an item of the list there.
    in_list: bool,
    /// How many of the names led somewhere before.
    existed: usize,
    /// What was there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
}

/// The document with these values, and what undoes them.
pub(super) fn applied(mut document: Value, values: &[JsonValue]) -> Result<(Value, Vec<Edit>), String> {
    let mut edits = Vec::new();
    for value in values {
        edits.extend(apply(&mut document, value)?);
    }
    Ok((document, edits))
}

/// The document without what is still ours. The last edit goes first.
pub(super) fn undone(mut document: Value, edits: &[Edit]) -> Value {
    edits.iter().rev().for_each(|edit| undo(&mut document, edit));
    document
}

fn apply(document: &mut Value, value: &JsonValue) -> Result<Option<Edit>, String> {
    let ours: Value = serde_json::from_str(&value.json.0).map_err(|_| "the value is no JSON".to_owned())?;
    let Some((last, above)) = value.at.split_last() else { return Err("no name leads to the value".into()) };
    let mut existed = 0;
    let mut place = document;
    for name in above {
        let fields = place.as_object_mut().ok_or_else(|| no_object(&value.at))?;
        existed += usize::from(fields.contains_key(name));
        place = fields.entry(name).or_insert_with(|| Value::Object(Map::new()));
    }
    let fields = place.as_object_mut().ok_or_else(|| no_object(&value.at))?;
    let before = fields.get(last).cloned();
    existed += usize::from(before.is_some());
    let mut edit = Edit { at: value.at.clone(), ours: digest(&ours), in_list: value.in_list, existed, before: None };
    if !value.in_list {
        let same = before.as_ref() == Some(&ours);
        edit.before = before;
        fields.insert(last.clone(), ours);
        return Ok((!same).then_some(edit));
    }
    let list = fields.entry(last).or_insert_with(|| Value::Array(Vec::new()));
    let items = list.as_array_mut().ok_or_else(|| format!("{} is no list", value.at.join(".")))?;
    if items.contains(&ours) {
        return Ok(None);
    }
    // in front: who asks in order asks us first
    items.insert(0, ours);
    Ok(Some(edit))
}

fn no_object(at: &[String]) -> String {
    format!("what leads to {} is no object", at.join("."))
}

fn undo(document: &mut Value, edit: &Edit) {
    let Some((last, above)) = edit.at.split_last() else { return };
    let Some(place) = above.iter().try_fold(&mut *document, |place, name| place.get_mut(name)) else { return };
    let Some(fields) = place.as_object_mut() else { return };
    match fields.get_mut(last) {
        Some(Value::Array(items)) if edit.in_list => items.retain(|item| digest(item) != edit.ours),
        Some(value) if !edit.in_list && digest(value) == edit.ours => match &edit.before {
            Some(before) => *value = before.clone(),
            None => drop(fields.remove(last)),
        },
        _ => {}
    }
    // what we made and what is empty again goes with it
    for depth in (edit.existed + 1..=edit.at.len()).rev() {
        remove_empty(document, &edit.at[..depth]);
    }
}

fn remove_empty(document: &mut Value, at: &[String]) {
    let Some((last, above)) = at.split_last() else { return };
    let place = above.iter().try_fold(document, |place, name| place.get_mut(name));
    let Some(fields) = place.and_then(Value::as_object_mut) else { return };
    let empty = match fields.get(last) {
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(fields)) => fields.is_empty(),
        _ => false,
    };
    if empty {
        fields.remove(last);
    }
}

fn digest(value: &Value) -> Digest {
    Digest::of(value.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::agent::Text;
    use serde_json::json;

    fn value(at: &[&str], value: &Value, in_list: bool) -> JsonValue {
        JsonValue { at: at.iter().map(|name| (*name).to_owned()).collect(), json: Text(value.to_string()), in_list }
    }

    fn ours() -> [JsonValue; 3] {
        [
            value(&["registry-mirrors"], &json!("https://sea.hub:5000"), true),
            value(&["auths", "sea.hub:5000"], &json!({"auth": "eA=="}), false),
            value(&["log-level"], &json!("warn"), false),
        ]
    }

    #[test]
    fn what_others_wrote_stays_and_is_as_before_afterwards() {
        for before in [
            json!({}),
            json!({"registry-mirrors": ["https://theirs"], "log-level": "info", "x": {"y": [1]}}),
            json!({"registry-mirrors": [], "auths": {}}),
            json!({"auths": {"theirs": {"auth": "eQ=="}, "sea.hub:5000": {"auth": "former"}}}),
            json!({"registry-mirrors": ["https://sea.hub:5000"], "log-level": "warn"}),
        ] {
            let (after, edits) = applied(before.clone(), &ours()).unwrap();
            assert_eq!(after["registry-mirrors"][0], "https://sea.hub:5000");
            assert_eq!(
                (&after["auths"]["sea.hub:5000"]["auth"], &after["log-level"]),
                (&json!("eA=="), &json!("warn"))
            );
            assert_eq!(applied(after.clone(), &ours()).unwrap(), (after.clone(), Vec::new()), "twice is once");
            assert_eq!(undone(after, &edits), before);
        }
    }

    #[test]
    fn what_others_change_later_is_left_alone() {
        let (mut after, edits) = applied(json!({"log-level": "info"}), &ours()).unwrap();
        after["log-level"] = json!("debug");
        after["registry-mirrors"].as_array_mut().unwrap().push(json!("https://theirs"));
        after["auths"]["theirs"] = json!({});
        let left = json!({"log-level": "debug", "registry-mirrors": ["https://theirs"], "auths": {"theirs": {}}});
        assert_eq!(undone(after, &edits), left);
    }

    #[test]
    fn a_document_of_another_shape_is_refused() {
        for (document, part) in [(json!({"auths": []}), "no object"), (json!({"registry-mirrors": "x"}), "no list")] {
            assert!(applied(document, &ours()).unwrap_err().contains(part));
        }
    }

    #[test]
    fn the_ledger_learns_no_secret() {
        let (_, edits) = applied(json!({}), &ours()).unwrap();
        assert!(!serde_json::to_string(&edits).unwrap().contains("eA=="));
    }
}
