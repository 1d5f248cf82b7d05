//! kube-proxy's configuration: the fields of Kubernetes 1.20 and those that came since. A field that no release up to now knows
//! is only warned of, because a newer kube-proxy may know it.

use super::TEXTS;
use super::kubeadm::DURATION;
use super::kubelet::{INTEGER, LOGGING};
use crate::clusterfile::shape::{DocumentShape, Field, Shape};

pub(super) const KUBE_PROXY: DocumentShape = DocumentShape {
    kind: "KubeProxyConfiguration",
    versions: &["kubeproxy.config.k8s.io/v1alpha1"],
    about: "kube-proxy on every host; laid over the image's",
    fields: FIELDS,
    open: true,
    many: false,
};

const MODES: &[&str] = &["", "iptables", "ipvs", "nftables", "userspace", "kernelspace"];

const FIELDS: &[Field] = &[
    Field::plain("featureGates", Shape::Map(&Shape::Boolean)),
    Field::plain("bindAddress", Shape::Text),
    Field::plain("healthzBindAddress", Shape::Text),
    Field::plain("metricsBindAddress", Shape::Text),
    Field::plain("bindAddressHardFail", Shape::Boolean),
    Field::plain("enableProfiling", Shape::Boolean),
    Field::plain("clusterCIDR", Shape::Text),
    Field::plain("hostnameOverride", Shape::Text),
    Field::plain("clientConnection", Shape::Object(CLIENT_CONNECTION)),
    Field::plain("iptables", Shape::Open(IPTABLES)),
    Field::plain("ipvs", Shape::Open(IPVS)),
    Field::plain("oomScoreAdj", INTEGER),
    Field::plain("mode", Shape::Choice(MODES)),
    Field::plain("portRange", Shape::Text),
    Field::plain("udpIdleTimeout", DURATION),
    Field::plain("conntrack", Shape::Open(CONNTRACK)),
    Field::plain("configSyncPeriod", DURATION),
    Field::plain("nodePortAddresses", TEXTS),
    Field::plain("winkernel", Shape::Open(WINKERNEL)),
    Field::plain("showHiddenMetricsForVersion", Shape::Text),
    Field::plain("detectLocalMode", Shape::Text),
    Field::plain("nftables", Shape::Open(NFTABLES)),
    Field::plain("detectLocal", Shape::Open(DETECT_LOCAL)),
    Field::plain("logging", Shape::Open(LOGGING)),
    Field::plain("windowsRunAsService", Shape::Boolean),
];

const IPTABLES: &[Field] = &[
    Field::plain("masqueradeBit", INTEGER),
    Field::plain("masqueradeAll", Shape::Boolean),
    Field::plain("syncPeriod", DURATION),
    Field::plain("minSyncPeriod", DURATION),
    Field::plain("localhostNodePorts", Shape::Boolean),
];

const IPVS: &[Field] = &[
    Field::plain("syncPeriod", DURATION),
    Field::plain("minSyncPeriod", DURATION),
    Field::plain("scheduler", Shape::Text),
    Field::plain("excludeCIDRs", TEXTS),
    Field::plain("strictARP", Shape::Boolean),
    Field::plain("tcpTimeout", DURATION),
    Field::plain("tcpFinTimeout", DURATION),
    Field::plain("udpTimeout", DURATION),
];

const CONNTRACK: &[Field] = &[
    Field::plain("maxPerCore", INTEGER),
    Field::plain("min", INTEGER),
    Field::plain("tcpEstablishedTimeout", DURATION),
    Field::plain("tcpCloseWaitTimeout", DURATION),
    Field::plain("tcpBeLiberal", Shape::Boolean),
    Field::plain("udpTimeout", DURATION),
    Field::plain("udpStreamTimeout", DURATION),
];

const WINKERNEL: &[Field] = &[
    Field::plain("networkName", Shape::Text),
    Field::plain("sourceVip", Shape::Text),
    Field::plain("enableDSR", Shape::Boolean),
    Field::plain("rootHnsEndpointName", Shape::Text),
    Field::plain("forwardHealthCheckVip", Shape::Boolean),
];

const NFTABLES: &[Field] = &[
    Field::plain("masqueradeBit", INTEGER),
    Field::plain("masqueradeAll", Shape::Boolean),
    Field::plain("syncPeriod", DURATION),
    Field::plain("minSyncPeriod", DURATION),
];

const DETECT_LOCAL: &[Field] =
    &[Field::plain("bridgeInterface", Shape::Text), Field::plain("interfaceNamePrefix", Shape::Text)];

const CLIENT_CONNECTION: &[Field] = &[
    Field::plain("kubeconfig", Shape::Text),
    Field::plain("acceptContentTypes", Shape::Text),
    Field::plain("contentType", Shape::Text),
    Field::plain("qps", Shape::Number),
    Field::plain("burst", INTEGER),
];
