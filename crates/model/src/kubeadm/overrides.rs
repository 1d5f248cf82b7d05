//! A site's own kubeadm documents and how they are laid over the image's: field by field, as a strategic merge. A value that is
//! written wins even when it is `false`, 0 or empty; `null` takes a field away. Lists replace lists, but for those where a
//! site can only mean "these, too": names in certificates are added, and volumes and variables go by their names.

use super::{Documents, InvalidDocument, arguments};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Fields to be laid over each document; without `apiVersion` and `kind`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Overrides {
    /// `ClusterConfiguration`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub cluster: Map<String, Value>,
    /// `InitConfiguration`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub init: Map<String, Value>,
    /// `JoinConfiguration`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub join: Map<String, Value>,
    /// `KubeletConfiguration`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub kubelet: Map<String, Value>,
    /// `KubeProxyConfiguration`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub proxy: Map<String, Value>,
}

impl Overrides {
    /// Whether there is nothing to lay over anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Documents {
    /// The documents with a site's own fields over them.
    ///
    /// # Errors
    /// When a field does not fit its type.
    pub fn overridden(self, overrides: &Overrides) -> Result<Self, InvalidDocument> {
        let mut documents = Self {
            cluster: typed("ClusterConfiguration", self.cluster, &overrides.cluster)?,
            init: typed("InitConfiguration", self.init, &overrides.init)?,
            join: typed("JoinConfiguration", self.join, &overrides.join)?,
            kubelet: component(
                self.kubelet,
                &overrides.kubelet,
                "kubelet.config.k8s.io/v1beta1",
                "KubeletConfiguration",
            ),
            proxy: component(
                self.proxy,
                &overrides.proxy,
                "kubeproxy.config.k8s.io/v1alpha1",
                "KubeProxyConfiguration",
            ),
        };
        documents.settle();
        Ok(documents)
    }
}

fn typed<T>(kind: &str, document: T, fields: &Map<String, Value>) -> Result<T, InvalidDocument>
where
    T: Serialize + for<'a> Deserialize<'a>,
{
    if fields.is_empty() {
        return Ok(document);
    }
    let invalid = |error: serde_json::Error| InvalidDocument::Field { kind: kind.into(), reason: error.to_string() };
    let mut value = serde_json::to_value(document).map_err(invalid)?;
    lay_over(&mut value, fields);
    serde_json::from_value(value).map_err(invalid)
}

fn component(
    document: Option<Map<String, Value>>,
    fields: &Map<String, Value>,
    version: &str,
    kind: &str,
) -> Option<Map<String, Value>> {
    if fields.is_empty() {
        return document;
    }
    let head = || Map::from_iter([("apiVersion".to_owned(), json!(version)), ("kind".to_owned(), json!(kind))]);
    let mut value = Value::Object(document.unwrap_or_else(head));
    lay_over(&mut value, fields);
    match value {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

fn lay_over(below: &mut Value, fields: &Map<String, Value>) {
    if !below.is_object() {
        *below = Value::Object(Map::new());
    }
    let Value::Object(map) = below else { return };
    for (name, above) in fields {
        if above.is_null() {
            map.remove(name);
        } else {
            merge(map.entry(name.clone()).or_insert(Value::Null), name, above);
        }
    }
}

fn merge(below: &mut Value, name: &str, above: &Value) {
    match (name, above) {
        (name, _) if arguments::is_flags(name) => arguments::lay_over(below, above),
        (_, Value::Object(fields)) => lay_over(below, fields),
        ("certSANs" | "serverCertSANs" | "peerCertSANs" | "ignorePreflightErrors", Value::Array(items)) => {
            add(below, items, |left, right| left == right);
        }
        ("extraVolumes" | "extraEnvs", Value::Array(items)) => {
            add(below, items, |left, right| left["name"] == right["name"])
        }
        _ => *below = above.clone(),
    }
}

/// Adds items to a list; one that is the same as one below takes its place.
fn add(below: &mut Value, items: &[Value], same: impl Fn(&Value, &Value) -> bool) {
    let mut list = below.as_array().cloned().unwrap_or_default();
    for item in items {
        match list.iter_mut().find(|present| same(present, item)) {
            Some(present) => *present = item.clone(),
            None => list.push(item.clone()),
        }
    }
    *below = Value::Array(list);
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: &str = "\
kind: ClusterConfiguration
networking: {podSubnet: 100.64.0.0/16, serviceSubnet: 10.96.0.0/22}
apiServer:
  certSANs: [a.example]
  extraArgs: {profiling: \"false\", audit-log-maxage: \"7\"}
  extraVolumes:
  - {name: audit, hostPath: /var/log/audit, mountPath: /var/log/audit}
etcd: {local: {imageTag: \"3.4\"}}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failSwapOn: true
evictionHard: {memory.available: 100Mi, nodefs.available: 10%}
";

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    fn laid_over(overrides: &Overrides) -> Documents {
        Documents::read(IMAGE).unwrap().overridden(overrides).unwrap()
    }

    #[test]
    fn a_value_that_is_written_wins_even_when_it_is_false_or_zero() {
        let kubelet = map(json!({"failSwapOn": false, "maxPods": 0, "evictionHard": {"nodefs.available": null}}));
        let documents = laid_over(&Overrides { kubelet, ..Overrides::default() });
        let kubelet = documents.kubelet.unwrap();
        assert_eq!(kubelet["failSwapOn"], false);
        assert_eq!(kubelet["maxPods"], 0);
        assert_eq!(kubelet["evictionHard"], json!({"memory.available": "100Mi"}));
        assert_eq!(kubelet["kind"], "KubeletConfiguration");
    }

    #[test]
    fn names_in_certificates_are_added_and_flags_go_by_their_names_in_either_form() {
        let cluster = map(json!({
            "apiServer": {
                "certSANs": ["b.example", "a.example"],
                "extraArgs": [{"name": "profiling", "value": "true"}],
                "extraVolumes": [
                    {"name": "audit", "hostPath": "/srv/audit", "mountPath": "/var/log/audit"},
                    {"name": "more", "hostPath": "/more", "mountPath": "/more"},
                ],
            },
            "networking": {"podSubnet": "10.244.0.0/16"},
        }));
        let documents = laid_over(&Overrides { cluster, ..Overrides::default() });
        let server = &documents.cluster.api_server;
        assert_eq!(server.cert_sans, ["a.example", "b.example"]);
        assert_eq!(server.extra_args.get("profiling"), Some("true"));
        assert_eq!(server.extra_args.get("audit-log-maxage"), Some("7"));
        assert_eq!(server.extra_volumes[0].host_path, "/srv/audit");
        assert_eq!(server.extra_volumes.len(), 2);
        assert_eq!(documents.cluster.networking.pod_subnet, "10.244.0.0/16");
        assert_eq!(documents.cluster.networking.service_subnet, "10.96.0.0/22");
        assert_eq!(documents.cluster.etcd.local.unwrap().image_tag, "3.4");
    }

    #[test]
    fn a_document_that_the_image_does_not_have_is_made() {
        let overrides = Overrides { proxy: map(json!({"mode": "ipvs"})), ..Overrides::default() };
        let file = laid_over(&overrides).init_file("v1.25.3".parse().unwrap()).unwrap().text;
        assert!(file.contains("kind: KubeProxyConfiguration"), "{file}");
        assert!(file.contains("mode: ipvs"), "{file}");
    }

    #[test]
    fn a_field_of_the_wrong_type_is_named() {
        let overrides = Overrides { cluster: map(json!({"apiServer": {"certSANs": "x"}})), ..Overrides::default() };
        let error = Documents::default().overridden(&overrides).unwrap_err();
        assert!(error.to_string().starts_with("ClusterConfiguration: "), "{error}");
    }

    #[test]
    fn nothing_over_nothing_is_nothing() {
        assert_eq!(Documents::default().overridden(&Overrides::default()).unwrap(), Documents::default());
    }
}
