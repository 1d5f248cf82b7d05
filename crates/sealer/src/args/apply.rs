//! `sealer apply`.

use super::Delivering;
use clap::Args;
use std::path::PathBuf;

/// Bring a cluster to what its Clusterfile says, or carry out a plan
///
/// A cluster that does not exist is made, as by run; one that is as the file says stays as it is. Hosts that are new in the file are
/// added and those that are gone are removed, after a question. Other changes are refused by name.
///
/// A plan is what `sealer plan --output json` printed on this machine. It is carried out as it was told, or not at all: when hosts are
/// not any more as they were found, what differs is told and nothing is changed.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The file with a plan
    #[arg(value_name = "PLAN", conflicts_with = "clusterfile")]
    pub(crate) plan: Option<PathBuf>,
    /// Where to, and how.
    #[command(flatten)]
    pub(crate) delivering: Delivering,
    /// The same as --yes
    #[arg(long, hide = true)]
    pub(crate) force: bool,
}
