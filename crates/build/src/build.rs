//! A build from beginning to end.

use crate::assemble::{self, Carried, Layer};
use crate::base::BaseImage;
use crate::context::Context;
use crate::discovery::{Demands, read_list};
use crate::error::Error;
use crate::images::Finder;
use crate::layers::{Made, make};
use crate::missing::{Missing, Unknown};
use crate::options::{Mode, Options};
use crate::prepare::{Prepared, prepare};
use crate::recipe::{Foundation, Recipe, foundation};
use crate::scope::Scope;
use sealer_image::{Client, Store};
use sealer_model::event::Listener;
use sealer_model::image::{Descriptor, ImageType, media_type};
use sealer_model::kubefile::Kubefile;
use sealer_model::{Platform, Reference};
use std::sync::Arc;

/// What a build made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The image's name.
    pub name: Reference,
    /// Its index.
    pub descriptor: Descriptor,
    /// The platforms it has a rootfs for.
    pub platforms: Vec<Platform>,
    /// The container images it carries, each once.
    pub container_images: Vec<Reference>,
    /// The layers that this build added, in order, platform by platform.
    pub layers: Vec<BuiltLayer>,
    /// Images that were asked for, are not carried, and were allowed to be missing.
    pub missing: Vec<Reference>,
}

/// One layer that a build added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltLayer {
    /// The instruction as one line.
    pub instruction: String,
    /// The layer.
    pub descriptor: Descriptor,
    /// Whether the store had it already, so that it was not made anew.
    pub cached: bool,
}
