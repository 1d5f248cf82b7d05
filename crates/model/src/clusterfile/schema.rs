//! The JSON schema of a Clusterfile's documents, for editors: they complete names, show what a field means, and underline what
//! the strict check would refuse.

use super::fields::{CLUSTER_PHASES, DOCUMENTS, HOST_PHASES};
use super::shape::{DocumentShape, Field, Format, Shape, Support};
use serde_json::{Map, Value, json};

/// The schema as text, with a line break at the end.
#[must_use]
pub fn json_schema() -> String {
    let choose = |document: &DocumentShape| {
        json!({
            "if": {"properties": {"kind": {"const": document.kind}}},
            "then": {"$ref": format!("#/definitions/{}", document.kind)},
        })
    };
    let definitions: Map<String, Value> =
        DOCUMENTS.iter().map(|document| (document.kind.to_owned(), definition(document))).collect();
    let kinds: Vec<&str> = DOCUMENTS.iter().map(|document| document.kind).collect();
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Clusterfile",
        "description": "One document of a Clusterfile",
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {"apiVersion": {"type": "string"}, "kind": {"enum": kinds}},
        "allOf": DOCUMENTS.iter().map(choose).collect::<Vec<_>>(),
        "definitions": definitions,
    });
    format!("{schema:#}\n")
}

fn definition(document: &DocumentShape) -> Value {
    let mut schema = object(document.fields, document.open);
    schema["description"] = json!(document.about);
    schema["properties"]["apiVersion"] = json!({"enum": document.versions});
    schema["properties"]["kind"] = json!({"const": document.kind});
    schema
}

fn object(fields: &[Field], open: bool) -> Value {
    let properties: Map<String, Value> = fields.iter().map(|field| (field.name.to_owned(), property(field))).collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let mut schema = json!({"type": ["object", "null"], "properties": properties, "additionalProperties": open});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn property(field: &Field) -> Value {
    let mut schema = value(&field.shape);
    let description = description(field);
    if !description.is_empty() {
        schema["description"] = json!(description);
    }
    schema
}

/// What the field means, what is taken without it, and what this version does not do with it.
pub(super) fn description(field: &Field) -> String {
    let default = field.default.map(|default| format!("Without it: {default}"));
    let support = match field.support {
        Support::Honoured => None,
        Support::NotYet(instead) => Some(format!("Not supported yet: {instead}")),
        Support::Computed => Some("sealer sets it by itself".to_owned()),
    };
    let about = (!field.about.is_empty()).then(|| field.about.to_owned());
    about.into_iter().chain(default).chain(support).collect::<Vec<_>>().join(". ")
}

fn value(shape: &Shape) -> Value {
    match shape {
        Shape::Text => json!({"type": ["string", "number", "boolean", "null"]}),
        Shape::Secret => json!({"type": ["string", "number", "null"]}),
        Shape::Formatted(format) => formatted(*format),
        Shape::Boolean => json!({"type": ["boolean", "null"]}),
        Shape::Integer(least, most) => integer(*least, *most),
        Shape::Number => json!({"type": ["number", "null"]}),
        Shape::Choice(words) => json!({"enum": words}),
        Shape::List(item) => json!({"type": ["array", "null"], "items": value(item)}),
        Shape::Map(item) => json!({"type": ["object", "null"], "additionalProperties": value(item)}),
        Shape::Labels => json!({"type": ["object", "null"], "additionalProperties": value(&Shape::Text)}),
        Shape::Object(fields) => object(fields, false),
        Shape::Open(fields) => object(fields, true),
        Shape::Arguments => json!({"type": ["object", "array", "null"]}),
        Shape::Anything => json!({}),
    }
}

fn integer(least: i64, most: i64) -> Value {
    // a number may stand in quotes, as the Go sealer has ports
    let mut schema = json!({"type": ["integer", "string", "null"]});
    if least != i64::MIN {
        schema["minimum"] = json!(least);
    }
    if most != i64::MAX {
        schema["maximum"] = json!(most);
    }
    schema
}

fn formatted(format: Format) -> Value {
    let pattern = match format {
        Format::ClusterName | Format::Namespace => "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$".to_owned(),
        Format::Variable => "^[A-Za-z_][A-Za-z0-9_]*$".to_owned(),
        Format::Pair => "^[^=\\s]+=".to_owned(),
        Format::Taint => "^[^:=]+(=[^:]*)?(:(NoSchedule|PreferNoSchedule|NoExecute)-?|-)$".to_owned(),
        Format::AbsolutePath => "^/".to_owned(),
        Format::RelativePath => "^[^/]".to_owned(),
        Format::Phases => phases(),
        Format::Networks => "^[0-9a-fA-F:.]+/[0-9]+(,[0-9a-fA-F:.]+/[0-9]+)*$".to_owned(),
        Format::RepositoryPath => "^[a-z0-9]([a-z0-9._/-]*[a-z0-9])?$".to_owned(),
        Format::Image
        | Format::Address
        | Format::Addresses
        | Format::Domain
        | Format::Host
        | Format::Duration
        | Format::NotEmpty => {
            return json!({"type": ["string", "number", "null"]});
        }
    };
    json!({"type": ["string", "null"], "pattern": pattern})
}

fn phases() -> String {
    let known = CLUSTER_PHASES.iter().chain(HOST_PHASES).copied().collect::<Vec<_>>().join("|");
    format!("^\\s*({known})\\s*(\\|\\s*({known})\\s*)*$")
}
