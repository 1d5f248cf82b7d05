//! API versions that Kubernetes has removed, by the minor version that no longer serves them, and where they are still used: in manifests
//! that an image brings, in objects that were applied with them, in what an API server counts. The table is that of Kubernetes' own guide.

use serde_json::Value;
use std::fmt;

/// A kind in an API version that is gone from some minor version on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// `extensions/v1beta1`.
    pub api_version: &'static str,
    /// `Ingress`.
    pub kind: &'static str,
    /// Its name in paths; empty for kinds that are never kept.
    pub resource: &'static str,
    /// The minor version that does not have it any more.
    pub minor: u32,
    /// The API version to use instead; none where the kind is gone for good.
    pub instead: Option<&'static str>,
}

type Group = (u32, &'static str, Option<&'static str>, &'static [(&'static str, &'static str)]);

const GROUPS: &[Group] = &[
    (16, "extensions/v1beta1", Some("apps/v1"), WORKLOADS),
    (16, "extensions/v1beta1", Some("networking.k8s.io/v1"), &[("NetworkPolicy", "networkpolicies")]),
    (16, "extensions/v1beta1", Some("policy/v1beta1"), &[("PodSecurityPolicy", "podsecuritypolicies")]),
    (16, "apps/v1beta1", Some("apps/v1"), WORKLOADS),
    (16, "apps/v1beta2", Some("apps/v1"), WORKLOADS),
    (22, "admissionregistration.k8s.io/v1beta1", Some("admissionregistration.k8s.io/v1"), WEBHOOKS),
    (
        22,
        "apiextensions.k8s.io/v1beta1",
        Some("apiextensions.k8s.io/v1"),
        &[("CustomResourceDefinition", "customresourcedefinitions")],
    ),
    (22, "apiregistration.k8s.io/v1beta1", Some("apiregistration.k8s.io/v1"), &[("APIService", "apiservices")]),
    (22, "authentication.k8s.io/v1beta1", Some("authentication.k8s.io/v1"), &[("TokenReview", "")]),
    (22, "authorization.k8s.io/v1beta1", Some("authorization.k8s.io/v1"), REVIEWS),
    (
        22,
        "certificates.k8s.io/v1beta1",
        Some("certificates.k8s.io/v1"),
        &[("CertificateSigningRequest", "certificatesigningrequests")],
    ),
    (22, "coordination.k8s.io/v1beta1", Some("coordination.k8s.io/v1"), &[("Lease", "")]),
    (22, "extensions/v1beta1", Some("networking.k8s.io/v1"), &[("Ingress", "ingresses")]),
    (
        22,
        "networking.k8s.io/v1beta1",
        Some("networking.k8s.io/v1"),
        &[("Ingress", "ingresses"), ("IngressClass", "ingressclasses")],
    ),
    (22, "rbac.authorization.k8s.io/v1beta1", Some("rbac.authorization.k8s.io/v1"), ROLES),
    (22, "rbac.authorization.k8s.io/v1alpha1", Some("rbac.authorization.k8s.io/v1"), ROLES),
    (22, "scheduling.k8s.io/v1beta1", Some("scheduling.k8s.io/v1"), &[("PriorityClass", "priorityclasses")]),
    (22, "storage.k8s.io/v1beta1", Some("storage.k8s.io/v1"), STORAGE),
    (25, "batch/v1beta1", Some("batch/v1"), &[("CronJob", "cronjobs")]),
    (25, "discovery.k8s.io/v1beta1", Some("discovery.k8s.io/v1"), &[("EndpointSlice", "")]),
    (25, "events.k8s.io/v1beta1", Some("events.k8s.io/v1"), &[("Event", "")]),
    (25, "autoscaling/v2beta1", Some("autoscaling/v2"), SCALERS),
    (25, "policy/v1beta1", Some("policy/v1"), &[("PodDisruptionBudget", "poddisruptionbudgets")]),
    (25, "policy/v1beta1", None, &[("PodSecurityPolicy", "podsecuritypolicies")]),
    (25, "node.k8s.io/v1beta1", Some("node.k8s.io/v1"), &[("RuntimeClass", "runtimeclasses")]),
    (26, "flowcontrol.apiserver.k8s.io/v1beta1", Some("flowcontrol.apiserver.k8s.io/v1beta2"), FLOWS),
    (26, "autoscaling/v2beta2", Some("autoscaling/v2"), SCALERS),
    (27, "storage.k8s.io/v1beta1", Some("storage.k8s.io/v1"), &[("CSIStorageCapacity", "csistoragecapacities")]),
    (29, "flowcontrol.apiserver.k8s.io/v1beta2", Some("flowcontrol.apiserver.k8s.io/v1"), FLOWS),
    (32, "flowcontrol.apiserver.k8s.io/v1beta3", Some("flowcontrol.apiserver.k8s.io/v1"), FLOWS),
];

const WORKLOADS: &[(&str, &str)] = &[
    ("Deployment", "deployments"),
    ("DaemonSet", "daemonsets"),
    ("ReplicaSet", "replicasets"),
    ("StatefulSet", "statefulsets"),
];
const WEBHOOKS: &[(&str, &str)] = &[
    ("MutatingWebhookConfiguration", "mutatingwebhookconfigurations"),
    ("ValidatingWebhookConfiguration", "validatingwebhookconfigurations"),
];
const REVIEWS: &[(&str, &str)] = &[
    ("LocalSubjectAccessReview", ""),
    ("SelfSubjectAccessReview", ""),
    ("SelfSubjectRulesReview", ""),
    ("SubjectAccessReview", ""),
];
const ROLES: &[(&str, &str)] = &[
    ("ClusterRole", "clusterroles"),
    ("ClusterRoleBinding", "clusterrolebindings"),
    ("Role", "roles"),
    ("RoleBinding", "rolebindings"),
];
const STORAGE: &[(&str, &str)] = &[
    ("CSIDriver", "csidrivers"),
    ("CSINode", "csinodes"),
    ("StorageClass", "storageclasses"),
    ("VolumeAttachment", "volumeattachments"),
];
const SCALERS: &[(&str, &str)] = &[("HorizontalPodAutoscaler", "horizontalpodautoscalers")];
const FLOWS: &[(&str, &str)] =
    &[("FlowSchema", "flowschemas"), ("PriorityLevelConfiguration", "prioritylevelconfigurations")];

/// Everything that was ever removed, the oldest first.
pub fn removals() -> impl Iterator<Item = Removal> {
    GROUPS.iter().flat_map(|(minor, api_version, instead, kinds)| {
        kinds.iter().map(|(kind, resource)| Removal { api_version, kind, resource, minor: *minor, instead: *instead })
    })
}

/// What became of a kind in an API version up to a minor version.
#[must_use]
pub fn removed(api_version: &str, kind: &str, minor: u32) -> Option<Removal> {
    removals().find(|it| it.api_version == api_version && it.kind == kind && it.minor <= minor)
}

impl Removal {
    /// Where objects of the kind are listed; by the newer version where there is one, because whoever asks for the older is counted.
    #[must_use]
    pub fn path(&self) -> Option<String> {
        (!self.resource.is_empty())
            .then(|| format!("/apis/{}/{}", self.instead.unwrap_or(self.api_version), self.resource))
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self.instead {
            Some(instead) => format!("write {} as {instead}", self.kind),
            None => format!("do without {}: it is gone for good", self.kind),
        }
    }
}

/// `extensions/v1beta1 Ingress, which Kubernetes has no more since v1.22`
impl fmt::Display for Removal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { api_version, kind, minor, .. } = self;
        write!(formatter, "{api_version} {kind}, which Kubernetes has no more since v1.{minor}")
    }
}

/// Something that uses what is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The object's name, as far as it says one: `default/web`.
    pub name: String,
    /// What it uses.
    pub removal: Removal,
}

/// Uses in YAML documents. What is no YAML, such as a template, is passed over.
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

/// API versions that somebody asked an API server for since it started, by its own count.
#[must_use]
pub fn in_metrics(text: &str, minor: u32) -> Vec<Removal> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("apiserver_requested_deprecated_apis{"));
    let asked = |line: &str| {
        let label = |name: &str| line.split(&format!("{name}=\"")).nth(1)?.split('"').next().map(str::to_owned);
        let (group, version, resource) = (label("group")?, label("version")?, label("resource")?);
        let api_version = format!("{group}/{version}");
        removals().find(|it| it.minor <= minor && it.api_version == api_version && it.resource == resource)
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
    fn a_kind_is_gone_from_the_version_on_that_removed_it() {
        assert_eq!(removed("extensions/v1beta1", "Ingress", 21), None);
        let gone = removed("extensions/v1beta1", "Ingress", 22).unwrap();
        assert_eq!(gone.to_string(), "extensions/v1beta1 Ingress, which Kubernetes has no more since v1.22");
        assert_eq!(gone.path().as_deref(), Some("/apis/networking.k8s.io/v1/ingresses"));
        assert_eq!(removed("policy/v1beta1", "PodSecurityPolicy", 25).unwrap().instead, None);
        assert_eq!(removed("networking.k8s.io/v1", "Ingress", 36), None);
        for removal in removals() {
            let newer = removal.instead.and_then(|instead| removed(instead, removal.kind, removal.minor));
            assert_eq!(newer, None, "{removal} is to be written as what is gone itself");
        }
    }

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
    }
}
