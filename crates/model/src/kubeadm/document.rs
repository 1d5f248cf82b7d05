//! Reading what an image brings, whatever API version it is written in.

use super::{ClusterConfiguration, InitConfiguration, JoinConfiguration, KubernetesVersion};
use serde::Deserialize;
use serde_json::{Map, Value};

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
    /// Flags that programs of this version of Kubernetes do not have, and so would not start with.
    #[error("{0}")]
    RemovedFlags(String),
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
        documents.settle();
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

    /// The kubelet's cgroup driver in a cluster that kubeadm makes. Where the image says nothing it is systemd from 1.21 on, by the word of
    /// `kubeadm init`, and before that cgroupfs, by the kubelet's own. `kubeadm upgrade` follows with 1.22 only, so that an image for the way
    /// from 1.20 to 1.21 should say it.
    #[must_use]
    pub fn cgroup_driver(&self, version: KubernetesVersion) -> &str {
        let field = self.kubelet.as_ref().and_then(|kubelet| kubelet.get("cgroupDriver"));
        let usual = if version.major == 1 && version.minor < 21 { "cgroupfs" } else { "systemd" };
        field.and_then(Value::as_str).unwrap_or(usual)
    }
}

fn typed<T: for<'a> Deserialize<'a>>(kind: &str, fields: Map<String, Value>) -> Result<T, InvalidDocument> {
    serde_json::from_value(Value::Object(fields))
        .map_err(|error| InvalidDocument::Field { kind: kind.into(), reason: error.to_string() })
}

pub(super) fn write(documents: &[Value]) -> String {
    let text = |document: &Value| serde_saphyr::to_string(document).expect("a JSON value always has a YAML form");
    documents.iter().map(text).collect::<Vec<_>>().join("---\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: &str = "\
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: v1.20.2
imageRepository: k8s.gcr.io
newField: kept
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
        let version = "v1.20.2".parse().unwrap();
        let file = documents.init_file(version).unwrap();
        let written = reread(&file.text);
        assert_eq!(file.left_out, []);
        assert_eq!(written[1]["etcd"]["local"]["imageTag"], "3.4");
        assert_eq!(written[1]["apiServer"]["extraArgs"]["audit-log-maxage"], "7");
        assert_eq!(written[1]["apiServer"]["extraArgs"]["profiling"], "false");
        assert_eq!(written[1]["newField"], "kept");
        assert_eq!(written[1]["apiVersion"], "kubeadm.k8s.io/v1beta2");
        assert_eq!(written[2]["failSwapOn"], false);
        assert_eq!(documents.cgroup_driver(version), "cgroupfs");
    }

    #[test]
    fn what_is_read_from_one_version_is_the_same_as_from_another() {
        let documents = Documents::read(IMAGE).unwrap();
        for version in ["v1.14.1", "v1.20.2", "v1.25.0", "v1.31.0", "v1.36.0"] {
            let file = documents.init_file(version.parse().unwrap()).unwrap();
            let again = Documents::read(&file.text).unwrap();
            assert_eq!((again.cluster, again.init), (documents.cluster.clone(), documents.init.clone()), "{version}");
        }
    }

    #[test]
    fn without_a_word_the_cgroup_driver_is_that_of_the_version() {
        let driver = |version: &str| Documents::default().cgroup_driver(version.parse().unwrap()).to_owned();
        assert_eq!((driver("v1.20.15").as_str(), driver("v1.21.0").as_str()), ("cgroupfs", "systemd"));
    }

    #[test]
    fn a_document_that_kubeadm_does_not_read_is_named() {
        let error = Documents::read("kind: ClusterConfiguration\n---\nkind: Pod\n").unwrap_err();
        assert_eq!(error.to_string(), "document 2 has kind \"Pod\", which kubeadm does not read");
    }
}
