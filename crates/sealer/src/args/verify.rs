//! `sealer verify`.

use super::OutputFormat;
use clap::Args;
use sealer_model::Reference;

/// Prove that a cluster image needs nothing from outside
///
/// Its manifests, kustomizations and charts are read back from its layers and searched again, as the build did. Ends with 4
/// when they ask for a container image that the cluster image does not carry.
#[derive(Debug, Args)]
pub(crate) struct VerifyImage {
    /// Look for names that would leave the site
    #[arg(long, required = true)]
    pub(crate) offline: bool,
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Reference,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
}
