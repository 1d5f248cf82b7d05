//! A chart as Helm stores it in a release: what `Chart.yaml` says, its templates and files in base64, and its values. Charts below it
//! are left out, as Helm leaves them out: what they made is in the manifest.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealer_chart::{Chart, Dependency, File, Import, Maintainer, Metadata};
use serde_json::{Map, Value, json};

/// The chart, with the values given: those that it has once its dependencies are resolved.
pub(crate) fn chart(chart: &Chart, values: Value) -> Value {
    let files = |files: &[File]| files.iter().map(file).collect::<Vec<_>>();
    json!({
        "metadata": metadata(&chart.metadata),
        "lock": null,
        "templates": files(&chart.templates),
        "values": values,
        "schema": chart.schema.as_ref().map(|schema| STANDARD.encode(schema)),
        "files": files(&chart.files),
    })
}

fn file(file: &File) -> Value {
    json!({"name": file.name, "data": STANDARD.encode(&file.data)})
}

fn metadata(metadata: &Metadata) -> Value {
    let annotations = metadata.annotations.iter().map(|(key, text)| (key.clone(), Value::from(text.as_str())));
    said([
        ("name", json!(metadata.name)),
        ("home", json!(metadata.home)),
        ("sources", json!(metadata.sources)),
        ("version", json!(metadata.version)),
        ("description", json!(metadata.description)),
        ("keywords", json!(metadata.keywords)),
        ("maintainers", metadata.maintainers.iter().map(maintainer).collect()),
        ("icon", json!(metadata.icon)),
        ("apiVersion", json!(metadata.api_version)),
        ("condition", json!(metadata.condition)),
        ("tags", json!(metadata.tags)),
        ("appVersion", json!(metadata.app_version)),
        ("deprecated", json!(metadata.deprecated)),
        ("annotations", Value::Object(annotations.collect())),
        ("kubeVersion", json!(metadata.kube_version)),
        ("dependencies", metadata.dependencies.iter().map(dependency).collect()),
        ("type", json!(metadata.kind)),
    ])
}

fn maintainer(maintainer: &Maintainer) -> Value {
    said([("name", json!(maintainer.name)), ("email", json!(maintainer.email)), ("url", json!(maintainer.url))])
}

fn dependency(dependency: &Dependency) -> Value {
    let import = |import: &Import| json!({"child": import.child, "parent": import.parent});
    said([
        ("name", json!(dependency.name)),
        ("version", json!(dependency.version)),
        ("repository", json!(dependency.repository)),
        ("condition", json!(dependency.condition)),
        ("tags", json!(dependency.tags)),
        ("enabled", json!(dependency.enabled)),
        ("import-values", dependency.imports.iter().map(import).collect()),
        ("alias", json!(dependency.alias)),
    ])
}

/// Go leaves out what is empty.
fn said<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let is_said = |value: &Value| match value {
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
        Value::Bool(flag) => *flag,
        _ => false,
    };
    let said = fields.into_iter().filter(|(_, value)| is_said(value));
    Value::Object(said.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}
