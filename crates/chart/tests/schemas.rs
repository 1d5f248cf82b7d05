//! What is said of values that do not fit a schema, as Helm says it, and schemas that lead elsewhere.
#![allow(clippy::unwrap_used)]

use sealer_chart::{File, Options, Release, Rendered, Sources, load_files, render};

fn rendered(schema: &str, values: &str) -> Result<Rendered, String> {
    let file = |name: &str, text: &str| File { name: name.to_owned(), data: text.as_bytes().into() };
    let chart = file("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n");
    let files = vec![chart, file("values.yaml", values), file("values.schema.json", schema)];
    let values = Sources::default().merge(&|path| Err(path.to_owned())).unwrap();
    render(load_files(files).unwrap(), &values, &Options::new(Release::new("rel", "ns")))
        .map_err(|error| error.to_string())
}

#[test]
fn a_value_that_does_not_fit_is_described_in_helms_words() {
    let table = [
        (r#"{"minLength": 3}"#, "a: x", "at '/a': minLength: got 1, want 3"),
        (r#"{"maxLength": 1}"#, "a: xyz", "at '/a': maxLength: got 3, want 1"),
        (r#"{"const": 1}"#, "a: 2", "at '/a': value must be 1"),
        (r#"{"const": "b"}"#, "a: 2", "at '/a': value must be 'b'"),
        (r#"{"enum": [1]}"#, "a: 2", "at '/a': value must be 1"),
        (r#"{"enum": [1, "b", null]}"#, "a: 2", "at '/a': value must be one of 1, 'b', <nil>"),
        (r#"{"minItems": 2}"#, "a: [1]", "at '/a': minItems: got 1, want 2"),
        (r#"{"maxItems": 1}"#, "a: [1, 2]", "at '/a': maxItems: got 2, want 1"),
        (r#"{"uniqueItems": true}"#, "a: [1, 2, 1]", "at '/a': items at 0 and 2 are equal"),
        (r#"{"minProperties": 2}"#, "a: {b: 1}", "at '/a': minProperties: got 1, want 2"),
        (r#"{"exclusiveMinimum": 3}"#, "a: 3", "at '/a': exclusiveMinimum: got 3, want 3"),
        (r#"{"multipleOf": 3}"#, "a: 4", "at '/a': multipleOf: got 4, want 3"),
        (r#"{"not": {"type": "number"}}"#, "a: 4", "at '/a': 'not' failed"),
        (r#"{"type": ["string", "null"]}"#, "a: 4", "at '/a': got number, want null or string"),
        (
            r#"{"anyOf": [{"type": "string"}, {"type": "boolean"}]}"#,
            "a: 4",
            "at '/a': 'anyOf' failed\n  - at '/a': got number, want string\n  - at '/a': got number, want boolean",
        ),
        (
            r#"{"oneOf": [{"type": "string"}, {"type": "boolean"}]}"#,
            "a: 4",
            "at '/a': 'oneOf' failed, none matched\n  - at '/a': got number, want string\n  - at '/a': got number, want boolean",
        ),
        (r#"{"oneOf": [{"type": "number"}, {"minimum": 1}]}"#, "a: 4", "'oneOf' failed, subschemas 0, 1 matched"),
    ];
    for (schema, values, expected) in table {
        let error = rendered(&format!(r#"{{"properties": {{"a": {schema}}}}}"#), values).unwrap_err();
        assert!(error.contains(expected), "{schema}\n  expected {expected}\n  says {error}");
    }
}

#[test]
fn a_place_on_the_network_is_not_visited_and_the_rest_still_holds() {
    let schema = r#"{"properties": {"a": {"$ref": "https://nowhere.invalid/x.json"}, "b": {"type": "string"}}}"#;
    let warnings = rendered(schema, "a: 1").unwrap().warnings;
    assert!(warnings.iter().any(|warning| warning.contains("https://nowhere.invalid/x.json")), "{warnings:?}");
    assert!(rendered(schema, "b: 1").unwrap_err().contains("at '/b': got number, want string"));
    let file = r#"{"properties": {"a": {"$ref": "file:///etc/passwd"}}}"#;
    assert!(rendered(file, "a: 1").unwrap_err().contains("lies outside the chart"));
}
