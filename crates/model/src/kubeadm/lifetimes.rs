//! Which field came and went with which version: kubeadm's own by its API versions, those of the kubelet and kube-proxy by Kubernetes'
//! minor versions, because their API version never changed. What a version does not know is left out of what is written for it, and told.

use super::{ApiVersion, KubernetesVersion};
use ApiVersion::{V1beta1, V1beta2, V1beta3, V1beta4};
use serde_json::Value;
use std::fmt;
use std::ops::RangeInclusive;

/// A field that was left out of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The document's kind.
    pub kind: &'static str,
    /// The way to the field: `apiServer.extraEnvs`.
    pub field: String,
    /// Why: `kubeadm.k8s.io/v1beta2 does not know it`.
    pub why: String,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} is left out, {}", self.kind, self.field, self.why)
    }
}

/// Fields of kubeadm's documents that not every API version has.
const KUBEADM: &[(&str, &str, RangeInclusive<ApiVersion>)] = &[
    ("InitConfiguration", "certificateKey", V1beta2..=V1beta4),
    ("InitConfiguration", "nodeRegistration.ignorePreflightErrors", V1beta2..=V1beta4),
    ("InitConfiguration", "nodeRegistration.imagePullPolicy", V1beta3..=V1beta4),
    ("InitConfiguration", "nodeRegistration.imagePullSerial", V1beta4..=V1beta4),
    ("InitConfiguration", "skipPhases", V1beta3..=V1beta4),
    ("InitConfiguration", "patches", V1beta3..=V1beta4),
    ("InitConfiguration", "dryRun", V1beta4..=V1beta4),
    ("InitConfiguration", "timeouts", V1beta4..=V1beta4),
    ("ClusterConfiguration", "useHyperKubeImage", V1beta1..=V1beta2),
    ("ClusterConfiguration", "dns.type", V1beta1..=V1beta2),
    ("ClusterConfiguration", "dns.disabled", V1beta4..=V1beta4),
    ("ClusterConfiguration", "proxy", V1beta4..=V1beta4),
    ("ClusterConfiguration", "encryptionAlgorithm", V1beta4..=V1beta4),
    ("ClusterConfiguration", "certificateValidityPeriod", V1beta4..=V1beta4),
    ("ClusterConfiguration", "caCertificateValidityPeriod", V1beta4..=V1beta4),
    ("ClusterConfiguration", "apiServer.timeoutForControlPlane", V1beta1..=V1beta3),
    ("ClusterConfiguration", "apiServer.extraEnvs", V1beta4..=V1beta4),
    ("ClusterConfiguration", "controllerManager.extraEnvs", V1beta4..=V1beta4),
    ("ClusterConfiguration", "scheduler.extraEnvs", V1beta4..=V1beta4),
    ("ClusterConfiguration", "etcd.local.extraEnvs", V1beta4..=V1beta4),
    ("ClusterConfiguration", "etcd.external.httpEndpoints", V1beta4..=V1beta4),
    ("JoinConfiguration", "nodeRegistration.ignorePreflightErrors", V1beta2..=V1beta4),
    ("JoinConfiguration", "nodeRegistration.imagePullPolicy", V1beta3..=V1beta4),
    ("JoinConfiguration", "nodeRegistration.imagePullSerial", V1beta4..=V1beta4),
    ("JoinConfiguration", "controlPlane.certificateKey", V1beta2..=V1beta4),
    ("JoinConfiguration", "discovery.timeout", V1beta1..=V1beta3),
    ("JoinConfiguration", "skipPhases", V1beta3..=V1beta4),
    ("JoinConfiguration", "patches", V1beta3..=V1beta4),
    ("JoinConfiguration", "dryRun", V1beta4..=V1beta4),
    ("JoinConfiguration", "timeouts", V1beta4..=V1beta4),
];

/// Fields that came later than their API version, by the minor version that first has them.
const MINORS: &[(&str, &str, u32)] = &[
    ("ClusterConfiguration", "etcd.external.httpEndpoints", 35),
    ("KubeletConfiguration", "shutdownGracePeriod", 20),
    ("KubeletConfiguration", "shutdownGracePeriodCriticalPods", 20),
    ("KubeletConfiguration", "memoryManagerPolicy", 21),
    ("KubeletConfiguration", "reservedMemory", 21),
    ("KubeletConfiguration", "memorySwap", 22),
    ("KubeletConfiguration", "seccompDefault", 22),
    ("KubeletConfiguration", "cpuManagerPolicyOptions", 22),
    ("KubeletConfiguration", "registerWithTaints", 23),
    ("KubeletConfiguration", "registerNode", 23),
    ("KubeletConfiguration", "shutdownGracePeriodByPodPriority", 23),
    ("KubeletConfiguration", "tracing", 25),
    ("KubeletConfiguration", "localStorageCapacityIsolation", 25),
    ("KubeletConfiguration", "topologyManagerPolicyOptions", 26),
    ("KubeletConfiguration", "containerRuntimeEndpoint", 27),
    ("KubeletConfiguration", "imageServiceEndpoint", 27),
    ("KubeletConfiguration", "maxParallelImagePulls", 27),
    ("KubeletConfiguration", "enableSystemLogQuery", 27),
    ("KubeletConfiguration", "imageMaximumGCAge", 29),
    ("KubeletConfiguration", "podLogsDir", 30),
    ("KubeletConfiguration", "failCgroupV1", 31),
    ("KubeletConfiguration", "singleProcessOOMKill", 32),
    ("KubeletConfiguration", "crashLoopBackOff", 32),
    ("KubeletConfiguration", "userNamespaces", 33),
    ("KubeletConfiguration", "imagePullCredentialsVerificationPolicy", 33),
    ("KubeletConfiguration", "preloadedImagesVerificationAllowlist", 33),
    ("KubeProxyConfiguration", "nftables", 29),
    ("KubeProxyConfiguration", "conntrack.tcpBeLiberal", 29),
    ("KubeProxyConfiguration", "conntrack.udpTimeout", 29),
    ("KubeProxyConfiguration", "conntrack.udpStreamTimeout", 29),
];

/// Takes out what a version does not know.
pub(super) fn trim(kind: &'static str, value: &mut Value, version: KubernetesVersion, api: ApiVersion) -> Vec<LeftOut> {
    let mut left_out = Vec::new();
    let of_api = KUBEADM.iter().filter(|(of, _, known)| *of == kind && !known.contains(&api));
    for (_, field, _) in of_api {
        if take(value, field) {
            left_out.push(LeftOut { kind, field: (*field).to_owned(), why: unknown(api.as_str()) });
        }
    }
    let of_minor = MINORS.iter().filter(|(of, _, since)| *of == kind && version.major == 1 && version.minor < *since);
    for (_, field, _) in of_minor {
        if take(value, field) {
            left_out.push(LeftOut { kind, field: (*field).to_owned(), why: unknown(&format!("Kubernetes {version}")) });
        }
    }
    left_out
}

fn unknown(whom: &str) -> String {
    format!("{whom} does not know it")
}

/// Removes a field, and says whether it was there.
fn take(value: &mut Value, path: &str) -> bool {
    match path.split_once('.') {
        None => value.as_object_mut().is_some_and(|fields| fields.remove(path).is_some()),
        Some((first, rest)) => value.get_mut(first).is_some_and(|field| take(field, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_version_does_not_know_is_left_out_and_told() {
        let mut value = json!({"apiServer": {"extraEnvs": [], "certSANs": ["a"]}, "newer": 1});
        let version = "v1.20.2".parse().unwrap();
        let told = trim("ClusterConfiguration", &mut value, version, V1beta2);
        assert_eq!(value, json!({"apiServer": {"certSANs": ["a"]}, "newer": 1}));
        let expected = "ClusterConfiguration: apiServer.extraEnvs is left out, kubeadm.k8s.io/v1beta2 does not know it";
        assert_eq!(told.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
        let mut kubelet = json!({"containerRuntimeEndpoint": "unix:///run/x", "failSwapOn": false});
        assert_eq!(trim("KubeletConfiguration", &mut kubelet, "v1.27.0".parse().unwrap(), V1beta3), []);
        assert_eq!(trim("KubeletConfiguration", &mut kubelet, "v1.26.9".parse().unwrap(), V1beta3).len(), 1);
        assert_eq!(kubelet, json!({"failSwapOn": false}));
    }
}
