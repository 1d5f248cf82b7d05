//! Differences between a cluster and what it shall be: for people a unified diff of each object, for programs field by field.

use super::unified;
use crate::args::OutputFormat;
use crate::failure::Failure;
use crate::output;
use sealer_release::{Change, Difference, Differing};
use sealer_template::{json as template_json, yaml};
use serde_json::{Value, json};

/// Prints them.
///
/// # Errors
/// When standard output cannot be written to.
pub(super) fn print(differences: &[Difference], format: OutputFormat) -> Result<(), Failure> {
    match format {
        OutputFormat::Json => output::print_json(&differences.iter().map(as_json).collect::<Vec<_>>()),
        OutputFormat::Table if differences.is_empty() => output::print("no difference\n"),
        OutputFormat::Table => output::print(differences.iter().map(text).collect::<String>()),
    }
}

fn as_json(difference: &Difference) -> Value {
    let field = |(path, is, shall): &(String, Value, Value)| json!({"path": path, "is": is, "shall": shall});
    let (change, fields, diff) = match &difference.change {
        Change::Missing => ("missing", Vec::new(), None),
        Change::Removed => ("removed", Vec::new(), None),
        Change::Differs(it) => ("differs", it.fields.iter().map(field).collect(), Some(unified_text(it))),
    };
    json!({"object": difference.object.to_string(), "change": change, "fields": fields, "diff": diff})
}

fn text(difference: &Difference) -> String {
    let object = &difference.object;
    match &difference.change {
        Change::Missing => format!("+ {object}\n"),
        Change::Removed => format!("- {object}\n"),
        Change::Differs(it) => format!("~ {object}\n--- as it is\n+++ as it shall be\n{}", unified_text(it)),
    }
}

fn unified_text(differing: &Differing) -> String {
    unified::hunks(&document(&differing.is), &document(&differing.shall))
}

/// An object as YAML; as JSON where it has no form in YAML.
fn document(object: &Value) -> String {
    let text = object.to_string();
    let value = template_json::read(&text).ok();
    value.and_then(|value| yaml::write(&value).ok()).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_release::Identity;

    fn object() -> Identity {
        Identity {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            namespace: Some("web".to_owned()),
            name: "site".to_owned(),
        }
    }

    #[test]
    fn an_object_that_differs_is_told_as_a_unified_diff() {
        let (is, shall) = (json!({"spec": {"a": 1, "replicas": 7}}), json!({"spec": {"a": 1, "replicas": 1}}));
        let fields = vec![("spec.replicas".to_owned(), json!(7), json!(1))];
        let change = Change::Differs(Box::new(Differing { fields, is, shall }));
        let drifted = Difference { object: object(), change };
        let expected = "~ Deployment web/site\n--- as it is\n+++ as it shall be\n@@ -1,3 +1,3 @@\n spec:\n   a: 1\n\
                        -  replicas: 7\n+  replicas: 1\n";
        assert_eq!(text(&drifted), expected);
        let told = as_json(&drifted);
        assert_eq!(told["fields"], json!([{"path": "spec.replicas", "is": 7, "shall": 1}]));
        assert!(told["diff"].as_str().unwrap().contains("+  replicas: 1\n"), "{told}");
    }

    #[test]
    fn an_object_that_is_not_there_is_one_line() {
        assert_eq!(text(&Difference { object: object(), change: Change::Missing }), "+ Deployment web/site\n");
        assert_eq!(text(&Difference { object: object(), change: Change::Removed }), "- Deployment web/site\n");
    }
}
