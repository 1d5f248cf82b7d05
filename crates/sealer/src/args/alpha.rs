//! `sealer alpha`.

use super::later::NotYet;
use super::{HostAlias, Manifest, Merge, Mount, OutputFormat, Search, Unmount};
use clap::{Args, Subcommand};
use sealer_model::Reference;
use std::ffi::OsString;

/// Look closer at what sealer knows
#[derive(Debug, Args)]
pub(crate) struct Alpha {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: AlphaVerb,
}

/// What to look at.
#[derive(Debug, Subcommand)]
pub(crate) enum AlphaVerb {
    Images(Box<AlphaImages>),
    #[command(hide = true)]
    Manifest(Box<Manifest>),
    #[command(hide = true)]
    Merge(Box<Merge>),
    #[command(hide = true)]
    Mount(Box<Mount>),
    #[command(hide = true, name = "umount")]
    Unmount(Unmount),
    #[command(hide = true)]
    Search(Box<Search>),
    #[command(hide = true)]
    HostAlias(Box<HostAlias>),
    /// Verbs of the Go sealer that this version does not have.
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

/// Look at the container images that cluster images carry
#[derive(Debug, Args)]
pub(crate) struct AlphaImages {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: AlphaImagesVerb,
}

/// What to look at.
#[derive(Debug, Subcommand)]
pub(crate) enum AlphaImagesVerb {
    Why(Why),
}

/// Tell who asks for a container image: application, file, document, field, chart and values
///
/// All cluster images of this machine are looked through. Ends with 1 when none of them carries the image.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The container image; without tag and digest, all of that name; a name without a slash is that of any registry and folder
    #[arg(value_name = "IMAGE", value_parser = wanted)]
    pub(crate) image: WantedImage,
    /// Look only into this cluster image
    #[arg(long = "in", value_name = "CLUSTER_IMAGE")]
    pub(crate) within: Option<Reference>,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
}

/// A container image, or all that differ only in what was left out: version, registry and folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WantedImage {
    name: Reference,
    any_version: bool,
    any_place: bool,
    written: String,
}

impl WantedImage {
    /// Whether this name is meant.
    pub(crate) fn is(&self, name: &Reference) -> bool {
        let place = |name: &Reference| match self.any_place {
            true => name.path().rsplit('/').next().unwrap_or_default().to_owned(),
            false => name.repository(),
        };
        let same_version = self.name.tag() == name.tag() && self.name.digest() == name.digest();
        place(&self.name) == place(name) && (self.any_version || same_version)
    }
}

impl std::fmt::Display for WantedImage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.written)
    }
}

fn wanted(text: &str) -> Result<WantedImage, String> {
    let name: Reference = text.parse().map_err(|error: sealer_model::reference::InvalidReference| error.to_string())?;
    let last = text.rsplit('/').next().unwrap_or(text);
    let (any_version, any_place) = (!last.contains([':', '@']), !text.contains('/'));
    Ok(WantedImage { name, any_version, any_place, written: text.to_owned() })
}

impl Alpha {
    pub(super) fn not_yet(&self) -> Vec<NotYet> {
        match &self.verb {
            AlphaVerb::Manifest(it) => it.not_yet(),
            AlphaVerb::Other(words) => vec![missing(words.first().and_then(|word| word.to_str()).unwrap_or_default())],
            _ => Vec::new(),
        }
    }
}

/// A verb of the Go sealer's `alpha`, and what to do without it.
fn missing(word: &str) -> NotYet {
    let (word, instead) = match word {
        "check" => ("alpha check", "`sealer check` is a verb of its own"),
        "debug" => ("alpha debug", "use `kubectl debug` on a master"),
        "exec" => ("alpha exec", "use ssh"),
        _ => ("this verb of alpha", "`sealer alpha --help` lists what there is"),
    };
    NotYet { word, instead }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_leaves_out_may_be_anything() {
        let names = ["nginx:1.25", "nginx:1.27", "quay.io/x/nginx:1.25", "quay.io/x/my-nginx:1.25"];
        let names = names.map(|name| name.parse::<Reference>().unwrap());
        let meant = |text| names.clone().map(|name| wanted(text).unwrap().is(&name));
        assert_eq!(meant("nginx"), [true, true, true, false]);
        assert_eq!(meant("nginx:1.25"), [true, false, true, false]);
        assert_eq!(meant("library/nginx"), [true, true, false, false]);
        assert_eq!(meant("docker.io/library/nginx:1.25"), [true, false, false, false]);
        assert!(wanted("UPPER/").is_err());
    }
}
