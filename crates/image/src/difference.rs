//! What changed from one cluster image to another: files of the rootfs, applications, container images, settings, and the bytes
//! that have to move to somebody who has the first and wants the second. Reading is apart from comparing: [`Contents`] is what
//! one image says, and [`compare`](compare::compare) knows nothing else.

mod compare;
mod contents;
pub(crate) mod layers;

use crate::error::Result;
use crate::store::Store;
use contents::Contents;
pub use layers::{FileFacts, FileKind};
use sealer_model::image::Application;
use sealer_model::{Digest, Reference};
use serde::Serialize;

/// What changed from one cluster image to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The image that was.
    pub from: Side,
    /// The image that is.
    pub to: Side,
    /// Platforms, programs, type, Kubernetes version, labels, environment, launch: by words such as `label team`.
    pub settings: Vec<Change<String>>,
    /// Applications whose definition or files differ.
    pub applications: Vec<ApplicationChange>,
    /// Container images by name without version and platform where that is unambiguous, else by name and platform.
    pub container_images: Vec<Change<ImageFacts>>,
    /// Files of every platform that both images have.
    pub rootfs: Vec<RootfsDifference>,
    /// What somebody who has the first image needs.
    pub bytes: Moved,
}

/// One of the two images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Its full name.
    pub name: Reference,
    /// The digest of its index.
    pub digest: Digest,
}

/// One thing that is not the same in both images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change<T> {
    /// What: a path, a name.
    pub name: String,
    /// What happened to it.
    pub change: Kind,
    /// What it was; none where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<T>,
    /// What it is; none where it is no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<T>,
}

/// What happened to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Only the second image has it.
    Added,
    /// Only the first image has it.
    Removed,
    /// Both have it, and not the same.
    Changed,
}

/// An application that is not the same in both images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApplicationChange {
    /// Its definitions. They may be the same where only files differ.
    #[serde(flatten)]
    pub definition: Change<Application>,
    /// How many of its files changed, came or went, over all platforms that both images have.
    #[serde(rename = "changedFiles")]
    pub files: usize,
}

/// A version of a container image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageFacts {
    /// The full name.
    pub name: Reference,
    /// The manifest's digest.
    pub digest: Digest,
}

/// The files of one platform that are not the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RootfsDifference {
    /// The platform.
    pub platform: String,
    /// Paths below the rootfs.
    pub files: Vec<Change<FileFacts>>,
}

/// What moves and what does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moved {
    /// Blobs of the second image that the first does not have.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes of blobs that both have.
    pub shared: u64,
}

impl Difference {
    /// Whether both images say the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.from.digest == self.to.digest
            || self.settings.is_empty()
                && self.applications.is_empty()
                && self.container_images.is_empty()
                && self.rootfs.iter().all(|rootfs| rootfs.files.is_empty())
    }
}

/// Compares two cluster images of the store. Rootfs layers are read; of container images, only their documents.
///
/// # Errors
/// When one is not there, is no cluster image, or a layer of its rootfs cannot be read.
pub fn difference(store: &Store, from: &Reference, to: &Reference) -> Result<Difference> {
    let _hold = store.hold()?;
    let (mut from, mut to) = (Contents::read(store, from)?, Contents::read(store, to)?);
    contents::read_files(store, &mut from, &mut to)?;
    Ok(compare::compare(&from, &to))
}
