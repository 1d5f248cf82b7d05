//! `sealer merge`.

use clap::Args;
use sealer_model::{Platform, Reference};

/// Make one cluster image of several
///
/// The files of each image are laid over those of the ones before it; applications are launched in the same order. Images that are
/// built FROM the same image share it. Layers and container images are not copied. Where two images bring different things under
/// one name, each of them is told and nothing is made.
#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// The images, that of the cluster first
    #[arg(value_name = "IMAGE", required = true, num_args = 2..)]
    pub(crate) images: Vec<Reference>,
    /// The name of the merged image
    #[arg(short, long, value_name = "NAME")]
    pub(crate) tag: Reference,
    /// The platforms of the merged image; without it, those of the first one
    #[arg(long, value_name = "OS/ARCH", value_delimiter = ',')]
    pub(crate) platform: Vec<Platform>,
    /// Where images do not agree, take what the later one has, and tell what that was
    #[arg(long)]
    pub(crate) prefer_later: bool,
}
