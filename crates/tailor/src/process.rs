//! What happens to a config's data before it is written: `value|toJson|toBase64|toSecret`, one after the other. With `value`, what follows
//! is done to each value at the top of the data instead of the whole. `render`, which can only come first, needs an environment and is done
//! before.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Carries out the processors in their order.
pub(crate) fn process(data: &str, processors: &[String]) -> Result<String, String> {
    if processors.is_empty() {
        return Ok(data.to_owned());
    }
    let mut each = false;
    let mut value = Value::String(data.to_owned());
    for processor in processors {
        value = match processor.as_str() {
            "value" => {
                each = true;
                read(value)?
            }
            "toJson" => applied(value, each, json_text)?,
            "toBase64" => applied(value, each, base64_text)?,
            "toSecret" => json!({"data": fields(read(value)?)?}),
            other => {
                return Err(format!(
                    "there is no processor \"{other}\" here; there are value, toJson, toBase64, toSecret, and render in the first place"
                ));
            }
        };
    }
    written(&value)
}

/// Text is read as YAML; what was read already stays.
fn read(value: Value) -> Result<Value, String> {
    match value {
        Value::String(text) => serde_saphyr::from_str(&text).map_err(|error| format!("the data is no YAML: {error}")),
        value => Ok(value),
    }
}

fn fields(value: Value) -> Result<Map<String, Value>, String> {
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err("the data must be a map of names to values".to_owned()),
    }
}

fn applied(value: Value, each: bool, change: fn(Value) -> Result<Value, String>) -> Result<Value, String> {
    if !each {
        return change(value);
    }
    let changed = fields(value)?.into_iter().map(|(key, value)| Ok((key, change(value)?)));
    changed.collect::<Result<Map<_, _>, String>>().map(Value::Object)
}

fn json_text(value: Value) -> Result<Value, String> {
    Ok(Value::String(read(value)?.to_string()))
}

fn base64_text(value: Value) -> Result<Value, String> {
    let text = match value {
        Value::String(text) => text,
        value => written(&value)?,
    };
    Ok(Value::String(STANDARD.encode(text)))
}

/// A text as it is, everything else as YAML.
fn written(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        value => serde_saphyr::to_string(value).map_err(|error| error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn processed(data: &str, pipe: &str) -> Result<String, String> {
        process(data, &pipe.split('|').filter(|it| !it.is_empty()).map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn processors_work_on_the_whole_or_on_each_value() {
        let data = "config:\n  username: root\n  passwd: xxx\n";
        let encoded = STANDARD.encode(r#"{"passwd":"xxx","username":"root"}"#);
        let cases = [
            ("", data.to_owned()),
            ("value|toJson|toBase64|toSecret", format!("data:\n  config: {encoded}")),
            ("toJson", r#"{"config":{"passwd":"xxx","username":"root"}}"#.to_owned()),
            ("toBase64", STANDARD.encode(data)),
        ];
        for (pipe, expected) in cases {
            assert_eq!(processed(data, pipe).unwrap().trim_end(), expected.trim_end(), "{pipe}");
        }
        assert_eq!(processed("a: b", "value|toBase64").unwrap().trim_end(), "a: Yg==");
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        assert!(processed("a: b", "toBas64").unwrap_err().contains("no processor \"toBas64\""));
        assert!(processed("- a", "toSecret").unwrap_err().contains("must be a map"));
        assert!(processed("a: [", "toJson").unwrap_err().contains("no YAML"));
    }
}
