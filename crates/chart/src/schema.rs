//! Values against the schemas that charts bring along (`values.schema.json`). A schema may refer to its own parts and to nothing
//! else: charts are rendered on sites without a network, and must not read the machine's files.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Retrieve, Uri, ValidationError};
use sealer_template::{Map, Value, json};

use crate::chart::Chart;
use crate::error::{Error, Result, Violation};

/// Checks the values of a chart and of the charts below it.
///
/// # Errors
/// [`Error::Schema`] with every violation; a schema that is none.
pub(crate) fn check(chart: &Chart, values: &Map) -> Result<()> {
    let mut violations = Vec::new();
    collect(chart, values, &mut violations)?;
    if violations.is_empty() { Ok(()) } else { Err(Error::Schema(violations)) }
}

fn collect(chart: &Chart, values: &Map, violations: &mut Vec<Violation>) -> Result<()> {
    if let Some(schema) = &chart.schema {
        let found = against(schema, values).map_err(|problem| Error::Unreadable {
            file: format!("values.schema.json of {}", chart.name()),
            problem,
        })?;
        violations.extend(found.into_iter().map(|(path, problem)| Violation {
            chart: chart.name().to_owned(),
            path,
            problem,
        }));
    }
    for below in &chart.dependencies {
        match values.get(below.name()) {
            None | Some(Value::Nil) => {}
            Some(Value::Map(inner)) => collect(below, &inner, violations)?,
            Some(_) => violations.push(Violation {
                chart: below.name().to_owned(),
                path: String::new(),
                problem: "invalid type for values: expected object (map)".to_owned(),
            }),
        }
    }
    Ok(())
}

/// Each violation's place and what is wrong there.
fn against(schema: &[u8], values: &Map) -> std::result::Result<Vec<(String, String)>, String> {
    let schema: serde_json::Value = serde_json::from_slice(schema).map_err(|error| error.to_string())?;
    let text = json::write(&Value::Map(values.clone())).map_err(|error| error.to_string())?;
    let values: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let validator = jsonschema::options().with_retriever(Nowhere).build(&schema).map_err(|error| error.to_string())?;
    let describe = |error: ValidationError<'_>| (error.instance_path().to_string(), words(&error));
    Ok(validator.iter_errors(&values).map(describe).collect())
}

/// What is wrong, in Helm's words where it is one of the usual things.
fn words(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Type { kind } => {
            let found = kind_of(error.instance());
            let wanted = match kind {
                TypeKind::Single(one) => one.to_string(),
                TypeKind::Multiple(all) => all.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(" or "),
            };
            format!("got {found}, want {wanted}")
        }
        ValidationErrorKind::Required { property } => format!("missing property '{}'", bare(property)),
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let names: Vec<String> = unexpected.iter().map(|name| format!("'{name}'")).collect();
            format!("additional properties {} not allowed", names.join(", "))
        }
        ValidationErrorKind::Enum { options } => {
            let options: Vec<String> =
                options.as_array().into_iter().flatten().map(|option| format!("'{}'", bare(option))).collect();
            format!("value must be one of {}", options.join(", "))
        }
        ValidationErrorKind::Minimum { limit } => format!("minimum: got {}, want {limit}", error.instance()),
        ValidationErrorKind::Maximum { limit } => format!("maximum: got {}, want {limit}", error.instance()),
        ValidationErrorKind::Pattern { pattern } => {
            format!("'{}' does not match pattern '{pattern}'", bare(error.instance()))
        }
        _ => error.to_string(),
    }
}

fn kind_of(value: &serde_json::Value) -> &'static str {
    match value {
        serde_json::Value::Null => "null",
        serde_json::Value::Bool(_) => "boolean",
        serde_json::Value::Number(_) => "number",
        serde_json::Value::String(_) => "string",
        serde_json::Value::Array(_) => "array",
        serde_json::Value::Object(_) => "object",
    }
}

/// A text without its quotes, anything else as JSON.
fn bare(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// References that lead out of a schema: names without a place mean anything, as in Helm; places are not visited.
struct Nowhere;

impl Retrieve for Nowhere {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> std::result::Result<serde_json::Value, Box<dyn std::error::Error + Send + Sync>> {
        if uri.scheme().as_str() == "urn" {
            return Ok(serde_json::Value::Bool(true));
        }
        Err(format!("{uri} lies outside the chart and is not fetched; --skip-schema-validation goes on without").into())
    }
}
