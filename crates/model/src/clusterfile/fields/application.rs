//! The document `Application`: which applications are launched, and what differs for each of them.

use super::cluster::{PAIRS, SECRETS};
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
    Field::new(
        "parallel",
        Shape::Boolean,
        "Whether applications without `after` start at once, instead of after those before them in the list",
    )
    .default("false"),
    Field::new("configs", Shape::List(&Shape::Object(CONFIG)), "What differs for single applications"),
];

const CONFIG: &[Field] = &[
    Field::new("name", Shape::Formatted(Format::NotEmpty), "The application").required(),
    Field::new("env", PAIRS, "Its environment, over everything else"),
    Field::new("envFrom", SECRETS, "Secrets among its environment"),
    Field::new("after", TEXTS, "Applications that have to be ready first; [] starts it at once")
        .default("those before it in the list"),
    Field::new("namespace", Shape::Formatted(Format::Namespace), "Where a chart goes, and objects that name none")
        .default("default"),
    Field::new("values", Shape::Map(&Shape::Anything), "Values of its chart, over all others"),
    Field::new(
        "valuesFiles",
        Shape::List(&Shape::Formatted(Format::RelativePath)),
        "Files of the image with values, below the application's folder; a later one wins",
    ),
    Field::new(
        "wait",
        Shape::Boolean,
        "Whether it is waited for until it is ready; always so when others come after it",
    )
    .default("true for charts"),
    Field::new("atomic", Shape::Boolean, "Whether a chart that does not become ready is taken back").default("false"),
    Field::new(
        "forceConflicts",
        Shape::Boolean,
        "Whether manifests take fields over that somebody else has set in the cluster, and objects of other applications",
    )
    .default("false"),
    Field::new("minutes", Shape::Integer(1, 1440), "How long it may take to become ready").default("8"),
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
