//! `sealer status`.

use super::OutputFormat;
use super::hosts::Login;
use clap::Args;

/// Show a cluster at a glance: image, nodes, former images, next certificate to end, last delivery
///
/// Nodes are asked of the API on a master; the rest is what this machine keeps. Exit code 4 when no master answers or a node is not ready.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// The cluster's name
    #[arg(value_name = "CLUSTER", default_value = "my-cluster")]
    pub(crate) cluster: String,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
    /// Who to be on the hosts.
    #[command(flatten)]
    pub(crate) login: Login,
}
