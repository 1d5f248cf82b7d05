//! `sealer events`.

use super::OutputFormat;
use clap::Args;

/// Show what was done to a cluster, from its journal
///
/// One line for each record: when a verb began and ended, each step on each host, each program, what was checked and sent. A cluster
/// that another sealer works on can be watched.
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// The cluster's name
    #[arg(value_name = "CLUSTER", default_value = "my-cluster")]
    pub(crate) cluster: String,
    /// Wait for further records until interrupted
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// How to print: lines for people, or one JSON document a line
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
}
