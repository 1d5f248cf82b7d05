//! `sealer agent`, which other sealers start on hosts.

use clap::Args;

/// Serve the delivering machine on standard input and output
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct Agent {}
