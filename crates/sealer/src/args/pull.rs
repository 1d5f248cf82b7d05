//! `sealer pull`.

use super::Insecure;
use clap::{Args, ValueEnum};
use sealer_model::{Platform, Reference};

/// Fetch an image from a registry
#[derive(Debug, Args)]
pub(crate) struct Pull {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Reference,
    /// Fetch only what these platforms need; the image that the name leads to here is another one then
    #[arg(long, value_name = "OS/ARCH", value_delimiter = ',')]
    pub(crate) platform: Vec<Platform>,
    /// When to ask the registry
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    pub(crate) policy: PullPolicy,
    /// Do not check the registry's certificate, and speak plain HTTP to a registry that has none
    #[arg(long)]
    pub(crate) skip_tls_verify: bool,
    #[command(flatten)]
    pub(crate) insecure: Insecure,
}

/// When to ask a registry for an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PullPolicy {
    /// Every time
    #[default]
    Always,
    /// Only when the image is not here
    Missing,
    /// Every time, but what is here will do when the registry cannot be reached
    #[value(name = "ifnewer")]
    IfNewer,
    /// Never: only check that the image is here
    Never,
}
