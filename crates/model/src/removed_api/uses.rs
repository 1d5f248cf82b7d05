//! Where removed API versions are used.

use super::{Removal, removals, removed};
use serde_json::Value;

/// Something that uses what is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The object's name, as far as it says one: `default/web`.
    pub name: String,
    /// What it uses.
    pub removal: Removal,
}

/// Uses in YAML documents of what a minor version does not have. What is no YAML, such as a template, is passed over.
#[must_use]
pub fn in_documents(text: &str, minor: u32) -> Vec<Use> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).unwrap_or_default();
    documents.iter().flat_map(objects).filter_map(|object| used(object, minor)).collect()
}

fn objects(document: &Value) -> Vec<&Value> {
    match (document["kind"].as_str(), document["items"].as_array()) {
        (Some(kind), Some(items)) if kind.ends_with("List") => items.iter().collect(),
        _ => vec![document],
    }
}

fn used(object: &Value, minor: u32) -> Option<Use> {
    let removal = removed(object["apiVersion"].as_str()?, object["kind"].as_str()?, minor)?;
    Some(Use { name: name(object), removal })
}

fn name(object: &Value) -> String {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    match text("namespace") {
        namespace if namespace.is_empty() => text("name"),
        namespace => format!("{namespace}/{}", text("name")),
    }
}

/// Whether an object of the kind of a removal was last applied in that version: whoever does so again will fail. A kind that is gone for
/// good is used by being there.
#[must_use]
pub fn in_object(object: &Value, removal: Removal) -> Option<Use> {
    let applied = object["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"].as_str();
    let applied: Option<Value> = applied.and_then(|text| serde_json::from_str(text).ok());
    let by_annotation = applied.is_some_and(|it| it["apiVersion"] == removal.api_version);
    let managers = object["metadata"]["managedFields"].as_array().into_iter().flatten();
    let applies = |entry: &Value| entry["operation"] == "Apply" && entry["apiVersion"] == removal.api_version;
    let is_used = removal.instead.is_none() || by_annotation || managers.filter(|entry| applies(entry)).count() > 0;
    is_used.then(|| Use { name: name(object), removal })
}

/// API versions that somebody asked an API server for since it started, by its own count, and that a minor version does not have.
#[must_use]
pub fn in_metrics(text: &str, minor: u32) -> Vec<Removal> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("apiserver_requested_deprecated_apis{"));
    let asked = |line: &str| {
        let label = |name: &str| line.split(&format!("{name}=\"")).nth(1)?.split('"').next().map(str::to_owned);
        let (group, version, resource) = (label("group")?, label("version")?, label("resource")?);
        let api_version = format!("{group}/{version}");
        removals(minor).find(|it| it.api_version == api_version && it.resource == resource)
    };
    let mut found: Vec<Removal> = Vec::new();
    for removal in lines.filter_map(asked) {
        if !found.contains(&removal) {
            found.push(removal);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn manifests_are_read_document_by_document_and_templates_passed_over() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: batch/v1beta1, kind: CronJob, metadata: {name: tidy, namespace: ops}}\n---\n\
                    apiVersion: apps/v1\nkind: Deployment\n";
        let found = in_documents(text, 25);
        assert_eq!(found.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["ops/tidy"]);
        assert_eq!(in_documents(text, 24), []);
        assert_eq!(in_documents("apiVersion: {{ .Capabilities }}\nkind: {{ x", 25), []);
    }

    #[test]
    fn objects_count_by_how_they_were_applied_and_not_by_how_they_are_read() {
        let removal = removed("extensions/v1beta1", "Ingress", 22).unwrap();
        let applied = r#"{"apiVersion":"extensions/v1beta1","kind":"Ingress"}"#;
        let old = json!({"metadata": {"name": "web", "namespace": "default",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied}}});
        assert_eq!(in_object(&old, removal).unwrap().name, "default/web");
        let server_side = json!({"metadata": {"name": "web", "managedFields": [{"operation": "Apply", "apiVersion": "extensions/v1beta1"}]}});
        assert!(in_object(&server_side, removal).is_some());
        let updated = json!({"metadata": {"name": "web", "managedFields": [{"operation": "Update", "apiVersion": "extensions/v1beta1"}]}});
        assert_eq!(in_object(&updated, removal), None, "a controller goes with its own version");
    }

    #[test]
    fn an_api_server_counts_who_asks_for_what_will_be_gone() {
        let text = "# HELP x\napiserver_requested_deprecated_apis{group=\"batch\",removed_release=\"1.25\",resource=\"cronjobs\",subresource=\"\",version=\"v1beta1\"} 1\n\
                    apiserver_request_total{group=\"batch\"} 3\n";
        assert_eq!(in_metrics(text, 24), []);
        assert_eq!(in_metrics(text, 25), [removed("batch/v1beta1", "CronJob", 25).unwrap()]);
        let leases = "apiserver_requested_deprecated_apis{group=\"coordination.k8s.io\",removed_release=\"1.22\",resource=\"leases\",subresource=\"\",version=\"v1beta1\"} 1\n";
        let twice = format!("{leases}{leases}");
        assert_eq!(in_metrics(&twice, 22), [removed("coordination.k8s.io/v1beta1", "Lease", 22).unwrap()]);
    }
}
