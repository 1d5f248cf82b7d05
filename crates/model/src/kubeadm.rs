//! kubeadm's configuration: one typed form of it, written in the API version that fits the Kubernetes version. What an image
//! brings in `etc/kubeadm.yml` is the base; what sealer computes goes over it; fields that sealer does not know are kept.

mod arguments;
mod configuration;
mod document;
mod flags;
mod form;
mod lifetimes;
mod names;
mod overrides;
mod variables;
mod version;

pub use arguments::{Argument, Arguments};
pub use configuration::{
    Addon, BootstrapTokenDiscovery, ClusterConfiguration, ControlPlaneComponent, Discovery, Dns, Endpoint, Etcd,
    ExternalEtcd, HostPathMount, InitConfiguration, JoinConfiguration, JoinControlPlane, LocalEtcd, Networking,
    NodeRegistration, Patches, Taint, Timeouts,
};
pub use document::{Documents, InvalidDocument};
pub use form::ConfigurationFile;
pub use lifetimes::LeftOut;
pub use names::{with_api_names, with_certificates_in};
pub use overrides::Overrides;
pub use variables::Counts;
pub use version::{ApiVersion, Direction, InvalidVersion, KubernetesVersion, UnsupportedUpgrade, check_upgrade};
