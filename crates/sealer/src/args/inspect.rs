//! `sealer inspect`.

use clap::{Args, ValueEnum};
use sealer_model::Reference;

/// Print what an image is made of, as JSON, or the container images that it carries
///
/// A plain image is described by its manifests and their configurations.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The image: its name, or the beginning of its digest
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Reference,
    /// Print the container images that it carries, each with everyone who asks for it
    #[arg(long)]
    pub(crate) images: bool,
    /// How to print; json, or with --images table
    #[arg(long, short, value_enum, value_name = "FORMAT")]
    pub(crate) output: Option<InspectFormat>,
    /// Print what a Go template says, with the fields of the JSON: {{.digest}}, {{json .imageExtension}}
    #[arg(short, long, value_name = "TEMPLATE", allow_hyphen_values = true, conflicts_with = "output")]
    pub(crate) format: Option<String>,
    #[arg(short = 't', long = "type", hide = true, default_value = "image")]
    #[arg(value_parser = ["image"])]
    kind: String,
}

/// How to print what an image is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InspectFormat {
    /// One JSON document
    Json,
    /// The container images as a table
    Table,
}
