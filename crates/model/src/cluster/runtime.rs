//! The container runtime of a cluster: which one it is, where the kubelet finds it, and with which Kubernetes it goes.

use crate::kubeadm::KubernetesVersion;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What runs containers on every host of a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContainerRuntime {
    /// containerd, asked by the kubelet itself.
    #[default]
    Containerd,
    /// docker, through the part of the kubelet that Kubernetes 1.24 took out.
    Docker,
}

/// The first minor version of Kubernetes 1 whose kubelet does not know docker.
const WITHOUT_DOCKER: u32 = 24;

impl ContainerRuntime {
    /// The runtime of that name, in a Clusterfile or a label.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Containerd, Self::Docker].into_iter().find(|runtime| runtime.name() == name)
    }

    /// `containerd`, `docker`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Containerd => "containerd",
            Self::Docker => "docker",
        }
    }

    /// Where the kubelet asks for containers, in kubeadm's words. By the second, which is written without a scheme, kubeadm knows docker.
    #[must_use]
    pub fn socket(self) -> &'static str {
        match self {
            Self::Containerd => "unix:///run/containerd/containerd.sock",
            Self::Docker => "/var/run/dockershim.sock",
        }
    }

    /// Where it keeps images and containers.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Containerd => "/var/lib/containerd",
            Self::Docker => "/var/lib/docker",
        }
    }

    /// Whether a kubelet of that version can use it.
    #[must_use]
    pub fn goes_with(self, version: KubernetesVersion) -> bool {
        self == Self::Containerd || (version.major == 1 && version.minor < WITHOUT_DOCKER)
    }

    /// Whether it is the one that clusters have when nothing is said.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for ContainerRuntime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_goes_with_kubelets_that_know_it() {
        let goes = |runtime: ContainerRuntime, version: &str| runtime.goes_with(version.parse().unwrap());
        assert!(goes(ContainerRuntime::Docker, "v1.20.2") && goes(ContainerRuntime::Docker, "v1.23.17"));
        assert!(!goes(ContainerRuntime::Docker, "v1.24.0") && !goes(ContainerRuntime::Docker, "v1.31.1"));
        assert!(goes(ContainerRuntime::Containerd, "v1.20.2") && goes(ContainerRuntime::Containerd, "v1.31.1"));
    }

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for runtime in [ContainerRuntime::Containerd, ContainerRuntime::Docker] {
            assert_eq!(ContainerRuntime::of_name(runtime.name()), Some(runtime));
            assert_eq!(serde_json::to_value(runtime).unwrap(), runtime.name());
        }
        assert_eq!(ContainerRuntime::of_name("cri-o"), None);
    }
}
