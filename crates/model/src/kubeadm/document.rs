//! Between the typed configuration and the text that kubeadm reads: reading what an image brings, whatever API version it is
//! written in, and writing the documents in the version that the cluster's kubeadm knows.

use super::{ApiVersion, ClusterConfiguration, InitConfiguration, JoinConfiguration};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What an image's `etc/kubeadm.yml` brings. Component configurations have API versions of their own and stay as they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Documents {
    /// The cluster.
    pub cluster: ClusterConfiguration,
    /// The first master.
    pub init: InitConfiguration,
    /// Joining hosts.
    pub join: JoinConfiguration,
    /// `KubeletConfiguration`.
    pub kubelet: Option<Map<String, Value>>,
    /// `KubeProxyConfiguration`.
    pub proxy: Option<Map<String, Value>>,
}

/// The text is no kubeadm configuration.
#[derive(Debug, thiserror::Error)]
pub enum InvalidDocument {
    /// Not YAML, or a field has the wrong type.
    #[error("malformed YAML: {0}")]
    Yaml(String),
    /// A document is not one that kubeadm reads.
    #[error("document {number} has kind \"{kind}\", which kubeadm does not read")]
    Kind {
        /// Counted from one.
        number: usize,
        /// What it says it is.
        kind: String,
    },
    /// A field does not fit its type.
    #[error("{kind}: {reason}")]
    Field {
        /// The document's kind.
        kind: String,
        /// What is wrong.
        reason: String,
    },
}

impl Documents {
    /// Reads a file of one or several YAML documents.
    ///
    /// # Errors
    /// When the text is not YAML or a document is not one that kubeadm reads.
    pub fn read(text: &str) -> Result<Self, InvalidDocument> {
        let values: Vec<Value> =
            serde_saphyr::from_multiple(text).map_err(|error| InvalidDocument::Yaml(error.to_string()))?;
        let mut documents = Self::default();
        for (index, value) in values.into_iter().enumerate() {
            documents.take(index + 1, value)?;
        }
        Ok(documents)
    }

    fn take(&mut self, number: usize, value: Value) -> Result<(), InvalidDocument> {
        let Value::Object(mut fields) = value else {
            return if value.is_null() { Ok(()) } else { Err(InvalidDocument::Kind { number, kind: String::new() }) };
        };
        let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        match kind.as_str() {
            "KubeletConfiguration" => self.kubelet = Some(fields),
            "KubeProxyConfiguration" => self.proxy = Some(fields),
            _ => {
                fields.remove("kind");
                fields.remove("apiVersion");
                match kind.as_str() {
                    "ClusterConfiguration" => self.cluster = typed(&kind, fields)?,
                    "InitConfiguration" => self.init = typed(&kind, fields)?,
                    "JoinConfiguration" => self.join = typed(&kind, fields)?,
                    _ => return Err(InvalidDocument::Kind { number, kind }),
                }
            }
        }
        Ok(())
    }

    /// The file for `kubeadm init`.
    #[must_use]
    pub fn init_file(&self, version: ApiVersion) -> String {
        let mut documents = vec![
            document(version, "InitConfiguration", &self.init),
            document(version, "ClusterConfiguration", &self.cluster),
        ];
        documents.extend([&self.kubelet, &self.proxy].into_iter().flatten().cloned().map(Value::from));
        write(&documents)
    }

    /// The file for `kubeadm join`.
    #[must_use]
    pub fn join_file(&self, version: ApiVersion) -> String {
        write(&[document(version, "JoinConfiguration", &self.join)])
    }

    /// The kubelet's cgroup driver; kubeadm's own default where the image says nothing.
    #[must_use]
    pub fn cgroup_driver(&self) -> &str {
        let field = self.kubelet.as_ref().and_then(|kubelet| kubelet.get("cgroupDriver"));
        field.and_then(Value::as_str).unwrap_or("systemd")
    }
}

fn typed<T: for<'a> Deserialize<'a>>(kind: &str, fields: Map<String, Value>) -> Result<T, InvalidDocument> {
    serde_json::from_value(Value::Object(fields))
        .map_err(|error| InvalidDocument::Field { kind: kind.into(), reason: error.to_string() })
}

fn document(version: ApiVersion, kind: &str, configuration: &impl Serialize) -> Value {
    let mut value =
        serde_json::to_value(configuration).expect("a kubeadm configuration is plain data and always has a JSON form");
    if version == ApiVersion::V1beta4 {
        list_arguments(&mut value);
    }
    value["apiVersion"] = json!(version.as_str());
    value["kind"] = json!(kind);
    value
}

/// v1beta4 wants `[{name, value}]` where the older versions want a map.
fn list_arguments(value: &mut Value) {
    let Value::Object(fields) = value else { return };
    for (name, field) in fields {
        match field {
            Value::Object(map) if name == "extraArgs" || name == "kubeletExtraArgs" => {
                let pairs = map.iter().map(|(name, value)| json!({"name": name, "value": value}));
                *field = pairs.collect();
            }
            _ => list_arguments(field),
        }
    }
}

pub(super) fn write(documents: &[Value]) -> String {
    let text = |document: &Value| serde_saphyr::to_string(document).expect("a JSON value always has a YAML form");
    documents.iter().map(text).collect::<Vec<_>>().join("---\n")
}

/// Reads extra arguments in both forms: a map, or a list of names and values.
pub(super) fn arguments<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    #[derive(Deserialize)]
    struct Argument {
        name: String,
        value: String,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Map(BTreeMap<String, String>),
        List(Vec<Argument>),
    }
    Ok(match Form::deserialize(deserializer)? {
        Form::Map(map) => map,
        Form::List(list) => list.into_iter().map(|each| (each.name, each.value)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: &str = "\
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: v1.20.2
imageRepository: k8s.gcr.io
etcd:
  local:
    imageTag: \"3.4\"
apiServer:
  extraArgs:
    audit-log-maxage: \"7\"
    profiling: \"false\"
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
failSwapOn: false
---
";

    fn reread(text: &str) -> Vec<Value> {
        serde_saphyr::from_multiple(text).unwrap()
    }

    #[test]
    fn fields_that_sealer_does_not_know_and_strings_that_look_like_numbers_survive() {
        let documents = Documents::read(IMAGE).unwrap();
        let written = reread(&documents.init_file(ApiVersion::V1beta2));
        assert_eq!(written[1]["etcd"]["local"]["imageTag"], "3.4");
        assert_eq!(written[1]["apiServer"]["extraArgs"]["audit-log-maxage"], "7");
        assert_eq!(written[1]["apiServer"]["extraArgs"]["profiling"], "false");
        assert_eq!(written[1]["apiVersion"], "kubeadm.k8s.io/v1beta2");
        assert_eq!(written[2]["failSwapOn"], false);
        assert_eq!(documents.cgroup_driver(), "cgroupfs");
    }

    #[test]
    fn arguments_are_a_list_from_v1beta4_on() {
        let documents = Documents::read(IMAGE).unwrap();
        let older = reread(&documents.init_file(ApiVersion::V1beta3));
        assert_eq!(older[1]["apiServer"]["extraArgs"]["profiling"], "false");
        let text = documents.init_file(ApiVersion::V1beta4);
        let expected = json!([
            {"name": "audit-log-maxage", "value": "7"},
            {"name": "profiling", "value": "false"},
        ]);
        assert_eq!(reread(&text)[1]["apiServer"]["extraArgs"], expected);
        assert_eq!(Documents::read(&text).unwrap().cluster, documents.cluster);
    }

    #[test]
    fn a_document_that_kubeadm_does_not_read_is_named() {
        let error = Documents::read("kind: ClusterConfiguration\n---\nkind: Pod\n").unwrap_err();
        assert_eq!(error.to_string(), "document 2 has kind \"Pod\", which kubeadm does not read");
    }
}
