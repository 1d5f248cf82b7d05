//! The typed documents, in a form that is independent of the API version: that of v1beta4, which can say all that the older ones can.
//! `form` writes it as a version wants it.

mod cluster;
mod node;

pub use cluster::{
    Addon, ClusterConfiguration, ControlPlaneComponent, Dns, Etcd, ExternalEtcd, HostPathMount, LocalEtcd, Networking,
};
pub use node::{
    BootstrapTokenDiscovery, Discovery, Endpoint, InitConfiguration, JoinConfiguration, JoinControlPlane,
    NodeRegistration, Patches, Taint, Timeouts,
};

/// Whether a field is as if nobody had said anything.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
