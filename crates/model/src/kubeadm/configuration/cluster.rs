//! How a cluster as a whole is configured.

use super::is_default;
use crate::kubeadm::Arguments;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How the cluster as a whole is configured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterConfiguration {
    /// `v1.20.2`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kubernetes_version: String,
    /// The cluster's name in kubeconfigs.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cluster_name: String,
    /// `apiserver.cluster.local:6443`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub control_plane_endpoint: String,
    /// Where control plane images come from; their names stay as upstream has them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub image_repository: String,
    /// Address ranges.
    pub networking: Networking,
    /// Where the cluster's state is kept.
    #[serde(skip_serializing_if = "is_default")]
    pub etcd: Etcd,
    /// The API server.
    pub api_server: ControlPlaneComponent,
    /// The controller manager.
    pub controller_manager: ControlPlaneComponent,
    /// The scheduler.
    pub scheduler: ControlPlaneComponent,
    /// The name service.
    #[serde(skip_serializing_if = "is_default")]
    pub dns: Dns,
    /// kube-proxy.
    #[serde(skip_serializing_if = "is_default")]
    pub proxy: Addon,
    /// Where certificates are.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub certificates_dir: String,
    /// kubeadm's own feature gates.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub feature_gates: BTreeMap<String, bool>,
    /// `RSA-2048`, `ECDSA-P256`, ...
    #[serde(skip_serializing_if = "String::is_empty")]
    pub encryption_algorithm: String,
    /// How long certificates are good: `8760h`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_validity_period: Option<String>,
    /// How long authorities are good: `87600h`.
    #[serde(rename = "caCertificateValidityPeriod", skip_serializing_if = "Option::is_none")]
    pub authority_validity_period: Option<String>,
    /// What sealer does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Address ranges of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Networking {
    /// Of pods: `100.64.0.0/16`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pod_subnet: String,
    /// Of services: `10.96.0.0/22`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service_subnet: String,
    /// `cluster.local`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub dns_domain: String,
}

/// One program of the control plane.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ControlPlaneComponent {
    /// Names and addresses for the certificate; the API server only.
    #[serde(rename = "certSANs", skip_serializing_if = "Vec::is_empty")]
    pub cert_sans: Vec<String>,
    /// Command line flags.
    #[serde(skip_serializing_if = "Arguments::is_empty")]
    pub extra_args: Arguments,
    /// Folders and files of the host that it sees.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra_volumes: Vec<HostPathMount>,
    /// Environment variables, as a container has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra_envs: Vec<Value>,
    /// What sealer does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A folder or file of the host in a container.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HostPathMount {
    /// The volume's name in the pod.
    pub name: String,
    /// On the host.
    pub host_path: String,
    /// In the container.
    pub mount_path: String,
    /// Whether it cannot be written to.
    #[serde(skip_serializing_if = "is_default")]
    pub read_only: bool,
    /// `DirectoryOrCreate`, ...
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path_type: String,
    /// What sealer does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Where the cluster's state is kept: on the masters, or elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Etcd {
    /// On the masters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local: Option<LocalEtcd>,
    /// Elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalEtcd>,
}

/// etcd on the masters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LocalEtcd {
    /// Where its image comes from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub image_repository: String,
    /// Its image's tag.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub image_tag: String,
    /// Where it keeps its data.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub data_dir: String,
    /// Command line flags.
    #[serde(skip_serializing_if = "Arguments::is_empty")]
    pub extra_args: Arguments,
    /// Environment variables, as a container has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra_envs: Vec<Value>,
    /// Further names in the certificate for clients.
    #[serde(rename = "serverCertSANs", skip_serializing_if = "Vec::is_empty")]
    pub server_cert_sans: Vec<String>,
    /// Further names in the certificate for other members.
    #[serde(rename = "peerCertSANs", skip_serializing_if = "Vec::is_empty")]
    pub peer_cert_sans: Vec<String>,
    /// What sealer does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// etcd elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExternalEtcd {
    /// Its members.
    pub endpoints: Vec<String>,
    /// Where its members tell how they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http_endpoints: Vec<String>,
    /// The authority's certificate.
    pub ca_file: String,
    /// The API server's certificate.
    pub cert_file: String,
    /// The API server's key.
    pub key_file: String,
}

/// The name service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Dns {
    /// Where its image comes from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub image_repository: String,
    /// Its image's tag.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub image_tag: String,
    /// Whether the cluster does without.
    #[serde(skip_serializing_if = "is_default")]
    pub disabled: bool,
    /// What sealer does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An addon that a cluster may do without.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Addon {
    /// Whether it does.
    #[serde(skip_serializing_if = "is_default")]
    pub disabled: bool,
}
