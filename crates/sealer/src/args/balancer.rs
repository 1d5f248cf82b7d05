//! `sealer balancer`, which systemd starts on nodes.

use clap::Args;
use std::path::PathBuf;

/// Pass connections on to the masters that are in good health
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct Balancer {
    /// What to listen on and where the masters are, JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
}
