//! `sealer push`.

use super::Insecure;
use super::later::{NotYet, given};
use clap::{ArgAction, Args};
use sealer_model::Reference;
use std::path::PathBuf;

/// Send an image to a registry
///
/// Only content that the registry lacks is sent.
#[derive(Debug, Args)]
pub(crate) struct Push {
    /// The image: its name, or the beginning of its digest
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Reference,
    /// Another name to send it under
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<Reference>,
    /// A file with credentials of the form of docker's config.json; the usual ones are read after it
    #[arg(long, value_name = "FILE")]
    pub(crate) authfile: Option<PathBuf>,
    /// Do not check the registry's certificate, and speak plain HTTP to a registry that has none
    #[arg(long)]
    pub(crate) skip_tls_verify: bool,
    #[arg(long, hide = true, default_value_t = true, action = ArgAction::Set)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    all: bool,
    #[command(flatten)]
    pub(crate) insecure: Insecure,
}

impl Push {
    pub(super) fn not_yet(&self) -> Vec<NotYet> {
        given(&[(!self.all, "--all=false", "an image is always sent with all its platforms")])
    }
}
