//! `sealer apply`.

use super::Run;
use clap::Args;

/// Bring a cluster to what its Clusterfile says
///
/// A cluster that does not exist is made, as by run; one that is as the file says stays as it is. Changes of hosts or image
/// are refused by name.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The options of run.
    #[command(flatten)]
    pub(crate) run: Run,
    #[arg(long, hide = true)]
    force: bool,
}
