//! The document `Plugin`: something that runs at a phase of a delivery.

use super::{METADATA, STATUS};
use crate::clusterfile::shape::{DocumentShape, Field, Format, Shape};

/// Phases that run once, on the first master.
pub(in crate::clusterfile) const CLUSTER_PHASES: &[&str] = &[
    "pre-install",
    "post-install",
    "pre-uninstall",
    "post-uninstall",
    "pre-scaleup",
    "post-scaleup",
    "upgrade",
    "rollback",
];

/// Phases that run on each host of the scope.
pub(in crate::clusterfile) const HOST_PHASES: &[&str] =
    &["pre-init-host", "post-init-host", "pre-clean-host", "post-clean-host", "upgrade-host"];

pub(super) const PLUGIN: DocumentShape = DocumentShape {
    kind: "Plugin",
    versions: &["sealer.io/v1", "sealer.cloud/v1", "sealer.aliyun.com/v1alpha1", "sealer.cloud/v2", "sealer.io/v2"],
    about: "Something that runs at a phase of a delivery",
    fields: &[METADATA, Field::new("spec", Shape::Object(SPEC), "What runs, when and where").required(), STATUS],
    open: false,
    many: true,
};

const TYPES: &[&str] = &["SHELL", "HOSTNAME", "LABEL", "TAINT", "CLUSTERCHECK", "ETCD"];

const SPEC: &[Field] = &[
    Field::new("type", Shape::Choice(TYPES), "What it is").required(),
    Field::new("action", Shape::Formatted(Format::Phases), "The phases, with | between").required(),
    Field::new("scope", Shape::Text, "Roles of the hosts for host phases, with | between; without it, all hosts"),
    Field::new(
        "data",
        Shape::Formatted(Format::NotEmpty),
        "SHELL: the script; HOSTNAME, LABEL, TAINT: lines with an address and what its host gets; ETCD: a folder on the first master; \
         CLUSTERCHECK wants none",
    ),
];
