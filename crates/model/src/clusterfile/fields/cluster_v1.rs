//! The document `Cluster` of the first version, which sealer up to v0.8 read. It is only converted.

use super::cluster::PAIRS;
use super::{METADATA, STATUS, TEXTS};
use crate::clusterfile::shape::{DocumentShape, Field, Format, Shape};

pub(in crate::clusterfile) const CLUSTER_V1: DocumentShape = DocumentShape {
    kind: "Cluster",
    versions: &["sealer.cloud/v1", "sealer.aliyun.com/v1alpha1", "zlink.aliyun.com/v1alpha1", "sealer.io/v1"],
    about: "A cluster in the first version's words",
    fields: &[METADATA, Field::new("spec", Shape::Object(SPEC), "The cluster as it shall be").required(), STATUS],
    open: false,
    many: false,
};

const SPEC: &[Field] = &[
    Field::new("image", Shape::Formatted(Format::Image), "The cluster image"),
    Field::new("env", PAIRS, "Environment as KEY=VALUE"),
    Field::new("provider", Shape::Text, "Where machines come from; only BAREMETAL can be converted"),
    Field::new("ssh", Shape::Object(SSH), "How hosts are reached"),
    Field::new("network", Shape::Object(NETWORK), "Address ranges"),
    Field::new("certSANS", TEXTS, "Further names in the API server's certificate"),
    Field::new("masters", Shape::Object(HOSTS), "The masters"),
    Field::new("nodes", Shape::Object(HOSTS), "The other hosts"),
];

const SSH: &[Field] = &[
    Field::new("user", Shape::Text, "Who to be on the hosts"),
    Field::new("passwd", Shape::Secret, "The user's password"),
    Field::new("pk", Shape::Text, "A private key"),
    Field::new("pkPasswd", Shape::Secret, "What unlocks it"),
    Field::new("port", Shape::Integer(1, 65535), "The port of the SSH server"),
];

const NETWORK: &[Field] = &[
    Field::new("interface", Shape::Text, "The hosts' interface"),
    Field::new("cniName", Shape::Text, "The network plugin"),
    Field::new("podCIDR", Shape::Formatted(Format::Networks), "The addresses of pods"),
    Field::new("svcCIDR", Shape::Formatted(Format::Networks), "The addresses of services"),
    Field::new("withoutCNI", Shape::Boolean, "Whether there is no network plugin"),
];

const HOSTS: &[Field] = &[
    Field::new("ipList", Shape::List(&Shape::Formatted(Format::Addresses)), "Addresses"),
    Field::new("count", Shape::Text, "How many machines a cloud shall make"),
    Field::new("cpu", Shape::Text, "Their processors"),
    Field::new("memory", Shape::Text, "Their memory"),
    Field::new("systemDisk", Shape::Text, "Their disk"),
    Field::new("dataDisks", TEXTS, "Their further disks"),
];
