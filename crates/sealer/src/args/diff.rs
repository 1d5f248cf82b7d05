//! `sealer diff`.

use super::OutputFormat;
use clap::Args;
use sealer_model::Reference;

/// Tell what changed from one cluster image to another
///
/// Files of the rootfs, applications, container images, settings, and the bytes that have to move to somebody who has the first
/// image. Both images must be on this machine.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The image that was
    #[arg(value_name = "FROM")]
    pub(crate) from: Reference,
    /// The image that is
    #[arg(value_name = "TO")]
    pub(crate) to: Reference,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
}
