//! What is wrong with a value, in the words of Helm's validator: people look these up.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use sealer_template::print;
use serde_json::Value;

/// The words for a violation, those for what lies behind it on lines below.
pub(super) fn of(error: &ValidationError<'_>) -> String {
    lines(error, 1)
}

fn lines(error: &ValidationError<'_>, depth: usize) -> String {
    let value = error.instance();
    let got = |what: &str, found: usize, limit: u64| format!("{what}: got {found}, want {limit}");
    match error.kind() {
        Kind::Type { kind } => format!("got {}, want {}", kind_of(value), wanted(kind)),
        Kind::Required { property } => format!("missing property {}", quoted(property)),
        Kind::AdditionalProperties { unexpected } => {
            let names: Vec<String> = unexpected.iter().map(|name| quoted_text(name)).collect();
            format!("additional properties {} not allowed", names.join(", "))
        }
        Kind::Enum { options } => one_of(options.as_array().map_or(&[][..], Vec::as_slice)),
        Kind::Constant { expected_value } => format!("value must be {}", shown(expected_value)),
        Kind::Minimum { limit } => format!("minimum: got {value}, want {limit}"),
        Kind::Maximum { limit } => format!("maximum: got {value}, want {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("exclusiveMinimum: got {value}, want {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("exclusiveMaximum: got {value}, want {limit}"),
        Kind::MultipleOf { multiple_of } => format!("multipleOf: got {value}, want {multiple_of}"),
        Kind::MinLength { limit } => got("minLength", length(value), *limit),
        Kind::MaxLength { limit } => got("maxLength", length(value), *limit),
        Kind::MinItems { limit } => got("minItems", length(value), *limit),
        Kind::MaxItems { limit } => got("maxItems", length(value), *limit),
        Kind::MinProperties { limit } => got("minProperties", length(value), *limit),
        Kind::MaxProperties { limit } => got("maxProperties", length(value), *limit),
        Kind::UniqueItems => equal_items(value),
        Kind::Pattern { pattern } => format!("{} does not match pattern {}", quoted(value), quoted_text(pattern)),
        Kind::Not { .. } => "'not' failed".to_owned(),
        Kind::FalseSchema => "false schema".to_owned(),
        Kind::Contains => "no items match contains schema".to_owned(),
        Kind::AnyOf { context } => format!("'anyOf' failed{}", reasons(context, depth)),
        Kind::OneOfNotValid { context } => format!("'oneOf' failed, none matched{}", reasons(context, depth)),
        Kind::OneOfMultipleValid { context } => format!("'oneOf' failed, subschemas {} matched", matching(context)),
        Kind::PropertyNames { error } => {
            format!("invalid propertyName {}{}", quoted(error.instance()), reason(error, depth))
        }
        _ => error.to_string(),
    }
}

/// Why each of several schemas does not fit, a line for each.
fn reasons(context: &[Vec<ValidationError<'_>>], depth: usize) -> String {
    context.iter().flatten().map(|error| reason(error, depth)).collect()
}

fn reason(error: &ValidationError<'_>, depth: usize) -> String {
    format!("\n{}- at '{}': {}", "  ".repeat(depth), error.instance_path(), lines(error, depth + 1))
}

/// Which schemas fit, by their places.
fn matching(context: &[Vec<ValidationError<'_>>]) -> String {
    let fits = context.iter().enumerate().filter(|(_, errors)| errors.is_empty());
    fits.map(|(place, _)| place.to_string()).collect::<Vec<_>>().join(", ")
}

/// The order in which Helm's validator names types.
const TYPES: [&str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];

fn wanted(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(all) => {
            let mut names: Vec<String> = all.iter().map(|one| one.to_string()).collect();
            names.sort_by_key(|name| TYPES.iter().position(|known| known == name));
            names.join(" or ")
        }
    }
}

fn one_of(options: &[Value]) -> String {
    let shown: Vec<String> = options.iter().map(shown).collect();
    match &shown[..] {
        [only] => format!("value must be {only}"),
        all => format!("value must be one of {}", all.join(", ")),
    }
}

fn equal_items(value: &Value) -> String {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    let pair = (0..items.len()).find_map(|later| {
        let earlier = items.iter().take(later).position(|item| Some(item) == items.get(later))?;
        Some((earlier, later))
    });
    pair.map_or_else(|| "items are equal".to_owned(), |(one, other)| format!("items at {one} and {other} are equal"))
}

fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(entries) => entries.len(),
        _ => 0,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A value as Go prints it, texts in quotes.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted_text(text),
        Value::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

/// A text, or anything else as JSON, in single quotes.
fn quoted(value: &Value) -> String {
    quoted_text(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// With Go's escapes, but for those of the other quotes.
fn quoted_text(text: &str) -> String {
    let escaped = print::quoted(text).replace("\\\"", "\"").replace('\'', "\\'");
    let inner = escaped.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&escaped);
    format!("'{inner}'")
}
