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
const SINCE: &[(&str, &str, u32)] = &[
    ("ClusterConfiguration", "etcd.external.httpEndpoints", 35),
    ("KubeletConfiguration", "enableServer", 19),
    ("KubeletConfiguration", "providerID", 19),
    ("KubeletConfiguration", "kernelMemcgNotification", 19),
    ("KubeletConfiguration", "volumePluginDir", 19),
    ("KubeletConfiguration", "runOnce", 19),
    ("KubeletConfiguration", "nodeStatusMaxImages", 19),
    ("KubeletConfiguration", "logging", 19),
    ("KubeletConfiguration", "enableSystemLogHandler", 19),
    ("KubeletConfiguration", "topologyManagerScope", 20),
    ("KubeletConfiguration", "shutdownGracePeriod", 20),
    ("KubeletConfiguration", "shutdownGracePeriodCriticalPods", 20),
    ("KubeletConfiguration", "enableProfilingHandler", 21),
    ("KubeletConfiguration", "enableDebugFlagsHandler", 21),
    ("KubeletConfiguration", "memoryManagerPolicy", 21),
    ("KubeletConfiguration", "reservedMemory", 21),
    ("KubeletConfiguration", "memorySwap", 22),
    ("KubeletConfiguration", "memoryThrottlingFactor", 22),
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
    ("KubeletConfiguration", "containerLogMaxWorkers", 30),
    ("KubeletConfiguration", "containerLogMonitorInterval", 30),
    ("KubeletConfiguration", "failCgroupV1", 31),
    ("KubeletConfiguration", "singleProcessOOMKill", 32),
    ("KubeletConfiguration", "crashLoopBackOff", 32),
    ("KubeletConfiguration", "userNamespaces", 33),
    ("KubeletConfiguration", "mergeDefaultEvictionSettings", 33),
    ("KubeletConfiguration", "imagePullCredentialsVerificationPolicy", 33),
    ("KubeletConfiguration", "preloadedImagesVerificationAllowlist", 33),
    ("KubeletConfiguration", "memoryReservationPolicy", 36),
    ("KubeProxyConfiguration", "bindAddressHardFail", 19),
    ("KubeProxyConfiguration", "detectLocal", 24),
    ("KubeProxyConfiguration", "winkernel.rootHnsEndpointName", 24),
    ("KubeProxyConfiguration", "winkernel.forwardHealthCheckVip", 24),
    ("KubeProxyConfiguration", "nftables", 29),
    ("KubeProxyConfiguration", "conntrack.tcpBeLiberal", 29),
    ("KubeProxyConfiguration", "conntrack.udpTimeout", 29),
    ("KubeProxyConfiguration", "conntrack.udpStreamTimeout", 29),
];

/// Fields that went though their API version stayed, by the minor version that first is without them.
const UNTIL: &[(&str, &str, u32)] = &[("KubeletConfiguration", "seccompProfileRoot", 23)];

/// Values that not every minor version takes where it knows the field, by the minor versions that do.
const VALUES: &[(&str, &str, &str, RangeInclusive<u32>)] = &[
    ("ClusterConfiguration", "dns.type", "kube-dns", 0..=20),
    ("ClusterConfiguration", "encryptionAlgorithm", "ECDSA-P384", 34..=u32::MAX),
];

/// Takes out what a version does not know.
pub(super) fn trim(kind: &'static str, value: &mut Value, version: KubernetesVersion, api: ApiVersion) -> Vec<LeftOut> {
    let mut left_out = Vec::new();
    let of_api = KUBEADM.iter().filter(|(of, _, known)| *of == kind && !known.contains(&api));
    for (_, field, _) in of_api {
        if take(value, field) {
            let why = format!("{} does not know it", api.as_str());
            left_out.push(LeftOut { kind, field: (*field).to_owned(), why });
        }
    }
    let reached = |minor: u32| version.major > 1 || version.minor >= minor;
    let early = SINCE.iter().filter(|(_, _, since)| !reached(*since)).map(|row| (row, "does not know it"));
    let late = UNTIL.iter().filter(|(_, _, until)| reached(*until)).map(|row| (row, "does not know it any more"));
    for ((_, field, _), what) in early.chain(late).filter(|((of, _, _), _)| *of == kind) {
        if take(value, field) {
            left_out.push(LeftOut { kind, field: (*field).to_owned(), why: format!("Kubernetes {version} {what}") });
        }
    }
    let of_kind = VALUES.iter().filter(|(of, _, _, known)| *of == kind && !known.contains(&version.minor));
    for (_, field, refused, _) in of_kind {
        let place = format!("/{}", field.replace('.', "/"));
        if value.pointer(&place).is_some_and(|it| it == refused) && take(value, field) {
            let why = format!("Kubernetes {version} does not take {refused} there");
            left_out.push(LeftOut { kind, field: (*field).to_owned(), why });
        }
    }
    left_out
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

    #[test]
    fn what_a_version_has_no_more_is_left_out_from_there_on() {
        let told = |version: &str, api| {
            let mut kubelet = json!({"seccompProfileRoot": "/var/lib/kubelet/seccomp", "failSwapOn": false});
            let told = trim("KubeletConfiguration", &mut kubelet, version.parse().unwrap(), api);
            assert_eq!(kubelet["seccompProfileRoot"].is_null(), !told.is_empty());
            told.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(told("v1.22.17", V1beta3), Vec::<String>::new());
        let expected =
            "KubeletConfiguration: seccompProfileRoot is left out, Kubernetes v1.23.0 does not know it any more";
        assert_eq!(told("v1.23.0", V1beta3), [expected]);
    }

    #[test]
    fn a_value_that_a_version_does_not_take_is_left_out() {
        let told = |version: &str, api, value: Value| {
            let mut cluster = value;
            trim("ClusterConfiguration", &mut cluster, version.parse().unwrap(), api)
                .first()
                .map_or(String::new(), ToString::to_string)
        };
        let dns = || json!({"dns": {"type": "kube-dns"}});
        assert_eq!(told("v1.20.15", V1beta2, dns()), "");
        let expected = "ClusterConfiguration: dns.type is left out, Kubernetes v1.21.0 does not take kube-dns there";
        assert_eq!(told("v1.21.0", V1beta2, dns()), expected);
        assert_eq!(told("v1.21.0", V1beta2, json!({"dns": {"type": "CoreDNS"}})), "");
        let keys = || json!({"encryptionAlgorithm": "ECDSA-P384"});
        assert_eq!(told("v1.34.0", V1beta4, keys()), "");
        assert!(told("v1.33.9", V1beta4, keys()).ends_with("does not take ECDSA-P384 there"));
        assert_eq!(told("v1.33.9", V1beta4, json!({"encryptionAlgorithm": "ECDSA-P256"})), "");
    }

    #[test]
    fn no_field_has_two_beginnings_and_one_that_went_had_come_before() {
        for (index, (kind, field, since)) in SINCE.iter().enumerate() {
            assert!(!SINCE[..index].iter().any(|(of, other, _)| (of, other) == (kind, field)), "{kind}: {field} twice");
            let until = UNTIL.iter().find(|(of, other, _)| (of, other) == (kind, field));
            assert!(until.is_none_or(|(_, _, until)| until > since), "{kind}: {field} went before it came");
        }
    }
}
