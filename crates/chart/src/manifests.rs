//! Rendered files to manifests: single documents, hooks apart from the rest, all in the order in which Helm installs kinds.

use std::collections::BTreeMap;

use sealer_template::{Value, yaml};

use crate::error::{Error, Result};

/// A document that Kubernetes gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The template it comes from.
    pub path: String,
    /// The document's text, without separators.
    pub text: String,
    /// Its `kind`; empty where it has none.
    pub kind: String,
    /// What it is a hook for, where it is one.
    pub hook: Option<Hook>,
}

/// When a manifest is applied apart from the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// The events: `pre-install`, `test`.
    pub events: Vec<String>,
    /// Hooks of a lower weight come first.
    pub weight: i64,
    /// When it is deleted: `before-hook-creation`, `hook-succeeded`.
    pub delete_policies: Vec<String>,
}

impl Hook {
    /// Whether it is only there for `helm test`.
    pub fn is_test(&self) -> bool {
        self.events.iter().any(|event| event == "test")
    }
}

/// The manifests of a release.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifests {
    /// What is installed, in order.
    pub resources: Vec<Manifest>,
    /// The hooks.
    pub hooks: Vec<Manifest>,
}

/// Kinds in the order in which they are installed; all others follow by name.
const INSTALL_ORDER: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// The events a hook may wait for.
const EVENTS: [&str; 10] = [
    "pre-install",
    "post-install",
    "pre-delete",
    "post-delete",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "test",
    "test-success",
];

/// Takes rendered files apart and sorts their documents. Notes and partial templates are no manifests.
///
/// # Errors
/// A document is no YAML.
pub fn sort(files: &BTreeMap<String, String>) -> Result<Manifests> {
    let mut found = Manifests::default();
    for (path, text) in files {
        let name = path.rsplit('/').next().unwrap_or(path);
        if name.starts_with('_') || name.ends_with("NOTES.txt") || text.trim().is_empty() {
            continue;
        }
        for document in split(text) {
            take(path, document, &mut found)?;
        }
    }
    found.resources.sort_by(|left, right| place(&left.kind).cmp(&place(&right.kind)));
    found.hooks.sort_by(|left, right| place(&left.kind).cmp(&place(&right.kind)));
    Ok(found)
}

/// Where a kind stands in the order of installation: those that Helm knows by their number, all others behind them by name.
pub fn place(kind: &str) -> (usize, &str) {
    match INSTALL_ORDER.iter().position(|known| *known == kind) {
        Some(index) => (index, ""),
        None => (INSTALL_ORDER.len(), kind),
    }
}

fn take(path: &str, text: &str, found: &mut Manifests) -> Result<()> {
    let broken = |problem: String| Error::Manifest { path: path.to_owned(), problem };
    let document = yaml::read(text).map_err(|error| broken(error.to_string()))?;
    let field = |value: &Value, key: &str| if let Value::Map(map) = value { map.get(key) } else { None };
    let kind = field(&document, "kind").map(|kind| word(&kind)).unwrap_or_default();
    let annotations = field(&document, "metadata").and_then(|metadata| field(&metadata, "annotations"));
    let annotation = |name: &str| annotations.as_ref().and_then(|all| field(all, name)).map(|value| word(&value));
    let mut manifest = Manifest { path: path.to_owned(), text: text.to_owned(), kind, hook: None };
    let Some(events) = annotation("helm.sh/hook") else {
        found.resources.push(manifest);
        return Ok(());
    };
    let events = words(&events);
    // Hooks for events that Helm does not know are neither installed nor run.
    if events.iter().all(|event| EVENTS.contains(&event.as_str())) {
        manifest.hook = Some(Hook {
            events: events
                .into_iter()
                .map(|event| if event == "test-success" { "test".to_owned() } else { event })
                .collect(),
            weight: annotation("helm.sh/hook-weight").and_then(|weight| weight.parse().ok()).unwrap_or(0),
            delete_policies: annotation("helm.sh/hook-delete-policy").map(|all| words(&all)).unwrap_or_default(),
        });
        found.hooks.push(manifest);
    }
    Ok(())
}

fn word(value: &Value) -> String {
    if matches!(value, Value::Nil) { String::new() } else { sealer_template::print::print(value) }
}

fn words(list: &str) -> Vec<String> {
    list.split(',').map(|word| word.trim().to_lowercase()).collect()
}

/// The documents of a text: what lies between lines that begin with `---`. Helm takes what follows the dashes on the same line as
/// the document's beginning.
pub fn split(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let mut rest = text.trim_start();
    if let Some(after) = rest.strip_prefix("---") {
        rest = after.trim_start();
    }
    while let Some((document, after)) = next_document(rest) {
        documents.push(document);
        rest = after;
    }
    documents.push(rest);
    documents.retain(|document| !document.is_empty());
    documents
}

/// The text before the next separator, without the blanks at its end, and all after it.
fn next_document(text: &str) -> Option<(&str, &str)> {
    let at = text.find("\n---")?;
    let document = text.get(..at)?;
    // The separator takes the white space around it along.
    let trimmed = document.trim_end();
    Some((trimmed, text.get(at + 4..)?.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_split_as_helm_splits_them() {
        let cases: [(&str, &[&str]); 7] = [
            ("a: 1\n", &["a: 1\n"]),
            ("---\na: 1\n---\nb: 2\n", &["a: 1", "b: 2\n"]),
            ("a: 1\n\n\n---\n\n\nb: 2", &["a: 1", "b: 2"]),
            ("---\n---\na: 1", &["---\na: 1"]),
            ("---a: 1", &["a: 1"]),
            ("a: 1\n--- # note\nb: 2", &["a: 1", "# note\nb: 2"]),
            ("\n \n", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(split(text), expected, "{text:?}");
        }
    }

    #[test]
    fn kinds_come_in_the_order_of_installation() {
        let text = |kind: &str| format!("kind: {kind}\n");
        let kinds = ["Zebra", "Deployment", "Service", "Apple", "Namespace"];
        let files = kinds.iter().map(|kind| (format!("c/templates/{kind}.yaml"), text(kind))).collect();
        let sorted: Vec<String> = sort(&files).unwrap().resources.into_iter().map(|manifest| manifest.kind).collect();
        assert_eq!(sorted, ["Namespace", "Service", "Deployment", "Apple", "Zebra"]);
    }

    #[test]
    fn hooks_stand_apart_and_unknown_ones_vanish() {
        let hook = |events: &str| {
            format!("kind: Job\nmetadata: {{annotations: {{helm.sh/hook: '{events}', helm.sh/hook-weight: '-5'}}}}\n")
        };
        let files =
            [("a", hook("pre-install, Test-Success")), ("b", hook("crd-install")), ("c", "kind: Job".to_owned())];
        let sorted = sort(&files.map(|(name, text)| (name.to_owned(), text)).into_iter().collect()).unwrap();
        assert_eq!(sorted.resources.len(), 1);
        let hook = sorted.hooks.first().unwrap().hook.clone().unwrap();
        assert_eq!((hook.events, hook.weight), (vec!["pre-install".to_owned(), "test".to_owned()], -5));
        assert_eq!(sorted.hooks.len(), 1);
    }
}
