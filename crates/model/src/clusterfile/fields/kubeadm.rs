//! kubeadm's own documents, with the fields of v1beta1 to v1beta4. They are laid over what the image brings.

use super::TEXTS;
use crate::clusterfile::shape::{DocumentShape, Field, Format, Shape};

const VERSIONS: &[&str] =
    &["kubeadm.k8s.io/v1beta3", "kubeadm.k8s.io/v1beta2", "kubeadm.k8s.io/v1beta4", "kubeadm.k8s.io/v1beta1"];

const OWN_TOKEN: &str = "leave it out: sealer makes a token for each host that joins, and no file ever holds one";

pub(super) const INIT: DocumentShape = DocumentShape {
    kind: "InitConfiguration",
    versions: VERSIONS,
    about: "How kubeadm makes the first master; laid over the image's",
    fields: &[
        Field::plain("bootstrapTokens", Shape::List(&Shape::Object(BOOTSTRAP_TOKEN))).not_yet(OWN_TOKEN),
        Field::plain("nodeRegistration", Shape::Object(NODE_REGISTRATION)),
        Field::plain("localAPIEndpoint", Shape::Object(ENDPOINT)).computed(),
        Field::plain("certificateKey", Shape::Secret).not_yet("leave it out: sealer carries the keys itself"),
        Field::plain("skipPhases", TEXTS),
        Field::plain("patches", PATCHES),
        Field::plain("dryRun", Shape::Boolean).not_yet("use sealer run --dry-run"),
        Field::plain("timeouts", TIMEOUTS),
    ],
    open: false,
    many: false,
};

pub(super) const CLUSTER: DocumentShape = DocumentShape {
    kind: "ClusterConfiguration",
    versions: VERSIONS,
    about: "How kubeadm configures the cluster as a whole; laid over the image's",
    fields: &[
        Field::plain("etcd", Shape::Object(ETCD)),
        Field::new("networking", Shape::Object(NETWORKING), "Address ranges"),
        Field::new("kubernetesVersion", Shape::Text, "It follows from the image").computed(),
        Field::plain("controlPlaneEndpoint", Shape::Text).computed(),
        Field::plain("apiServer", Shape::Object(API_SERVER)),
        Field::plain("controllerManager", Shape::Object(COMPONENT)),
        Field::plain("scheduler", Shape::Object(COMPONENT)),
        Field::plain("dns", Shape::Object(DNS)),
        Field::plain("proxy", Shape::Object(&[Field::plain("disabled", Shape::Boolean)])),
        Field::plain("certificatesDir", Shape::Formatted(Format::AbsolutePath))
            .not_yet("leave it out: sealer expects the keys in /etc/kubernetes/pki"),
        Field::plain("imageRepository", Shape::Text),
        Field::plain("useHyperKubeImage", Shape::Boolean),
        Field::plain("featureGates", Shape::Map(&Shape::Boolean)),
        Field::new("clusterName", Shape::Text, "It is the Cluster's metadata.name").computed(),
        Field::plain("encryptionAlgorithm", Shape::Text),
        Field::plain("certificateValidityPeriod", DURATION),
        Field::plain("caCertificateValidityPeriod", DURATION),
    ],
    open: false,
    many: false,
};

pub(super) const JOIN: DocumentShape = DocumentShape {
    kind: "JoinConfiguration",
    versions: VERSIONS,
    about: "How kubeadm makes further hosts nodes; laid over the image's",
    fields: &[
        Field::plain("nodeRegistration", Shape::Object(NODE_REGISTRATION)),
        Field::plain("caCertPath", Shape::Formatted(Format::AbsolutePath)),
        Field::plain("discovery", Shape::Object(DISCOVERY)).computed(),
        Field::plain("controlPlane", Shape::Object(JOIN_CONTROL_PLANE)).computed(),
        Field::plain("skipPhases", TEXTS),
        Field::plain("patches", PATCHES),
        Field::plain("dryRun", Shape::Boolean).not_yet("use sealer run --dry-run"),
        Field::plain("timeouts", TIMEOUTS),
    ],
    open: false,
    many: false,
};

pub(super) const DURATION: Shape = Shape::Formatted(Format::Duration);

const PATCHES: Shape = Shape::Object(&[Field::plain("directory", Shape::Formatted(Format::AbsolutePath))]);

const TIMEOUTS: Shape = Shape::Object(&[
    Field::plain("controlPlaneComponentHealthCheck", DURATION),
    Field::plain("kubeletHealthCheck", DURATION),
    Field::plain("kubernetesAPICall", DURATION),
    Field::plain("etcdAPICall", DURATION),
    Field::plain("tlsBootstrap", DURATION),
    Field::plain("discovery", DURATION),
    Field::plain("upgradeManifests", DURATION),
]);

const BOOTSTRAP_TOKEN: &[Field] = &[
    Field::plain("token", Shape::Secret),
    Field::plain("description", Shape::Text),
    Field::plain("ttl", DURATION),
    Field::plain("expires", Shape::Text),
    Field::plain("usages", TEXTS),
    Field::plain("groups", TEXTS),
];

const NODE_REGISTRATION: &[Field] = &[
    Field::new("name", Shape::Text, "It is the host's own name").computed(),
    Field::plain("criSocket", Shape::Text).computed(),
    Field::plain("taints", Shape::List(&Shape::Object(TAINT))),
    Field::plain("kubeletExtraArgs", Shape::Arguments),
    Field::plain("ignorePreflightErrors", TEXTS),
    Field::plain("imagePullPolicy", Shape::Choice(&["Always", "IfNotPresent", "Never"])),
    Field::plain("imagePullSerial", Shape::Boolean),
];

pub(super) const TAINT: &[Field] = &[
    Field::plain("key", Shape::Formatted(Format::NotEmpty)).required(),
    Field::plain("value", Shape::Text),
    Field::plain("effect", Shape::Choice(&["NoSchedule", "PreferNoSchedule", "NoExecute"])).required(),
    Field::plain("timeAdded", Shape::Text),
];

const ENDPOINT: &[Field] =
    &[Field::plain("advertiseAddress", Shape::Text), Field::plain("bindPort", Shape::Integer(0, 65535))];

const ETCD: &[Field] = &[
    Field::plain("local", Shape::Object(LOCAL_ETCD)),
    Field::plain("external", Shape::Object(EXTERNAL_ETCD))
        .not_yet("leave it out: etcd runs on the masters of this cluster"),
];

const LOCAL_ETCD: &[Field] = &[
    Field::plain("imageRepository", Shape::Text),
    Field::plain("imageTag", Shape::Text),
    Field::plain("dataDir", Shape::Formatted(Format::AbsolutePath)),
    Field::plain("extraArgs", Shape::Arguments),
    Field::plain("extraEnvs", VARIABLES),
    Field::plain("serverCertSANs", TEXTS),
    Field::plain("peerCertSANs", TEXTS),
];

const EXTERNAL_ETCD: &[Field] = &[
    Field::plain("endpoints", TEXTS).required(),
    Field::plain("caFile", Shape::Text),
    Field::plain("certFile", Shape::Text),
    Field::plain("keyFile", Shape::Text),
    Field::plain("httpEndpoints", TEXTS),
];

const VARIABLES: Shape = Shape::List(&Shape::Anything);

const NETWORKING: &[Field] = &[
    Field::new("podSubnet", Shape::Formatted(Format::Networks), "The addresses of pods"),
    Field::new("serviceSubnet", Shape::Formatted(Format::Networks), "The addresses of services"),
    Field::new("dnsDomain", Shape::Formatted(Format::Domain), "The domain of services"),
];

const API_SERVER: &[Field] = &[
    Field::new("certSANs", TEXTS, "Further names in the certificate; they are added to the computed ones"),
    Field::plain("timeoutForControlPlane", DURATION),
    Field::plain("extraArgs", Shape::Arguments),
    Field::plain("extraVolumes", VOLUMES),
    Field::plain("extraEnvs", VARIABLES),
];

const COMPONENT: &[Field] = &[
    Field::plain("extraArgs", Shape::Arguments),
    Field::plain("extraVolumes", VOLUMES),
    Field::plain("extraEnvs", VARIABLES),
];

const VOLUMES: Shape = Shape::List(&Shape::Object(&[
    Field::plain("name", Shape::Formatted(Format::NotEmpty)).required(),
    Field::plain("hostPath", Shape::Formatted(Format::AbsolutePath)).required(),
    Field::plain("mountPath", Shape::Formatted(Format::AbsolutePath)).required(),
    Field::plain("readOnly", Shape::Boolean),
    Field::plain("pathType", Shape::Choice(PATH_TYPES)),
]));

const PATH_TYPES: &[&str] =
    &["", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"];

const DNS: &[Field] = &[
    Field::plain("type", Shape::Choice(&["CoreDNS", "kube-dns"])),
    Field::plain("imageRepository", Shape::Text),
    Field::plain("imageTag", Shape::Text),
    Field::plain("disabled", Shape::Boolean),
];

const JOIN_CONTROL_PLANE: &[Field] =
    &[Field::plain("localAPIEndpoint", Shape::Object(ENDPOINT)), Field::plain("certificateKey", Shape::Secret)];

const DISCOVERY: &[Field] = &[
    Field::plain("bootstrapToken", Shape::Object(TOKEN_DISCOVERY)),
    Field::plain("file", Shape::Object(&[Field::plain("kubeConfigPath", Shape::Text)])),
    Field::plain("tlsBootstrapToken", Shape::Secret),
    Field::plain("timeout", DURATION),
];

const TOKEN_DISCOVERY: &[Field] = &[
    Field::plain("token", Shape::Secret),
    Field::plain("apiServerEndpoint", Shape::Text),
    Field::plain("caCertHashes", TEXTS),
    Field::plain("unsafeSkipCAVerification", Shape::Boolean),
];
