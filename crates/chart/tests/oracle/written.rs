//! What Helm makes of the cases in `tests/cases` must be what they say.

use sealer_template::{json as template_json, yaml};
use serde_json::{Value, json};

use crate::case::{self, Case};
use crate::helm::Helm;

#[test]
fn helm_does_what_the_cases_say() {
    let Some(mut helm) = Helm::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut differing = Vec::new();
    for case in case::all() {
        let chart = folder.path().join(&case.name);
        case.write(&chart);
        let parsed = |text: &str| -> Value {
            let value = yaml::read(text).and_then(|value| template_json::write(&value)).unwrap();
            serde_json::from_str(&value).ok().filter(Value::is_object).unwrap_or_else(|| json!({}))
        };
        let answer = helm.render(&chart, &parsed(&case.values), &parsed(&case.release));
        differing.extend(difference(&case, &answer).map(|difference| format!("{}: {difference}", case.name)));
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

fn difference(case: &Case, answer: &Value) -> Option<String> {
    let Some(renders) = answer.get("renders").and_then(Value::as_object) else {
        return case.fails.is_none().then(|| format!("Helm fails: {answer}"));
    };
    if case.fails.is_some() {
        return Some("Helm renders it".to_owned());
    }
    let expected = json!(case.renders);
    (Some(renders) != expected.as_object()).then(|| format!("\n  expected {expected}\n  Helm     {}", json!(renders)))
}
