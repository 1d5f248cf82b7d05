//! `sealer version`.

use super::OutputFormat;
use clap::Args;

/// Print the version
#[derive(Debug, Args)]
pub(crate) struct Version {
    /// Only the number
    #[arg(long, conflicts_with = "output")]
    pub(crate) short: bool,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
}
