//! The document `Config`: a file of the image that differs on this site.

use super::{METADATA, STATUS};
use crate::clusterfile::shape::{DocumentShape, Field, Format, Shape};

pub(super) const CONFIG: DocumentShape = DocumentShape {
    kind: "Config",
    versions: &["sealer.io/v1", "sealer.cloud/v1", "sealer.aliyun.com/v1alpha1", "sealer.cloud/v2", "sealer.io/v2"],
    about: "A file of the image that differs on this site",
    fields: &[METADATA, Field::new("spec", Shape::Object(SPEC), "The file and what to do with it").required(), STATUS],
    open: false,
    many: true,
};

const SPEC: &[Field] = &[
    Field::new("strategy", Shape::Choice(&["overwrite", "merge", "render"]), "What to do with what is there already")
        .default("overwrite"),
    Field::new(
        "process",
        Shape::Text,
        "What happens to data first: render, which fills in the environment, value, toJson, toBase64, toSecret with | between",
    ),
    Field::new("data", Shape::Formatted(Format::NotEmpty), "What to write").required(),
    Field::new("path", Shape::Formatted(Format::RelativePath), "Below the rootfs, or below the application's folder")
        .required(),
    Field::new("appName", Shape::Text, "The application whose file it is"),
];
