//! Values against the schemas that charts bring along (`values.schema.json`). Of what a schema refers to, only its own parts are
//! looked at: charts are rendered on sites without a network, and must not read the machine's files.

mod words;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::{PatternOptions, Retrieve, Uri, ValidationError};
use sealer_template::{Map, Value, json};

use crate::chart::Chart;
use crate::error::{Error, Result, Violation};

/// Checks the values of a chart and of the charts below it.
///
/// # Errors
/// [`Error::Schema`] with every violation; a schema that is none.
pub(crate) fn check(chart: &Chart, values: &Map, warnings: &mut Vec<String>) -> Result<()> {
    let mut violations = Vec::new();
    collect(chart, values, &mut violations, warnings)?;
    if violations.is_empty() { Ok(()) } else { Err(Error::Schema(violations)) }
}

fn collect(chart: &Chart, values: &Map, violations: &mut Vec<Violation>, warnings: &mut Vec<String>) -> Result<()> {
    if let Some(schema) = &chart.schema {
        let elsewhere = Elsewhere::default();
        // a schema that is none fits nothing
        let broken = |problem| vec![(None, format!("values.schema.json: {problem}"))];
        let found = against(schema, values, &elsewhere).unwrap_or_else(broken);
        warnings.extend(elsewhere.places().into_iter().map(|place| {
            let name = chart.name();
            format!("warning: the schema of chart {name} refers to {place}, which is not fetched: values are not checked by it")
        }));
        violations.extend(found.into_iter().map(|(path, problem)| Violation {
            chart: chart.name().to_owned(),
            path,
            problem,
        }));
    }
    for below in &chart.dependencies {
        match values.get(below.name()) {
            None | Some(Value::Nil) => {}
            Some(Value::Map(inner)) => collect(below, &inner, violations, warnings)?,
            Some(_) => violations.push(Violation {
                chart: below.name().to_owned(),
                path: None,
                problem: "invalid type for values: expected object (map)".to_owned(),
            }),
        }
    }
    Ok(())
}

/// Each violation's place and what is wrong there. Patterns are read as Go reads them: there is no looking ahead in them.
fn against(
    schema: &[u8],
    values: &Map,
    elsewhere: &Elsewhere,
) -> std::result::Result<Vec<(Option<String>, String)>, String> {
    let schema: serde_json::Value = serde_json::from_slice(schema).map_err(|error| error.to_string())?;
    let text = json::write(&Value::Map(values.clone())).map_err(|error| error.to_string())?;
    let values: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let options = jsonschema::options().with_retriever(elsewhere.clone()).with_pattern_options(PatternOptions::regex());
    let validator = options.build(&schema).map_err(|error| format!("at '{}': {error}", error.instance_path()))?;
    let describe = |error: ValidationError<'_>| (Some(error.instance_path().to_string()), words::of(&error));
    Ok(validator.iter_errors(&values).map(describe).collect())
}

/// References that lead out of a schema: names without a place mean anything, as in Helm; places on a network are not visited and
/// allow anything, for a chart must render on a site as it does beside a network.
#[derive(Debug, Clone, Default)]
struct Elsewhere(Arc<Mutex<BTreeSet<String>>>);

impl Elsewhere {
    /// The places that were not visited.
    fn places(&self) -> BTreeSet<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Retrieve for Elsewhere {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> std::result::Result<serde_json::Value, Box<dyn std::error::Error + Send + Sync>> {
        match uri.scheme().as_str() {
            "urn" => {}
            "http" | "https" => drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(uri.to_string())),
            _ => return Err(format!("{uri} lies outside the chart; --skip-schema-validation goes on without").into()),
        }
        Ok(serde_json::Value::Bool(true))
    }
}
