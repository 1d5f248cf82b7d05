//! `sealer resume`.

use super::hosts::Login;
use clap::Args;

/// Go on with what was begun on a cluster and has not ended well
///
/// run, scale-up, upgrade, rollback and delete remember what they were asked for until it is so. The same command again goes on, too;
/// this one needs no more than the cluster's name and the way to its hosts.
#[derive(Debug, Args)]
pub(crate) struct Resume {
    /// The cluster's name
    #[arg(long, value_name = "NAME", default_value = "my-cluster")]
    pub(crate) cluster_name: String,
    /// Tell what would be gone on with, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Who to be on the hosts.
    #[command(flatten)]
    pub(crate) login: Login,
}
