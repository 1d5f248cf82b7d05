//! The document `Cluster`: the image, the hosts, and what differs on this site.

use super::{STATUS, TEXTS};
use crate::clusterfile::shape::{DocumentShape, Field, Format, Shape};

pub(super) const CLUSTER: DocumentShape = DocumentShape {
    kind: "Cluster",
    versions: &["sealer.io/v2", "sealer.cloud/v2", "sealer.aliyun.com/v2"],
    about: "The cluster: its image, its hosts, and what differs on this site",
    fields: &[METADATA, Field::new("spec", Shape::Object(SPEC), "The cluster as it shall be").required(), STATUS],
    open: false,
    many: false,
};

const METADATA: Field = Field::new(
    "metadata",
    Shape::Object(&[
        Field::new("name", Shape::Formatted(Format::ClusterName), "The cluster's name; part of paths on the hosts")
            .default("my-cluster"),
        Field::new("labels", Shape::Map(&Shape::Text), "For people and tools"),
        Field::new("annotations", Shape::Map(&Shape::Text), "For people and tools"),
        Field::new("creationTimestamp", Shape::Text, "Written by tools"),
    ]),
    "What the cluster is called",
);

pub(super) const PAIRS: Shape = Shape::List(&Shape::Formatted(Format::Pair));

const SPEC: &[Field] = &[
    Field::new("image", Shape::Formatted(Format::Image), "The cluster image"),
    Field::new("env", PAIRS, "Environment as KEY=VALUE, over the image's own; the last of the same key counts"),
    Field::new("envFrom", SECRETS, "Secrets among the environment, each with where it comes from; none is ever kept"),
    Field::new("cmd_args", TEXTS, "Arguments of commands; the Go sealer never used them")
        .not_yet("write the arguments into cmd"),
    Field::new("cmd", TEXTS, "Commands to run when the cluster is up, instead of launching applications"),
    Field::new("appNames", TEXTS, "Applications to launch instead of the image's own list; [\"\"] launches none"),
    Field::new(
        "hosts",
        Shape::List(&Shape::Object(HOST)),
        "The hosts; the first master is where the control plane starts",
    ),
    Field::new("ssh", Shape::Object(SSH), "How every host is reached that does not say otherwise"),
    Field::new(
        "containerRuntime",
        Shape::Object(&[Field::new(
            "type",
            Shape::Choice(&["containerd", "docker"]),
            "Which one it is; the image's label counts where nothing is said, else containerd. docker goes up to Kubernetes 1.23",
        )]),
        "The container runtime",
    ),
    Field::new("hostAliases", Shape::List(&Shape::Object(HOST_ALIAS)), "Lines for /etc/hosts on every host"),
    Field::new("registry", Shape::Object(REGISTRY), "Where hosts pull images from"),
    Field::new("dataRoot", Shape::Formatted(Format::AbsolutePath), "The folder on every host for what sealer unpacks")
        .default("/var/lib/sealer/data"),
];

const HOST: &[Field] = &[
    Field::new("ips", Shape::List(&Shape::Formatted(Format::Addresses)), "Addresses; ranges first-last are welcome")
        .required(),
    Field::new("roles", TEXTS, "master or node; every further word becomes a role label of the node").required(),
    Field::new("ssh", Shape::Object(SSH), "How these hosts are reached, where it differs from spec.ssh"),
    Field::new("env", PAIRS, "Environment on these hosts, over spec.env"),
    Field::new("envFrom", SECRETS, "Secrets among their environment"),
    Field::new("labels", Shape::Labels, "Labels of these nodes"),
    Field::new(
        "taints",
        Shape::List(&Shape::Formatted(Format::Taint)),
        "Taints of these nodes: key=value:Effect or key:Effect; key- and key:Effect- remove one",
    ),
];

const SSH: &[Field] = &[
    Field::new("user", Shape::Formatted(Format::NotEmpty), "Who to be on the hosts").default("root"),
    Field::new("passwd", Shape::Secret, "The user's password, for everybody to read who can read this file"),
    Field::new("passwdFrom", Shape::Object(SECRET_SOURCE), "Where the user's password comes from"),
    Field::new("pk", Shape::Text, "A private key on the delivering machine")
        .default("~/.ssh/id_ed25519 and ~/.ssh/id_rsa"),
    Field::new("pkPasswd", Shape::Secret, "What unlocks the private key, for everybody who can read this file"),
    Field::new("pkPasswdFrom", Shape::Object(SECRET_SOURCE), "Where it comes from"),
    Field::new("port", Shape::Integer(1, 65535), "The port of the SSH server").default("22"),
    Field::new(
        "encrypted",
        Shape::Boolean,
        "Whether passwd is encrypted; the Go sealer did so with a key that is public",
    )
    .default("false"),
];

const VARIABLE: Field = Field::new("env", Shape::Formatted(Format::NotEmpty), "A variable of sealer's environment");
const FILE: Field = Field::new(
    "file",
    Shape::Formatted(Format::NotEmpty),
    "A file that only its owner may read; its first line counts",
);
const AGE: Field = Field::new(
    "age",
    Shape::Formatted(Format::NotEmpty),
    "A file that age has encrypted; SEALER_AGE_IDENTITY names the file with the key for it",
);
const KEY: Field = Field::new(
    "key",
    Shape::Formatted(Format::NotEmpty),
    "Which of the file's secrets it is, where it has lines NAME: value or NAME=value",
);
const PROMPT: Field = Field::new("prompt", Shape::Boolean, "true asks at the terminal");

const SECRET_SOURCE: &[Field] = &[VARIABLE, FILE, AGE, KEY, PROMPT];

pub(super) const SECRETS: Shape = Shape::List(&Shape::Object(&[
    Field::new("name", Shape::Formatted(Format::Variable), "The variable that has the secret").required(),
    VARIABLE,
    FILE,
    AGE,
    KEY,
    PROMPT,
]));

const HOST_ALIAS: &[Field] = &[
    Field::new("ip", Shape::Formatted(Format::Address), "The address").required(),
    Field::new("hostnames", Shape::List(&Shape::Formatted(Format::Domain)), "Names for it").required(),
];

const REGISTRY: &[Field] = &[
    Field::new("localRegistry", Shape::Object(LOCAL), "The registry that sealer runs on the site"),
    Field::new(
        "externalRegistry",
        Shape::Object(EXTERNAL),
        "A registry that the site has already, for container images; localRegistry has only the rootfs then",
    ),
];

const LOCAL: &[Field] = &[
    Field::new("domain", Shape::Formatted(Format::Domain), "Its name").default("sea.hub"),
    Field::new("port", Shape::Integer(1, 65535), "Its port").default("5000"),
    Field::new("username", Shape::Formatted(Format::NotEmpty), "A user who may push; without one nobody may"),
    Field::new("password", Shape::Secret, "The user's password, for everybody to read who can read this file"),
    Field::new("passwordFrom", Shape::Object(SECRET_SOURCE), "Where the user's password comes from"),
    Field::new(
        "reads",
        Shape::Choice(&["authenticated", "anonymous"]),
        "Who may pull where there is a user; the cluster's hosts always may",
    )
    .default("authenticated"),
    Field::new("ha", Shape::Boolean, "Whether every master runs one, or every one of hosts").default("true"),
    Field::new("hosts", Shape::List(&Shape::Formatted(Format::Addresses)), "The masters that run one, if not all"),
    Field::new("insecure", Shape::Boolean, "Whether it speaks plain HTTP").default("false"),
    Field::new(
        "cert",
        Shape::Object(CERTIFICATE),
        "Its certificate; without files, one of the cluster's own authority",
    ),
    Field::new(
        "upstreams",
        Shape::List(&Shape::Object(UPSTREAM)),
        "Registries that it asks for what no image brought, and whose answers it keeps",
    ),
];

const CERTIFICATE: &[Field] = &[
    Field::new(
        "subjectAltName",
        Shape::Object(ALTERNATIVE),
        "Further names and addresses in the certificate that sealer makes",
    ),
    Field::new("certFile", Shape::Formatted(Format::NotEmpty), "A certificate on the delivering machine, PEM"),
    Field::new("keyFile", Shape::Formatted(Format::NotEmpty), "Its private key, PEM"),
    Field::new("caFile", Shape::Formatted(Format::NotEmpty), "The authority that hosts shall trust for it, PEM")
        .default("the certificate itself"),
];

const UPSTREAM: &[Field] = &[
    Field::new("match", Shape::Formatted(Format::NotEmpty), "Whose images it has: a domain, *.domain or *").required(),
    Field::new("url", Shape::Formatted(Format::NotEmpty), "Where it is, https://host:port; needed for *")
        .default("the image's own domain"),
    Field::new("mirrors", TEXTS, "Addresses that are asked before it, in this order, without its password"),
    Field::new("username", Shape::Formatted(Format::NotEmpty), "Who the site's registry is there"),
    Field::new("password", Shape::Secret, "The password there, for everybody to read who can read this file"),
    Field::new("passwordFrom", Shape::Object(SECRET_SOURCE), "Where the password comes from"),
    Field::new(
        "credentialHelper",
        Shape::Formatted(Format::NotEmpty),
        "NAME of a program docker-credential-NAME on the registry's hosts that knows user and password",
    ),
    Field::new("caFile", Shape::Formatted(Format::NotEmpty), "The authority of its certificate, PEM"),
    Field::new("insecure", Shape::Boolean, "Whether its certificate is not checked").default("false"),
    Field::new(
        "rewrite",
        Shape::Object(&[
            Field::new("from", Shape::Text, "The beginning of a repository's path that is taken away there"),
            Field::new("to", Shape::Text, "What stands in its place"),
        ]),
        "How repositories are called there",
    ),
];

const ALTERNATIVE: &[Field] = &[
    Field::new("dnsNames", Shape::List(&Shape::Formatted(Format::Domain)), "Names"),
    Field::new("ips", Shape::List(&Shape::Formatted(Format::Address)), "Addresses"),
];

const EXTERNAL: &[Field] = &[
    Field::new("domain", Shape::Formatted(Format::Host), "Its name or address").required(),
    Field::new("port", Shape::Integer(0, 65535), "Its port; without it, or with 0, the scheme's own"),
    Field::new("path", Shape::Formatted(Format::RepositoryPath), "Below what images are kept there: Harbor's project"),
    Field::new("username", Shape::Formatted(Format::NotEmpty), "Who pushes images there, and as whom hosts pull them"),
    Field::new("password", Shape::Secret, "The password there, for everybody to read who can read this file"),
    Field::new("passwordFrom", Shape::Object(SECRET_SOURCE), "Where the password comes from"),
    Field::new("caFile", Shape::Formatted(Format::NotEmpty), "The authority of its certificate, PEM"),
    Field::new("insecure", Shape::Boolean, "Whether it speaks plain HTTP").default("false"),
];
