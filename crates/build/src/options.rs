//! What a build is asked to do. Whoever calls decides; nothing here reads flags or the environment.

use crate::lock::Lock;
use sealer_model::image::{Annotations, ImageType};
use sealer_model::{Platform, Reference};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Everything that one build needs to know.
#[derive(Clone, Debug)]
pub struct Options {
    /// The Kubefile, relative to the working directory.
    pub kubefile: PathBuf,
    /// The folder that `COPY` and `APP` read from; the sources of image lists are relative to it too.
    pub context: PathBuf,
    /// The name of the result.
    pub tag: Reference,
    /// The platforms to build for, at least one.
    pub platforms: Vec<Platform>,
    /// The platform of this machine.
    pub machine: Platform,
    /// What the image shall be able to do; without it, what its base can do, or else `kube-installer`.
    pub image_type: Option<ImageType>,
    /// Values for `ARG`.
    pub build_args: BTreeMap<String, String>,
    /// Labels on top of those of the Kubefile.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the rootfs manifests.
    pub annotations: Annotations,
    /// Files that name more container images to carry.
    pub image_lists: Vec<PathBuf>,
    /// More container images to carry, and where they are listed.
    pub listed_images: Vec<ListedImage>,
    /// Container images not to carry although something asks for them.
    pub ignored_images: Vec<Reference>,
    /// sealer's own programs to carry for hosts of other platforms than the deliverer's.
    pub programs: Vec<ProgramFile>,
    /// Whether container images are carried at all.
    pub mode: Mode,
    /// Which images that are asked for and cannot be found only give a warning.
    pub allow_missing: AllowMissing,
    /// Files that may ask for any image and only give a warning; they are recorded in the image.
    pub allow_unsearched: Vec<String>,
    /// When to ask a registry for an image that the store has.
    pub pull_policy: PullPolicy,
    /// Seconds since 1970 that every time in the image is set to; 0 without it.
    pub source_date_epoch: Option<u64>,
    /// sealer's version, noted in the image.
    pub sealer_version: String,
    /// What everything from elsewhere must be.
    pub locked: Option<Lock>,
    /// Where to write what everything from elsewhere was.
    pub lock: Option<PathBuf>,
    /// What `RUN` reaches, unless it says so itself.
    pub network: Network,
    /// Whether every `RUN` runs even where its result is known.
    pub no_cache: bool,
    /// The program that answers `run-step` with [`crate::run_step`]; as a rule, this one.
    pub runner: PathBuf,
}

impl Options {
    /// A build of `context/Kubefile` with every choice left at its default.
    #[must_use]
    pub fn new(context: impl Into<PathBuf>, tag: Reference, platform: Platform) -> Self {
        let context = context.into();
        Self {
            kubefile: context.join("Kubefile"),
            context,
            tag,
            platforms: vec![platform],
            machine: Platform::from_machine(std::env::consts::ARCH),
            image_type: None,
            build_args: BTreeMap::new(),
            labels: BTreeMap::new(),
            annotations: Annotations::new(),
            image_lists: Vec::new(),
            listed_images: Vec::new(),
            ignored_images: Vec::new(),
            programs: Vec::new(),
            mode: Mode::All,
            allow_missing: AllowMissing::None,
            allow_unsearched: Vec::new(),
            pull_policy: PullPolicy::IfNewer,
            source_date_epoch: None,
            sealer_version: String::new(),
            locked: None,
            lock: None,
            network: Network::Host,
            no_cache: false,
            runner: PathBuf::from("/proc/self/exe"),
        }
    }

    /// Whether a file that cannot be searched is put up with.
    pub(crate) fn allows_unsearched(&self, file: &str) -> bool {
        self.allow_missing == AllowMissing::All || self.allow_unsearched.iter().any(|allowed| allowed == file)
    }
}

/// sealer's own program for hosts of one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramFile {
    /// The platform.
    pub platform: Platform,
    /// Its file.
    pub path: PathBuf,
    /// Whether somebody named it. One that was only found is left out where it does not fit.
    pub named: bool,
}

/// A container image that somebody listed for the build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedImage {
    /// The image.
    pub name: Reference,
    /// The list, as errors call it.
    pub file: String,
    /// The line in it, from 1.
    pub line: usize,
}

/// The network of a `RUN`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// This machine's, loopback included.
    #[default]
    Host,
    /// None at all.
    None,
}

/// Whether container images are carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Every container image that is asked for is carried.
    #[default]
    All,
    /// None; the site must have them already.
    Lite,
}

/// Which container images may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AllowMissing {
    /// None: the image shall need nothing from outside.
    #[default]
    None,
    /// These; they are recorded in the image.
    Named(Vec<Reference>),
    /// All; those that are missing are recorded in the image.
    All,
}

impl AllowMissing {
    /// Whether an image may be missing.
    #[must_use]
    pub fn allows(&self, name: &Reference) -> bool {
        match self {
            Self::None => false,
            Self::Named(names) => names.contains(name),
            Self::All => true,
        }
    }
}

/// When a registry is asked for an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PullPolicy {
    /// Every time; a registry that cannot be reached is an error.
    Always,
    /// Only when the store does not have the image.
    Missing,
    /// Never: what the store does not have is missing.
    Never,
    /// Every time, but what the store has will do when the registry cannot be reached.
    #[default]
    IfNewer,
}
