//! `sealer run`.

use super::{Delivering, Existing};
use clap::Args;
use sealer_model::Reference;

/// Deliver a cluster image: make the cluster on these hosts and launch its applications
///
/// The machine that runs sealer need not be one of the hosts. Nothing is assumed on a host but an SSH server, systemd and a
/// shell. After a failure or an interruption the same command goes on where it stopped; after success it changes nothing.
///
/// With --kubeconfig the applications of the image are launched in a cluster that is there already.
#[derive(Clone, Debug, Args)]
pub(crate) struct Run {
    /// The cluster image
    #[arg(value_name = "IMAGE", required_unless_present = "clusterfile")]
    pub(crate) image: Option<Reference>,
    /// Where to, and how.
    #[command(flatten)]
    pub(crate) delivering: Delivering,
    /// A cluster that is there already, instead of hosts.
    #[command(flatten)]
    pub(crate) existing: Existing,
}
