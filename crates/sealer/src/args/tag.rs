//! `sealer tag`.

use clap::Args;
use sealer_model::Reference;

/// Give an image more names
#[derive(Debug, Args)]
pub(crate) struct Tag {
    /// The image: its name, or the beginning of its digest
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Reference,
    /// Its new names
    #[arg(value_name = "NAME", required = true)]
    pub(crate) names: Vec<Reference>,
}
