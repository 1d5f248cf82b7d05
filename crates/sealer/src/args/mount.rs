//! `sealer mount` and `sealer umount`.

use super::OutputFormat;
use clap::Args;
use sealer_model::{Platform, Reference};

/// Show the files of an image in a folder, and print which
///
/// Without an image, list what is mounted. The folder is read-only where this user may make it so. What is mounted stays on this
/// machine, whatever is pruned.
#[derive(Debug, Args)]
pub(crate) struct Mount {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Option<Reference>,
    /// The platform whose files are wanted; without it, this machine's
    #[arg(long, value_name = "OS/ARCH", requires = "image")]
    pub(crate) platform: Option<Platform>,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
    /// The same as --output json
    #[arg(long, hide = true)]
    pub(crate) json: bool,
}

/// Remove the folders of images that are mounted
#[derive(Debug, Args)]
pub(crate) struct Unmount {
    /// What `mount` lists: identifiers, folders or names of images
    #[arg(value_name = "MOUNT", required_unless_present = "all", conflicts_with = "all")]
    pub(crate) mounts: Vec<String>,
    /// All of them
    #[arg(short, long)]
    pub(crate) all: bool,
}
