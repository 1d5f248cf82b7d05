//! The document `Application`: which applications are launched, and what differs for each of them.

use super::cluster::PAIRS;
use super::{METADATA, STATUS, TEXTS};
use crate::clusterfile::shape::{DocumentShape, Field, Format, Shape};

pub(super) const APPLICATION: DocumentShape = DocumentShape {
    kind: "Application",
    versions: &["sealer.io/v2", "sealer.cloud/v2", "sealer.aliyun.com/v2"],
    about: "Which applications are launched, and what differs for each of them",
    fields: &[
        METADATA,
        Field::new("spec", Shape::Object(SPEC), "The applications as they shall be").required(),
        STATUS,
    ],
    open: false,
    many: false,
};

const SPEC: &[Field] = &[
    Field::new("cmds", TEXTS, "Commands to run instead of launching applications; the Cluster's cmd wins"),
    Field::new("launchApps", TEXTS, "Applications to launch, in order; the Cluster's appNames wins"),
    Field::new("configs", Shape::List(&Shape::Object(CONFIG)), "What differs for single applications"),
];

const CONFIG: &[Field] = &[
    Field::new("name", Shape::Formatted(Format::NotEmpty), "The application").required(),
    Field::new("env", PAIRS, "Its environment, over everything else"),
    Field::new("files", Shape::List(&Shape::Object(FILE)), "Its files to write or change"),
    Field::new(
        "launch",
        Shape::Object(&[Field::new("cmds", TEXTS, "Commands, run in the application's folder").required()]),
        "How it is launched, instead of the way that follows from its type",
    ),
];

const FILE: &[Field] = &[
    Field::new("path", Shape::Formatted(Format::RelativePath), "Below the application's folder").required(),
    Field::new("strategy", Shape::Choice(&["overwrite", "merge", "render"]), "What to do with what is there already")
        .default("overwrite"),
    Field::new("data", Shape::Formatted(Format::NotEmpty), "What to write").required(),
];
