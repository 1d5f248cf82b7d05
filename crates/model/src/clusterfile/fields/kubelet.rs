//! The kubelet's configuration: the fields of Kubernetes 1.20 and those that came since. A field that no release up to now knows
//! is only warned of, because a newer kubelet may know it.

use super::TEXTS;
use super::kubeadm::DURATION;
use crate::clusterfile::shape::{DocumentShape, Field, Shape};

pub(super) const KUBELET: DocumentShape = DocumentShape {
    kind: "KubeletConfiguration",
    versions: &["kubelet.config.k8s.io/v1beta1"],
    about: "The kubelet of every host; laid over the image's",
    fields: FIELDS,
    open: true,
    many: false,
};

pub(super) const INTEGER: Shape = Shape::Integer(i64::MIN, i64::MAX);
const PORT: Shape = Shape::Integer(0, 65535);
const PERCENT: Shape = Shape::Integer(0, 100);

const FIELDS: &[Field] = &[
    Field::plain("enableServer", Shape::Boolean),
    Field::plain("staticPodPath", Shape::Text),
    Field::plain("syncFrequency", DURATION),
    Field::plain("fileCheckFrequency", DURATION),
    Field::plain("httpCheckFrequency", DURATION),
    Field::plain("staticPodURL", Shape::Text),
    Field::plain("staticPodURLHeader", Shape::Map(&TEXTS)),
    Field::plain("address", Shape::Text),
    Field::plain("port", PORT),
    Field::plain("readOnlyPort", PORT),
    Field::plain("tlsCertFile", Shape::Text),
    Field::plain("tlsPrivateKeyFile", Shape::Text),
    Field::plain("tlsCipherSuites", TEXTS),
    Field::plain("tlsMinVersion", Shape::Text),
    Field::plain("rotateCertificates", Shape::Boolean),
    Field::plain("serverTLSBootstrap", Shape::Boolean),
    Field::plain("authentication", Shape::Open(AUTHENTICATION)),
    Field::plain("authorization", Shape::Open(AUTHORIZATION)),
    Field::plain("registryPullQPS", INTEGER),
    Field::plain("registryBurst", INTEGER),
    Field::plain("eventRecordQPS", INTEGER),
    Field::plain("eventBurst", INTEGER),
    Field::plain("enableDebuggingHandlers", Shape::Boolean),
    Field::plain("enableContentionProfiling", Shape::Boolean),
    Field::plain("healthzPort", PORT),
    Field::plain("healthzBindAddress", Shape::Text),
    Field::plain("oomScoreAdj", INTEGER),
    Field::plain("clusterDomain", Shape::Text),
    Field::plain("clusterDNS", TEXTS),
    Field::plain("streamingConnectionIdleTimeout", DURATION),
    Field::plain("nodeStatusUpdateFrequency", DURATION),
    Field::plain("nodeStatusReportFrequency", DURATION),
    Field::plain("nodeLeaseDurationSeconds", INTEGER),
    Field::plain("imageMinimumGCAge", DURATION),
    Field::plain("imageGCHighThresholdPercent", PERCENT),
    Field::plain("imageGCLowThresholdPercent", PERCENT),
    Field::plain("volumeStatsAggPeriod", DURATION),
    Field::plain("kubeletCgroups", Shape::Text),
    Field::plain("systemCgroups", Shape::Text),
    Field::plain("cgroupRoot", Shape::Text),
    Field::plain("cgroupsPerQOS", Shape::Boolean),
    Field::plain("cgroupDriver", Shape::Choice(&["cgroupfs", "systemd"])),
    Field::plain("cpuManagerPolicy", Shape::Choice(&["none", "static"])),
    Field::plain("cpuManagerReconcilePeriod", DURATION),
    Field::plain("topologyManagerPolicy", Shape::Choice(&["none", "best-effort", "restricted", "single-numa-node"])),
    Field::plain("topologyManagerScope", Shape::Choice(&["container", "pod"])),
    Field::plain("qosReserved", Shape::Map(&Shape::Text)),
    Field::plain("runtimeRequestTimeout", DURATION),
    Field::plain("hairpinMode", Shape::Choice(&["promiscuous-bridge", "hairpin-veth", "none"])),
    Field::plain("maxPods", INTEGER),
    Field::plain("podCIDR", Shape::Text),
    Field::plain("podPidsLimit", INTEGER),
    Field::plain("resolvConf", Shape::Text),
    Field::plain("runOnce", Shape::Boolean),
    Field::plain("cpuCFSQuota", Shape::Boolean),
    Field::plain("cpuCFSQuotaPeriod", DURATION),
    Field::plain("nodeStatusMaxImages", INTEGER),
    Field::plain("maxOpenFiles", INTEGER),
    Field::plain("contentType", Shape::Text),
    Field::plain("kubeAPIQPS", INTEGER),
    Field::plain("kubeAPIBurst", INTEGER),
    Field::plain("serializeImagePulls", Shape::Boolean),
    Field::plain("evictionHard", Shape::Map(&Shape::Text)),
    Field::plain("evictionSoft", Shape::Map(&Shape::Text)),
    Field::plain("evictionSoftGracePeriod", Shape::Map(&Shape::Text)),
    Field::plain("evictionPressureTransitionPeriod", DURATION),
    Field::plain("evictionMaxPodGracePeriod", INTEGER),
    Field::plain("evictionMinimumReclaim", Shape::Map(&Shape::Text)),
    Field::plain("podsPerCore", INTEGER),
    Field::plain("enableControllerAttachDetach", Shape::Boolean),
    Field::plain("protectKernelDefaults", Shape::Boolean),
    Field::plain("makeIPTablesUtilChains", Shape::Boolean),
    Field::plain("iptablesMasqueradeBit", INTEGER),
    Field::plain("iptablesDropBit", INTEGER),
    Field::plain("featureGates", Shape::Map(&Shape::Boolean)),
    Field::plain("failSwapOn", Shape::Boolean),
    Field::plain("containerLogMaxSize", Shape::Text),
    Field::plain("containerLogMaxFiles", INTEGER),
    Field::plain("configMapAndSecretChangeDetectionStrategy", Shape::Choice(&["Get", "Cache", "Watch"])),
    Field::plain("systemReserved", Shape::Map(&Shape::Text)),
    Field::plain("kubeReserved", Shape::Map(&Shape::Text)),
    Field::plain("reservedSystemCPUs", Shape::Text),
    Field::plain("showHiddenMetricsForVersion", Shape::Text),
    Field::plain("systemReservedCgroup", Shape::Text),
    Field::plain("kubeReservedCgroup", Shape::Text),
    Field::plain("enforceNodeAllocatable", TEXTS),
    Field::plain("allowedUnsafeSysctls", TEXTS),
    Field::plain("volumePluginDir", Shape::Text),
    Field::plain("providerID", Shape::Text),
    Field::plain("kernelMemcgNotification", Shape::Boolean),
    Field::plain("logging", Shape::Open(LOGGING)),
    Field::plain("enableSystemLogHandler", Shape::Boolean),
    Field::plain("shutdownGracePeriod", DURATION),
    Field::plain("shutdownGracePeriodCriticalPods", DURATION),
    Field::plain("enableProfilingHandler", Shape::Boolean),
    Field::plain("enableDebugFlagsHandler", Shape::Boolean),
    Field::plain("seccompDefault", Shape::Boolean),
    Field::plain("memoryThrottlingFactor", Shape::Number),
    Field::plain("memoryManagerPolicy", Shape::Choice(&["None", "Static"])),
    Field::plain("reservedMemory", Shape::List(&Shape::Anything)),
    Field::plain("memorySwap", Shape::Open(MEMORY_SWAP)),
    Field::plain("cpuManagerPolicyOptions", Shape::Map(&Shape::Text)),
    Field::plain("topologyManagerPolicyOptions", Shape::Map(&Shape::Text)),
    Field::plain("maxParallelImagePulls", INTEGER),
    Field::plain("imageMaximumGCAge", DURATION),
    Field::plain("containerLogMaxWorkers", INTEGER),
    Field::plain("containerLogMonitorInterval", DURATION),
    Field::plain("shutdownGracePeriodByPodPriority", Shape::List(&Shape::Anything)),
    Field::plain("registerWithTaints", Shape::List(&Shape::Anything)),
    Field::plain("registerNode", Shape::Boolean),
    Field::plain("tracing", Shape::Open(TRACING)),
    Field::plain("localStorageCapacityIsolation", Shape::Boolean),
    Field::plain("containerRuntimeEndpoint", Shape::Text),
    Field::plain("imageServiceEndpoint", Shape::Text),
    Field::plain("podLogsDir", Shape::Text),
    Field::plain("failCgroupV1", Shape::Boolean),
    Field::plain("singleProcessOOMKill", Shape::Boolean),
    Field::plain("mergeDefaultEvictionSettings", Shape::Boolean),
    Field::plain("crashLoopBackOff", Shape::Open(CRASH_LOOP_BACK_OFF)),
    Field::plain("userNamespaces", Shape::Open(USER_NAMESPACES)),
    Field::plain("imagePullCredentialsVerificationPolicy", Shape::Text),
    Field::plain("preloadedImagesVerificationAllowlist", TEXTS),
    Field::plain("enableSystemLogQuery", Shape::Boolean),
    Field::plain("memoryReservationPolicy", Shape::Choice(&["None", "TieredReservation"])),
];

const AUTHENTICATION: &[Field] = &[
    Field::plain("x509", Shape::Open(X509_AUTHENTICATION)),
    Field::plain("webhook", Shape::Open(WEBHOOK_AUTHENTICATION)),
    Field::plain("anonymous", Shape::Open(ANONYMOUS_AUTHENTICATION)),
];

const AUTHORIZATION: &[Field] = &[
    Field::plain("mode", Shape::Choice(&["AlwaysAllow", "Webhook"])),
    Field::plain("webhook", Shape::Open(WEBHOOK_AUTHORIZATION)),
];

const X509_AUTHENTICATION: &[Field] = &[Field::plain("clientCAFile", Shape::Text)];

const WEBHOOK_AUTHENTICATION: &[Field] = &[Field::plain("enabled", Shape::Boolean), Field::plain("cacheTTL", DURATION)];

const ANONYMOUS_AUTHENTICATION: &[Field] = &[Field::plain("enabled", Shape::Boolean)];

const WEBHOOK_AUTHORIZATION: &[Field] =
    &[Field::plain("cacheAuthorizedTTL", DURATION), Field::plain("cacheUnauthorizedTTL", DURATION)];

pub(super) const LOGGING: &[Field] = &[
    Field::plain("format", Shape::Choice(&["text", "json"])),
    Field::plain("sanitization", Shape::Boolean),
    Field::plain("flushFrequency", Shape::Anything),
    Field::plain("verbosity", INTEGER),
    Field::plain("vmodule", Shape::List(&Shape::Anything)),
    Field::plain("options", Shape::Anything),
];

const MEMORY_SWAP: &[Field] = &[Field::plain("swapBehavior", Shape::Text)];

const TRACING: &[Field] = &[Field::plain("endpoint", Shape::Text), Field::plain("samplingRatePerMillion", INTEGER)];

const CRASH_LOOP_BACK_OFF: &[Field] = &[Field::plain("maxContainerRestartPeriod", DURATION)];

const USER_NAMESPACES: &[Field] = &[Field::plain("idsPerPod", INTEGER)];
