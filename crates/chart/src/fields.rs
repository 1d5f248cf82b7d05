//! Fields of `Chart.yaml` out of values, as Go fills a struct: a number or a truth value where a text belongs becomes its text
//! (`appVersion: 1.10` is `1.1`), a list or a map there is an error.

use sealer_template::{Map, Value, number};

/// What is wrong with a field.
pub(crate) type Problem = String;

/// The fields of one map.
pub(crate) struct Fields<'a> {
    map: &'a Map,
    /// What is filled, for errors: `Metadata`, `Dependency`.
    of: &'static str,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(map: &'a Map, of: &'static str) -> Self {
        Self { map, of }
    }

    /// The field, whose name may be written in other letter cases.
    fn get(&self, name: &str) -> Option<Value> {
        let exact = self.map.get(name);
        let found = exact.or_else(|| {
            let entries = self.map.entries();
            entries.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        });
        found.filter(|value| !matches!(value, Value::Nil))
    }

    pub(crate) fn text(&self, name: &str) -> Result<String, Problem> {
        self.get(name).map_or(Ok(String::new()), |value| self.as_text(name, &value))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(self.mismatch(name, &other, "bool")),
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, Problem> {
        self.items(name)?.iter().map(|item| self.as_text(name, item)).collect()
    }

    /// The items of a list; none where there is no such field.
    pub(crate) fn items(&self, name: &str) -> Result<Vec<Value>, Problem> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::List(list)) => Ok(list.items.to_vec()),
            Some(other) => Err(self.mismatch(name, &other, "[]string")),
        }
    }

    /// A map of texts, in the order of its keys.
    pub(crate) fn text_map(&self, name: &str) -> Result<Vec<(String, String)>, Problem> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Map(map)) => map
                .entries()
                .into_iter()
                .map(|(key, value)| self.as_text(name, &value).map(|text| (key, text)))
                .collect(),
            Some(other) => Err(self.mismatch(name, &other, "map[string]string")),
        }
    }

    fn as_text(&self, name: &str, value: &Value) -> Result<String, Problem> {
        match value {
            Value::Nil => Ok(String::new()),
            Value::Text(text) => Ok(text.to_string()),
            Value::Bool(flag) => Ok(flag.to_string()),
            Value::Int(whole) | Value::Int64(whole) => Ok(whole.to_string()),
            // A whole number was written as one, mostly: then it keeps its digits.
            Value::Float(float) if float.fract() == 0.0 && float.abs() < 1e18 => Ok(format!("{float:.0}")),
            Value::Float(float) => Ok(number::general(*float)),
            Value::List(_) | Value::Map(_) | Value::Object(_) => Err(self.mismatch(name, value, "string")),
        }
    }

    fn mismatch(&self, name: &str, value: &Value, wanted: &str) -> Problem {
        let found = match value {
            Value::List(_) => "array",
            Value::Map(_) | Value::Object(_) => "object",
            Value::Bool(_) => "bool",
            Value::Text(_) => "string",
            Value::Nil | Value::Int(_) | Value::Int64(_) | Value::Float(_) => "number",
        };
        format!("cannot unmarshal {found} into field {}.{name} of type {wanted}", self.of)
    }
}
