//! Where the bytes of a cluster image come from, and what brings its container images to a registry that the site has already. This room
//! does not know the store; whoever joins the rooms gives it one of these.

use crate::pace::Pace;
use futures_util::future::BoxFuture;
use sealer_model::Secret;
use sealer_model::cluster::ExternalRegistry;
use sealer_model::event::Listener;
use sealer_model::image::Descriptor;
use std::error::Error;
use tokio::io::AsyncRead;

/// The bytes of a blob from some offset on.
pub type Reader = Box<dyn AsyncRead + Send + Unpin>;

/// What the store answers, in its own time.
pub type FromStore<'a, T> = BoxFuture<'a, Result<T, Box<dyn Error + Send + Sync>>>;

/// Gives blobs by digest, and brings container images to a registry.
pub trait Blobs: Send + Sync {
    /// Opens a blob at an offset in bytes.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    fn open(&self, blob: &Descriptor, offset: u64) -> BoxFuture<'_, std::io::Result<Reader>>;

    /// Whether all container images of a cluster image are where they are to be pushed.
    ///
    /// # Errors
    /// When the registry cannot be reached or does not let us in.
    fn are_pushed<'a>(&'a self, image: &'a Descriptor, to: &'a Destination) -> FromStore<'a, bool>;

    /// Pushes all container images of a cluster image; what is there already is not sent again.
    ///
    /// # Errors
    /// When the registry cannot be reached, does not let us in or does not take them.
    fn push<'a>(&'a self, image: &'a Descriptor, to: &'a Destination) -> FromStore<'a, ()>;
}

/// Where container images are pushed.
#[derive(Clone, Debug)]
pub struct Destination {
    /// The registry.
    pub registry: ExternalRegistry,
    /// The password of its user.
    pub password: Option<Secret>,
    /// How fast images may leave this machine.
    pub pace: Pace,
    /// Who hears how far it is.
    pub listener: Listener,
}
