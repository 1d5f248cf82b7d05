//! `sealer build`.

use super::Insecure;
use clap::{Args, ValueEnum};
use sealer_model::image::ImageType;
use sealer_model::{Platform, Reference};
use std::ffi::OsString;
use std::path::PathBuf;

/// Build a cluster image from a Kubefile
///
/// Every container image that the manifests, charts and image lists ask for is put into the image under its own name. What was
/// there before is not done again.
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The folder with the files that the Kubefile names
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) context: PathBuf,
    /// The Kubefile; without it, the file Kubefile in PATH
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The name of the result
    #[arg(short, long, value_name = "IMAGE")]
    pub(crate) tag: Reference,
    /// What the image can do; without it, what its base can do, or else kube-installer
    #[arg(long = "type", value_name = "TYPE", value_parser = image_type)]
    pub(crate) image_type: Option<ImageType>,
    /// Carry all container images, or none
    #[arg(long, value_enum, value_name = "MODE", default_value_t)]
    pub(crate) build_mode: BuildMode,
    /// Platforms to build for; without it, this machine's
    #[arg(long, value_name = "OS/ARCH", value_delimiter = ',')]
    pub(crate) platform: Vec<Platform>,
    /// sealer's own program for hosts of a platform, carried in the image so that deliverers of other platforms can put it there; may be
    /// given several times. Without it, files named sealer-linux-ARCH beside this program are taken for those of the image's platforms that
    /// they fit
    #[arg(long, value_name = "OS/ARCH=FILE", value_parser = program)]
    pub(crate) program: Vec<(Platform, PathBuf)>,
    /// When to ask registries and web servers for what is here already; alone, the flag means always
    #[arg(long, value_enum, value_name = "WHEN", default_value_t, num_args = 0..=1)]
    #[arg(default_missing_value = "true")]
    pub(crate) pull: PullWhen,
    /// Run every RUN again, even where its result is known; what is copied is never taken from a cache that could be stale
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// What the commands of RUN reach
    #[arg(long, value_enum, value_name = "NETWORK", default_value_t)]
    pub(crate) network: BuildNetwork,
    /// A value for an ARG of the Kubefile
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) build_arg: Vec<(String, String)>,
    /// A label for the image
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) label: Vec<(String, String)>,
    /// An annotation for the image
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) annotation: Vec<(String, String)>,
    /// A file with more container images to carry, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) image_list: Vec<PathBuf>,
    /// A file with container images not to carry, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) ignored_image_list: Option<PathBuf>,
    /// Go on with a warning when this container image cannot be found, or, without a name, whichever it is; may be given
    /// several times, and what is missing is recorded in the image
    #[arg(long, value_name = "IMAGE", num_args = 0..=1, default_missing_value = "", value_parser = allowed)]
    pub(crate) allow_missing: Vec<Allowed>,
    /// Go on with a warning although this file of the rootfs cannot be searched for container images; may be given several times,
    /// and is recorded in the image
    #[arg(long, value_name = "FILE")]
    pub(crate) allow_unsearched: Vec<String>,
    /// Write the digests of everything that came from elsewhere into this file
    #[arg(long, value_name = "FILE")]
    pub(crate) lock: Option<PathBuf>,
    /// Build from exactly what this file says, which --lock has written, and fail where that is not to be had
    #[arg(long, value_name = "FILE")]
    pub(crate) locked: Option<PathBuf>,
    /// A YAML file with more container images to carry and who may pull them: a list of registry, username, password and images
    #[arg(long, value_name = "FILE")]
    pub(crate) image_list_with_auth: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) insecure: Insecure,
}

/// Whether container images are carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum BuildMode {
    /// All that are asked for
    #[default]
    All,
    /// None; the site must have them
    Lite,
}

/// The network of RUN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum BuildNetwork {
    /// This machine's, with its loopback
    #[default]
    #[value(alias = "default")]
    Host,
    /// None at all, not even loopback
    None,
}

/// When to ask a registry for an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PullWhen {
    /// Every time, but what is here will do when the registry cannot be reached, and what was built or loaded here is not asked for
    #[default]
    #[value(name = "ifnewer")]
    IfNewer,
    /// Every time
    #[value(alias = "true")]
    Always,
    /// Only when the image is not here
    #[value(alias = "false")]
    Missing,
    /// Never
    Never,
}

/// What may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// Any image.
    All,
    /// This one.
    Image(Reference),
}

/// `--pull` needs no value, and a folder may follow: a word that is no value of it belongs to itself, as for the Go sealer.
pub(super) fn told_apart(words: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = words.into_iter().collect();
    if !words.iter().skip(1).any(|word| word == "build") {
        return words;
    }
    let is_value = |word: &OsString| word.to_str().is_some_and(|word| PullWhen::from_str(word, false).is_ok());
    for place in 0..words.len().saturating_sub(1) {
        if words[place] == "--" {
            break;
        }
        if words[place] == "--pull" && !is_value(&words[place + 1]) {
            words[place] = "--pull=true".into();
        }
    }
    words
}

fn allowed(text: &str) -> Result<Allowed, String> {
    if text.is_empty() {
        return Ok(Allowed::All);
    }
    let hint = |error| format!("{error}; to allow any image, write the flag last or before another flag");
    text.parse().map(Allowed::Image).map_err(hint)
}

fn program(text: &str) -> Result<(Platform, PathBuf), String> {
    match text.split_once('=') {
        Some((platform, path)) if !path.is_empty() => {
            Ok((platform.parse::<Platform>().map_err(|error| error.to_string())?, path.into()))
        }
        _ => Err("it has the form OS/ARCH=FILE".to_owned()),
    }
}

fn image_type(text: &str) -> Result<ImageType, String> {
    match text {
        "kube-installer" => Ok(ImageType::KubeInstaller),
        "app-installer" => Ok(ImageType::AppInstaller),
        _ => Err("it is kube-installer or app-installer".to_owned()),
    }
}

/// Reads `KEY=VALUE`; the value may hold more equal signs.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("it has the form KEY=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_behind_pull_is_a_folder_and_true_is_always() {
        assert_eq!(PullWhen::from_str("true", false), Ok(PullWhen::Always));
        let told = |text: &str| {
            let words = told_apart(text.split(' ').map(OsString::from));
            words.iter().map(|word| word.to_str().unwrap()).collect::<Vec<&str>>().join(" ")
        };
        for (words, expected) in [
            ("sealer build -t a --pull .", "sealer build -t a --pull=true ."),
            ("sealer build --pull -t a .", "sealer build --pull=true -t a ."),
            ("sealer build --pull never .", "sealer build --pull never ."),
            ("sealer build --pull=missing .", "sealer build --pull=missing ."),
            ("sealer build . --pull", "sealer build . --pull"),
            ("sealer exec -- tool --pull x build", "sealer exec -- tool --pull x build"),
        ] {
            assert_eq!(told(words), expected);
        }
    }

    #[test]
    fn a_program_is_a_platform_and_a_file() {
        let (platform, path) = program("linux/arm64=/tmp/a=b").unwrap();
        assert_eq!((platform.to_string().as_str(), path), ("linux/arm64", PathBuf::from("/tmp/a=b")));
        for text in ["linux/arm64", "linux/arm64=", "arm64=/tmp/a"] {
            assert!(program(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_value_may_hold_equal_signs_and_commas() {
        assert_eq!(pair("A=b=c,d").unwrap(), ("A".to_owned(), "b=c,d".to_owned()));
        assert!(pair("=b").is_err());
        assert!(pair("novalue").is_err());
    }
}
