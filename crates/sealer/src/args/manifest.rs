//! `sealer manifest`.

use super::later::{NotYet, given};
use super::{Insecure, OutputFormat};
use clap::{Args, Subcommand};
use sealer_model::{Digest, Reference};
use std::path::PathBuf;

/// Make one image for several platforms of images for one
///
/// A list of cluster images is a cluster image. `sealer build --platform a,b` makes one at once.
#[derive(Debug, Args)]
pub(crate) struct Manifest {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: ManifestVerb,
}

/// What to do with a list.
#[derive(Debug, Subcommand)]
pub(crate) enum ManifestVerb {
    Create(ManifestCreate),
    Add(ManifestAdd),
    Remove(ManifestRemove),
    Inspect(ManifestInspect),
    Push(ManifestPush),
    Delete(ManifestDelete),
}

/// Make a list, empty or of these images
#[derive(Debug, Args)]
pub(crate) struct ManifestCreate {
    /// The list
    #[arg(value_name = "LIST")]
    pub(crate) list: Reference,
    /// Images to begin with
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<Reference>,
    /// Go on with a list that is there
    #[arg(short, long)]
    pub(crate) amend: bool,
    /// All platforms of each image, not only this machine's
    #[arg(long)]
    pub(crate) all: bool,
}

/// Add images to a list
///
/// An image that is not on this machine is pulled. Of one for several platforms, this machine's is added, unless --all or --arch
/// says otherwise.
#[derive(Debug, Args)]
pub(crate) struct ManifestAdd {
    /// The list, unless -t names it, and the images
    #[arg(value_name = "LIST IMAGE", required = true)]
    pub(crate) names: Vec<Reference>,
    /// The list
    #[arg(short = 't', long = "target", value_name = "LIST")]
    pub(crate) target: Option<Reference>,
    /// All platforms of the images
    #[arg(long, conflicts_with_all = ["os", "arch", "variant"])]
    pub(crate) all: bool,
    /// The operating system that is meant
    #[arg(long, value_name = "OS")]
    pub(crate) os: Option<String>,
    /// The processor that is meant
    #[arg(long, value_name = "ARCH")]
    pub(crate) arch: Option<String>,
    /// The variant of the processor
    #[arg(long, value_name = "VARIANT")]
    pub(crate) variant: Option<String>,
    /// A note on a container image in the list, KEY=VALUE
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub(crate) annotation: Vec<(String, String)>,
    #[arg(long, hide = true)]
    os_version: Option<String>,
    #[arg(long, hide = true)]
    os_features: Vec<String>,
}

/// Take an image out of a list
#[derive(Debug, Args)]
pub(crate) struct ManifestRemove {
    /// The list
    #[arg(value_name = "LIST")]
    pub(crate) list: Reference,
    /// The digest of the image's manifest, as `manifest inspect` tells it
    #[arg(value_name = "DIGEST")]
    pub(crate) digest: Digest,
}

/// Print a list, as JSON
#[derive(Debug, Args)]
pub(crate) struct ManifestInspect {
    /// The list
    #[arg(value_name = "LIST")]
    pub(crate) list: Reference,
    /// How to print; always JSON
    #[arg(long, short, value_enum, value_name = "FORMAT", hide = true, default_value = "json")]
    pub(crate) output: OutputFormat,
}

/// Send a list with everything in it to a registry
#[derive(Debug, Args)]
pub(crate) struct ManifestPush {
    /// The list
    #[arg(value_name = "LIST")]
    pub(crate) list: Reference,
    /// Another name to send it under
    #[arg(value_name = "NAME", value_parser = remote_name)]
    pub(crate) name: Option<Reference>,
    /// Remove the list from this machine when it has been sent
    #[arg(long)]
    pub(crate) rm: bool,
    /// A file with credentials of the form of docker's config.json; the usual ones are read after it
    #[arg(long, value_name = "FILE")]
    pub(crate) authfile: Option<PathBuf>,
    /// Do not check the registry's certificate, and speak plain HTTP to a registry that has none
    #[arg(long)]
    pub(crate) skip_tls_verify: bool,
    /// Accepted for scripts: a list is always sent with all that is in it
    #[arg(long, hide = true)]
    pub(crate) all: bool,
    /// A folder whose *.crt are certificates of authorities to believe, too
    #[arg(long, value_name = "DIR")]
    pub(crate) cert_dir: Option<PathBuf>,
    #[arg(short, long, hide = true, default_value = "oci", value_parser = ["oci", "v2s2"])]
    format: String,
    #[command(flatten)]
    pub(crate) insecure: Insecure,
}

/// Remove lists from this machine
#[derive(Debug, Args)]
pub(crate) struct ManifestDelete {
    /// The lists
    #[arg(value_name = "LIST", required = true)]
    pub(crate) lists: Vec<Reference>,
}

impl Manifest {
    pub(super) fn not_yet(&self) -> Vec<NotYet> {
        let platforms = "a platform is named by --os, --arch and --variant";
        match &self.verb {
            ManifestVerb::Add(it) => given(&[
                (it.os_version.is_some(), "--os-version", platforms),
                (!it.os_features.is_empty(), "--os-features", platforms),
            ]),
            ManifestVerb::Push(it) => {
                let instead = "lists are OCI indexes; registries and runtimes take them";
                given(&[(it.format == "v2s2", "--format v2s2", instead)])
            }
            _ => Vec::new(),
        }
    }
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a note is KEY=VALUE".to_owned()),
    }
}

/// A name in a registry, also in the words that scripts for buildah use.
fn remote_name(text: &str) -> Result<Reference, String> {
    let name = text.strip_prefix("docker://").unwrap_or(text);
    name.parse().map_err(|error: sealer_model::reference::InvalidReference| error.to_string())
}
