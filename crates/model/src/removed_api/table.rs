//! The table: minor version, API version, what to write instead, kinds with their names in paths. Sorted by minor version.
//!
//! What to write instead is served by the minor version before the removal wherever there is such a version, so that it can be
//! written before the upgrade; it may be removed itself later, and has a row of its own then.

/// Kinds, each with its name in paths.
type Kinds = &'static [(&'static str, &'static str)];

/// Minor version, API version, what to write instead, kinds.
pub(super) type Row = (u32, &'static str, Option<&'static str>, Kinds);

/// Kinds whose objects are not looked through: reviews are never kept; leases, slices and events are written by programs alone, by the
/// thousand, and whoever does so in an older version is among what API servers count.
pub(super) const NOT_LISTED: &[&str] = &[
    "EndpointSlice",
    "Event",
    "Lease",
    "LeaseCandidate",
    "LocalSubjectAccessReview",
    "PodCertificateRequest",
    "SelfSubjectAccessReview",
    "SelfSubjectReview",
    "SelfSubjectRulesReview",
    "SubjectAccessReview",
    "TokenReview",
];

pub(super) const ROWS: &[Row] = &[
    (16, "extensions/v1beta1", Some("apps/v1"), &[DEPLOYMENT, DAEMON_SET, REPLICA_SET]),
    (16, "extensions/v1beta1", Some("networking.k8s.io/v1"), &[("NetworkPolicy", "networkpolicies")]),
    (16, "extensions/v1beta1", Some("policy/v1beta1"), &[POD_SECURITY_POLICY]),
    (16, "apps/v1beta1", Some("apps/v1"), &[DEPLOYMENT, STATEFUL_SET, CONTROLLER_REVISION]),
    (16, "apps/v1beta2", Some("apps/v1"), WORKLOADS),
    (19, "auditregistration.k8s.io/v1alpha1", None, &[("AuditSink", "auditsinks")]),
    (20, "settings.k8s.io/v1alpha1", None, &[("PodPreset", "podpresets")]),
    (21, "batch/v2alpha1", Some("batch/v1beta1"), &[CRON_JOB]),
    (21, "discovery.k8s.io/v1alpha1", Some("discovery.k8s.io/v1beta1"), &[ENDPOINT_SLICE]),
    (22, "admissionregistration.k8s.io/v1beta1", Some("admissionregistration.k8s.io/v1"), WEBHOOKS),
    (22, "apiextensions.k8s.io/v1beta1", Some("apiextensions.k8s.io/v1"), DEFINITIONS),
    (22, "apiregistration.k8s.io/v1beta1", Some("apiregistration.k8s.io/v1"), &[("APIService", "apiservices")]),
    (22, "authentication.k8s.io/v1beta1", Some("authentication.k8s.io/v1"), &[("TokenReview", "tokenreviews")]),
    (22, "authorization.k8s.io/v1beta1", Some("authorization.k8s.io/v1"), REVIEWS),
    (22, "certificates.k8s.io/v1beta1", Some("certificates.k8s.io/v1"), SIGNING_REQUESTS),
    (22, "coordination.k8s.io/v1beta1", Some("coordination.k8s.io/v1"), &[("Lease", "leases")]),
    (22, "extensions/v1beta1", Some("networking.k8s.io/v1"), &[INGRESS]),
    (22, "networking.k8s.io/v1beta1", Some("networking.k8s.io/v1"), &[INGRESS, ("IngressClass", "ingressclasses")]),
    (22, "rbac.authorization.k8s.io/v1beta1", Some("rbac.authorization.k8s.io/v1"), ROLES),
    (22, "scheduling.k8s.io/v1beta1", Some("scheduling.k8s.io/v1"), &[PRIORITY_CLASS]),
    (22, "storage.k8s.io/v1beta1", Some("storage.k8s.io/v1"), STORAGE),
    (23, "rbac.authorization.k8s.io/v1alpha1", Some("rbac.authorization.k8s.io/v1"), ROLES),
    (23, "scheduling.k8s.io/v1alpha1", Some("scheduling.k8s.io/v1"), &[PRIORITY_CLASS]),
    (24, "node.k8s.io/v1alpha1", Some("node.k8s.io/v1"), &[RUNTIME_CLASS]),
    (24, "storage.k8s.io/v1alpha1", Some("storage.k8s.io/v1beta1"), &[STORAGE_CAPACITY]),
    (25, "batch/v1beta1", Some("batch/v1"), &[CRON_JOB]),
    (25, "discovery.k8s.io/v1beta1", Some("discovery.k8s.io/v1"), &[ENDPOINT_SLICE]),
    (25, "events.k8s.io/v1beta1", Some("events.k8s.io/v1"), &[("Event", "events")]),
    (25, "autoscaling/v2beta1", Some("autoscaling/v2"), &[SCALER]),
    (25, "policy/v1beta1", Some("policy/v1"), &[("PodDisruptionBudget", "poddisruptionbudgets")]),
    (25, "policy/v1beta1", None, &[POD_SECURITY_POLICY]),
    (25, "node.k8s.io/v1beta1", Some("node.k8s.io/v1"), &[RUNTIME_CLASS]),
    (26, "flowcontrol.apiserver.k8s.io/v1beta1", Some("flowcontrol.apiserver.k8s.io/v1beta2"), FLOWS),
    (26, "autoscaling/v2beta2", Some("autoscaling/v2"), &[SCALER]),
    (27, "resource.k8s.io/v1alpha1", Some("resource.k8s.io/v1alpha2"), CLAIMS_AND_CLASSES),
    (27, "storage.k8s.io/v1beta1", Some("storage.k8s.io/v1"), &[STORAGE_CAPACITY]),
    (29, "flowcontrol.apiserver.k8s.io/v1beta2", Some("flowcontrol.apiserver.k8s.io/v1beta3"), FLOWS),
    (29, "networking.k8s.io/v1alpha1", None, &[("ClusterCIDR", "clustercidrs")]),
    (31, "networking.k8s.io/v1alpha1", Some("networking.k8s.io/v1beta1"), ADDRESSES),
    (31, "resource.k8s.io/v1alpha2", Some("resource.k8s.io/v1alpha3"), CLAIMS_AND_SCHEDULING),
    (31, "resource.k8s.io/v1alpha2", None, CLASSES_AND_PARAMETERS),
    (32, "admissionregistration.k8s.io/v1alpha1", Some("admissionregistration.k8s.io/v1"), POLICIES),
    (32, "authentication.k8s.io/v1alpha1", Some("authentication.k8s.io/v1"), &[SELF_REVIEW]),
    (32, "coordination.k8s.io/v1alpha1", Some("coordination.k8s.io/v1alpha2"), CANDIDATES),
    (32, "flowcontrol.apiserver.k8s.io/v1beta3", Some("flowcontrol.apiserver.k8s.io/v1"), FLOWS),
    (32, "resource.k8s.io/v1alpha3", None, &[SCHEDULING]),
    (33, "authentication.k8s.io/v1beta1", Some("authentication.k8s.io/v1"), &[SELF_REVIEW]),
    (34, "admissionregistration.k8s.io/v1beta1", Some("admissionregistration.k8s.io/v1"), POLICIES),
    (34, "resource.k8s.io/v1alpha3", Some("resource.k8s.io/v1beta1"), CLAIMS_AND_DEVICES),
    (35, "certificates.k8s.io/v1alpha1", Some("certificates.k8s.io/v1beta1"), POD_CERTIFICATES),
    (35, "storage.k8s.io/v1alpha1", Some("storage.k8s.io/v1"), VOLUME_CLASSES),
    (35, "storagemigration.k8s.io/v1alpha1", Some("storagemigration.k8s.io/v1beta1"), MIGRATIONS),
    (36, "scheduling.k8s.io/v1alpha1", Some("scheduling.k8s.io/v1alpha2"), &[("Workload", "workloads")]),
];

const DEPLOYMENT: (&str, &str) = ("Deployment", "deployments");
const DAEMON_SET: (&str, &str) = ("DaemonSet", "daemonsets");
const REPLICA_SET: (&str, &str) = ("ReplicaSet", "replicasets");
const STATEFUL_SET: (&str, &str) = ("StatefulSet", "statefulsets");
const CONTROLLER_REVISION: (&str, &str) = ("ControllerRevision", "controllerrevisions");
const POD_SECURITY_POLICY: (&str, &str) = ("PodSecurityPolicy", "podsecuritypolicies");
const CRON_JOB: (&str, &str) = ("CronJob", "cronjobs");
const ENDPOINT_SLICE: (&str, &str) = ("EndpointSlice", "endpointslices");
const INGRESS: (&str, &str) = ("Ingress", "ingresses");
const PRIORITY_CLASS: (&str, &str) = ("PriorityClass", "priorityclasses");
const RUNTIME_CLASS: (&str, &str) = ("RuntimeClass", "runtimeclasses");
const STORAGE_CAPACITY: (&str, &str) = ("CSIStorageCapacity", "csistoragecapacities");
const SCALER: (&str, &str) = ("HorizontalPodAutoscaler", "horizontalpodautoscalers");
const SELF_REVIEW: (&str, &str) = ("SelfSubjectReview", "selfsubjectreviews");
const CLAIM: (&str, &str) = ("ResourceClaim", "resourceclaims");
const CLAIM_TEMPLATE: (&str, &str) = ("ResourceClaimTemplate", "resourceclaimtemplates");
const SLICE: (&str, &str) = ("ResourceSlice", "resourceslices");
const SCHEDULING: (&str, &str) = ("PodSchedulingContext", "podschedulingcontexts");
const DEFINITIONS: Kinds = &[("CustomResourceDefinition", "customresourcedefinitions")];
const SIGNING_REQUESTS: Kinds = &[("CertificateSigningRequest", "certificatesigningrequests")];
const CLAIMS_AND_CLASSES: Kinds = &[CLAIM, CLAIM_TEMPLATE, ("ResourceClass", "resourceclasses")];
const ADDRESSES: Kinds = &[("IPAddress", "ipaddresses"), ("ServiceCIDR", "servicecidrs")];
const CLAIMS_AND_SCHEDULING: Kinds = &[CLAIM, CLAIM_TEMPLATE, SLICE, SCHEDULING];
const CLAIMS_AND_DEVICES: Kinds = &[CLAIM, CLAIM_TEMPLATE, SLICE, ("DeviceClass", "deviceclasses")];
const POD_CERTIFICATES: Kinds = &[("PodCertificateRequest", "podcertificaterequests")];
const VOLUME_CLASSES: Kinds = &[("VolumeAttributesClass", "volumeattributesclasses")];
const MIGRATIONS: Kinds = &[("StorageVersionMigration", "storageversionmigrations")];
const CANDIDATES: Kinds = &[("LeaseCandidate", "leasecandidates")];
const WORKLOADS: Kinds = &[DEPLOYMENT, DAEMON_SET, REPLICA_SET, STATEFUL_SET, CONTROLLER_REVISION];
const CLASSES_AND_PARAMETERS: Kinds = &[
    ("ResourceClaimParameters", "resourceclaimparameters"),
    ("ResourceClass", "resourceclasses"),
    ("ResourceClassParameters", "resourceclassparameters"),
];
const WEBHOOKS: Kinds = &[
    ("MutatingWebhookConfiguration", "mutatingwebhookconfigurations"),
    ("ValidatingWebhookConfiguration", "validatingwebhookconfigurations"),
];
const REVIEWS: Kinds = &[
    ("LocalSubjectAccessReview", "localsubjectaccessreviews"),
    ("SelfSubjectAccessReview", "selfsubjectaccessreviews"),
    ("SelfSubjectRulesReview", "selfsubjectrulesreviews"),
    ("SubjectAccessReview", "subjectaccessreviews"),
];
const ROLES: Kinds = &[
    ("ClusterRole", "clusterroles"),
    ("ClusterRoleBinding", "clusterrolebindings"),
    ("Role", "roles"),
    ("RoleBinding", "rolebindings"),
];
const STORAGE: Kinds = &[
    ("CSIDriver", "csidrivers"),
    ("CSINode", "csinodes"),
    ("StorageClass", "storageclasses"),
    ("VolumeAttachment", "volumeattachments"),
];
const POLICIES: Kinds = &[
    ("ValidatingAdmissionPolicy", "validatingadmissionpolicies"),
    ("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"),
];
const FLOWS: Kinds = &[("FlowSchema", "flowschemas"), ("PriorityLevelConfiguration", "prioritylevelconfigurations")];
