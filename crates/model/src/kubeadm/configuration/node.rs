//! How a host becomes a node: the first master, further masters, workers.

use super::is_default;
use crate::kubeadm::Arguments;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// How `kubeadm init` makes the first master.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InitConfiguration {
    /// Where the API of this master listens.
    #[serde(rename = "localAPIEndpoint")]
    pub local_api_endpoint: Endpoint,
    /// How the host becomes a node.
    pub node_registration: NodeRegistration,
    /// Phases to leave out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skip_phases: Vec<String>,
    /// Patches for what kubeadm writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patches: Option<Patches>,
    /// How long things may take.
    #[serde(skip_serializing_if = "is_default")]
    pub timeouts: Timeouts,
    /// What sealer does not set: tokens, the certificates' key, ...
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
    /// Where the authority's certificate is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ca_cert_path: String,
    /// Phases to leave out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skip_phases: Vec<String>,
    /// Patches for what kubeadm writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patches: Option<Patches>,
    /// How long things may take.
    #[serde(skip_serializing_if = "is_default")]
    pub timeouts: Timeouts,
    /// What sealer does not know.
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
    /// Its taints; none of its own where there is no list, so that kubeadm gives a master the usual ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taints: Option<Vec<Taint>>,
    /// Flags of the kubelet.
    #[serde(skip_serializing_if = "Arguments::is_empty")]
    pub kubelet_extra_args: Arguments,
    /// Checks whose failure kubeadm shall not stop at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore_preflight_errors: Vec<String>,
    /// `IfNotPresent`, ...
    #[serde(skip_serializing_if = "String::is_empty")]
    pub image_pull_policy: String,
    /// Whether images are pulled one after another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_pull_serial: Option<bool>,
    /// What sealer does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What keeps pods away from a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Taint {
    /// `node-role.kubernetes.io/control-plane`.
    pub key: String,
    /// Often empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// `NoSchedule`, ...
    pub effect: String,
    /// What sealer does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Where patches are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Patches {
    /// A folder on the host.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub directory: String,
}

/// How long things may take: `4m0s`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Timeouts {
    /// Until the control plane is well. Before v1beta4 a field of the API server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane_component_health_check: Option<String>,
    /// Until the cluster is found and trusted. Before v1beta4 a field of the discovery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discovery: Option<String>,
    /// All others.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How a joining host finds and trusts the cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Discovery {
    /// By a token and the CA's hash.
    pub bootstrap_token: BootstrapTokenDiscovery,
    /// What sealer does not set.
    #[serde(flatten)]
    pub other: Map<String, Value>,
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
