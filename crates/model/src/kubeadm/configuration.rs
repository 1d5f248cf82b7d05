//! The typed documents, in a form that is independent of the API version. Extra arguments are a map here; `document` writes
//! them as the version wants them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

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
    /// The API server.
    pub api_server: ControlPlaneComponent,
    /// The controller manager.
    pub controller_manager: ControlPlaneComponent,
    /// The scheduler.
    pub scheduler: ControlPlaneComponent,
    /// What sealer does not set: etcd, DNS, feature gates, ...
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
    /// Command line flags without dashes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "super::document::arguments")]
    pub extra_args: BTreeMap<String, String>,
    /// What sealer does not set.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How `kubeadm init` makes the first master.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InitConfiguration {
    /// Where the API of this master listens.
    #[serde(rename = "localAPIEndpoint")]
    pub local_api_endpoint: Endpoint,
    /// How the host becomes a node.
    pub node_registration: NodeRegistration,
    /// What sealer does not set.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How `kubeadm join` makes a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JoinConfiguration {
    /// How the cluster is found and trusted.
    pub discovery: Discovery,
    /// That the host becomes a master, and where its API listens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane: Option<JoinControlPlane>,
    /// How the host becomes a node.
    pub node_registration: NodeRegistration,
    /// What sealer does not set.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How a joining host becomes a master.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JoinControlPlane {
    /// Where the API of this master listens.
    #[serde(rename = "localAPIEndpoint")]
    pub local_api_endpoint: Endpoint,
    /// What sealer does not set.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An address and a port to listen on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Endpoint {
    /// The address that others use.
    pub advertise_address: String,
    /// The port.
    pub bind_port: u16,
}

/// How a host becomes a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeRegistration {
    /// The node's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The container runtime's socket.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cri_socket: String,
    /// Flags of the kubelet without dashes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "super::document::arguments")]
    pub kubelet_extra_args: BTreeMap<String, String>,
    /// Checks whose failure kubeadm shall not stop at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore_preflight_errors: Vec<String>,
    /// What sealer does not set.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How a joining host finds and trusts the cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Discovery {
    /// By a token and the CA's hash.
    pub bootstrap_token: BootstrapTokenDiscovery,
}

/// Discovery by a token.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BootstrapTokenDiscovery {
    /// The secret token.
    pub token: String,
    /// Where the API is.
    pub api_server_endpoint: String,
    /// `sha256:<hex>` of the CA's public key.
    pub ca_cert_hashes: Vec<String>,
}

impl fmt::Debug for BootstrapTokenDiscovery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BootstrapTokenDiscovery(<secret>, {})", self.api_server_endpoint)
    }
}
