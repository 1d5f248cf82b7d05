//! Merging data into YAML documents so that a person finds the file again: comments, order and the other documents stay as they were
//! written. The text is edited in place; what the edited text means is then compared with what the merge must mean, and where
//! editing cannot do it (anchors, flow style), the documents are written anew from their meaning.

mod edit;
mod tree;

use serde_json::Value;

/// Merges data, a map, into every document of a text. Maps are merged field by field; everything else is replaced.
///
/// # Errors
/// When the text or the data is no YAML or not made of maps.
pub fn merge(text: &str, data: &str) -> Result<String, String> {
    let wanted = single(data)?;
    let before = documents(text).map_err(|error| format!("what is there is no YAML: {error}"))?;
    if before.is_empty() {
        return Ok(data.to_owned());
    }
    let mut expected = before;
    for document in &mut expected {
        if !document.is_object() {
            return Err("what is there is no map, so that nothing can be merged into it".to_owned());
        }
        lay_over(document, &wanted);
    }
    let edited = |data: &str| {
        edit::merged(text, data).filter(|edited| documents(edited).is_ok_and(|meaning| meaning == expected))
    };
    if let Some(edited) = edited(data) {
        return Ok(edited);
    }
    // data in flow style cannot be laid into a text line by line; written anew it can
    let lines = serde_saphyr::to_string(&wanted).map_err(|error| error.to_string())?;
    edited(&lines).map_or_else(|| anew(&expected), Ok)
}

fn single(data: &str) -> Result<Value, String> {
    let mut all = documents(data).map_err(|error| format!("the data is no YAML: {error}"))?;
    match (all.pop(), all.is_empty()) {
        (Some(value @ Value::Object(_)), true) => Ok(value),
        _ => Err("the data to merge must be one document, a map".to_owned()),
    }
}

fn documents(text: &str) -> Result<Vec<Value>, String> {
    let read: Result<Vec<Value>, _> = serde_saphyr::from_multiple(text);
    let documents = read.map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())?;
    Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
}

fn lay_over(value: &mut Value, data: &Value) {
    match (value, data) {
        (Value::Object(fields), Value::Object(data)) => {
            for (key, data) in data {
                lay_over(fields.entry(key.clone()).or_insert(Value::Null), data);
            }
        }
        (value, data) => *value = data.clone(),
    }
}

fn anew(documents: &[Value]) -> Result<String, String> {
    let texts = documents.iter().map(|it| serde_saphyr::to_string(it).map_err(|error| error.to_string()));
    let texts = texts.collect::<Result<Vec<String>, String>>()?;
    let ended = |text: String| if text.ends_with('\n') { text } else { text + "\n" };
    Ok(texts.into_iter().map(ended).collect::<Vec<_>>().join("---\n"))
}

#[cfg(test)]
mod tests;
