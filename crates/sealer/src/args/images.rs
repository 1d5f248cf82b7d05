//! `sealer images`.

use super::OutputFormat;
use super::later::{NotYet, given};
use clap::Args;

/// List the images on this machine
///
/// With -q, only their identifiers.
#[derive(Debug, Args)]
pub(crate) struct Images {
    /// Accepted for scripts: there are no hidden images
    #[arg(short, long)]
    pub(crate) all: bool,
    /// Show digests too
    #[arg(long)]
    pub(crate) digests: bool,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
    /// Print what a Go template says of each image, in docker's words: {{.Repository}}:{{.Tag}}, table {{.ID}}\t{{.Size}}
    #[arg(long, value_name = "TEMPLATE", allow_hyphen_values = true, conflicts_with_all = ["output", "json"])]
    pub(crate) format: Option<String>,
    /// The same as --output json
    #[arg(long)]
    pub(crate) json: bool,
    /// Leave out the line with the columns' names
    #[arg(short, long)]
    pub(crate) noheading: bool,
    /// Show identifiers and digests whole
    #[arg(long)]
    pub(crate) no_trunc: bool,
    #[arg(long, hide = true)]
    history: bool,
}

impl Images {
    pub(super) fn not_yet(&self) -> Vec<NotYet> {
        given(&[(self.history, "--history", "a name keeps no former names")])
    }

    /// Whether JSON is asked for, in either spelling.
    pub(crate) fn wants_json(&self) -> bool {
        self.json || self.output == OutputFormat::Json
    }
}
