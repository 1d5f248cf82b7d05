//! `sealer inspect`.

use super::later::{NotYet, given};
use clap::{Args, ValueEnum};
use sealer_model::Reference;

/// Print what an image is made of, as JSON
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Reference,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: InspectFormat,
    #[arg(short, long, hide = true, allow_hyphen_values = true)]
    format: Option<String>,
    #[arg(short = 't', long = "type", hide = true, default_value = "image")]
    #[arg(value_parser = ["image"])]
    kind: String,
}

impl Inspect {
    pub(super) fn not_yet(&self) -> Vec<NotYet> {
        given(&[(self.format.is_some(), "--format", "inspect prints JSON: take what you need from it with jq")])
    }
}

/// How to print what an image is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum InspectFormat {
    /// One JSON document
    #[default]
    Json,
}
