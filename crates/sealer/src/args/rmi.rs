//! `sealer rmi`.

use clap::Args;
use sealer_model::Reference;

/// Remove images from this machine
///
/// A name is removed; the content goes when no other name needs it. An image that is named by its digest loses its name, if it
/// has only one.
#[derive(Debug, Args)]
pub(crate) struct Rmi {
    /// The images: names, digests in a repository, or beginnings of digests
    #[arg(value_name = "IMAGE", required_unless_present = "prune", conflicts_with = "prune")]
    pub(crate) images: Vec<Reference>,
    /// Do not fail when an image is not there, and remove all names of one that is named by its digest
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Remove all content that no image needs
    #[arg(short, long)]
    pub(crate) prune: bool,
}
