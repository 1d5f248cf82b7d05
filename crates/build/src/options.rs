//! What a build is asked to do. Whoever calls decides; nothing here reads flags or the environment.

use sealer_model::image::{Annotations, ImageType};
use sealer_model::{Platform, Reference};
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
    /// Container images not to carry although something asks for them.
    pub ignored_images: Vec<Reference>,
    /// Whether container images are carried at all.
    pub mode: Mode,
    /// Whether an image that is asked for and cannot be found only gives a warning.
    pub allow_missing: bool,
    /// When to ask a registry for an image that the store has.
    pub pull_policy: PullPolicy,
    /// Seconds since 1970 that every time in the image is set to; 0 without it.
    pub source_date_epoch: Option<u64>,
    /// sealer's version, noted in the image.
    pub sealer_version: String,
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
            image_type: None,
            build_args: BTreeMap::new(),
            labels: BTreeMap::new(),
            annotations: Annotations::new(),
            image_lists: Vec::new(),
            ignored_images: Vec::new(),
            mode: Mode::All,
            allow_missing: false,
            pull_policy: PullPolicy::IfNewer,
            source_date_epoch: None,
            sealer_version: String::new(),
        }
    }
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
