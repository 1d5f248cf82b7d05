//! `sealer plan`.

use super::Run;
use clap::Args;

/// Tell what run would do on each host, from what can be seen there, and change nothing
///
/// The hosts are connected to and looked at; nothing is installed or started on them. What only the agent could tell is said to be
/// unknown. The plan of run --dry-run, in contrast, needs no host at all.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The options of run.
    #[command(flatten)]
    pub(crate) run: Run,
}
