//! `sealer run-step`, which a build starts for each `RUN`.

use clap::Args;
use std::path::PathBuf;

/// Carry out the command of a RUN in namespaces of its own
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct RunStep {
    /// The folder with the order
    pub(crate) folder: PathBuf,
    /// Already in the namespaces
    #[arg(long)]
    pub(crate) inside: bool,
}
