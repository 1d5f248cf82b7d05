//! Lists of operations on a document, as RFC 6902 has them.

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Operation {
    op: String,
    path: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    value: Value,
}

/// Carries out a list of operations.
///
/// # Errors
/// With the operation that cannot be carried out.
pub(super) fn apply(operations: &Value, document: &mut Value) -> Result<(), String> {
    let operations = Vec::<Operation>::deserialize(operations).map_err(|error| format!("is no JSON patch: {error}"))?;
    for operation in operations {
        let what = format!("{} {}", operation.op, operation.path);
        operation.carry_out(document).ok_or_else(|| format!("{what}: there is no such place"))?;
    }
    Ok(())
}

impl Operation {
    fn carry_out(self, document: &mut Value) -> Option<()> {
        match self.op.as_str() {
            "add" => add(document, &self.path, self.value),
            "replace" => {
                *document.pointer_mut(&self.path)? = self.value;
                Some(())
            }
            "remove" => remove(document, &self.path).map(drop),
            "move" => {
                let value = remove(document, &self.from)?;
                add(document, &self.path, value)
            }
            "copy" => {
                let value = document.pointer(&self.from)?.clone();
                add(document, &self.path, value)
            }
            "test" => (document.pointer(&self.path)? == &self.value).then_some(()),
            _ => None,
        }
    }
}

fn add(document: &mut Value, path: &str, value: Value) -> Option<()> {
    if path.is_empty() {
        *document = value;
        return Some(());
    }
    let (parent, key) = path.rsplit_once('/')?;
    match document.pointer_mut(parent)? {
        Value::Object(map) => {
            map.insert(key.replace("~1", "/").replace("~0", "~"), value);
        }
        Value::Array(items) => {
            let index =
                if key == "-" { items.len() } else { key.parse().ok().filter(|index| *index <= items.len())? };
            items.insert(index, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(document: &mut Value, path: &str) -> Option<Value> {
    let (parent, key) = path.rsplit_once('/')?;
    match document.pointer_mut(parent)? {
        Value::Object(map) => map.remove(&key.replace("~1", "/").replace("~0", "~")),
        Value::Array(items) => {
            let index: usize = key.parse().ok().filter(|index| *index < items.len())?;
            Some(items.remove(index))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn operations_change_the_document_or_say_which_one_cannot() {
        let mut document = json!({"spec": {"containers": [{"image": "a"}], "x/y": 1}});
        let operations = json!([
            {"op": "test", "path": "/spec/containers/0/image", "value": "a"},
            {"op": "replace", "path": "/spec/containers/0/image", "value": "b"},
            {"op": "add", "path": "/spec/containers/-", "value": {"image": "c"}},
            {"op": "copy", "from": "/spec/containers/0", "path": "/spec/containers/0"},
            {"op": "remove", "path": "/spec/x~1y"},
            {"op": "move", "from": "/spec/containers", "path": "/spec/list"},
        ]);
        apply(&operations, &mut document).unwrap();
        assert_eq!(document, json!({"spec": {"list": [{"image": "b"}, {"image": "b"}, {"image": "c"}]}}));
        let error = apply(&json!([{"op": "replace", "path": "/a/b", "value": 1}]), &mut document).unwrap_err();
        assert_eq!(error, "replace /a/b: there is no such place");
        assert!(apply(&json!({"op": "add"}), &mut document).is_err());
    }
}
