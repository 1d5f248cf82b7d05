//! `sealer apply`.

use super::Run;
use clap::Args;

/// Bring a cluster to what its Clusterfile says
///
/// A cluster that does not exist is made, as by run; one that is as the file says stays as it is. Hosts that are new in the file are
/// added and those that are gone are removed, after a question. Other changes are refused by name.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The options of run.
    #[command(flatten)]
    pub(crate) run: Run,
    /// The same as --yes
    #[arg(long, hide = true)]
    pub(crate) force: bool,
}
