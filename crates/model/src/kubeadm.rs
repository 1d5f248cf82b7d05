//! kubeadm's configuration: one typed form of it, written in the API version that fits the Kubernetes version. What an image
//! brings in `etc/kubeadm.yml` is the base; what sealer computes goes over it; fields that sealer does not know are kept.

mod configuration;
mod document;
mod names;
mod overrides;
mod variables;
mod version;

pub use configuration::{
    BootstrapTokenDiscovery, ClusterConfiguration, ControlPlaneComponent, Discovery, Endpoint, InitConfiguration,
    JoinConfiguration, JoinControlPlane, Networking, NodeRegistration,
};
pub use document::{Documents, InvalidDocument};
pub use names::with_api_names;
pub use overrides::Overrides;
pub use variables::Counts;
pub use version::{ApiVersion, InvalidVersion, KubernetesVersion, UnsupportedUpgrade, check_upgrade};
