//! The seam between serving a store and fetching from elsewhere: what the registry asks when a request is for something that
//! the store lacks. Without upstreams nobody is asked.

use crate::error::Error;
use crate::refusal::Refusal;
use crate::selector::Selector;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue};
use bytes::Bytes;
use sealer_model::Digest;
use sealer_model::image::Descriptor;
use std::fmt::Debug;
use std::fs::File;
use std::pin::Pin;

/// What an origin does takes time.
pub(crate) type Fetch<'a, T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send + 'a>>;

/// What goes on for as long as the registry runs.
pub(crate) type Tending<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Headers that go with the answer.
pub(crate) type Notes = Vec<(HeaderName, HeaderValue)>;

/// Where content comes from that the store does not hold. What is absent there, too, is `None` and no refusal.
pub(crate) trait Origin: Debug + Send + Sync {
    /// Whether some upstream serves this repository, by its full name `docker.io/library/nginx`.
    fn serves(&self, repository: &str) -> bool;

    /// The manifest that `selector` means in a repository that [`Origin::serves`], as fresh as the configuration asks.
    fn manifest<'a>(&'a self, repository: &'a str, selector: &'a Selector) -> Fetch<'a, Option<Foreign>>;

    /// A blob, kept already or stored while it passes by.
    fn blob<'a>(&'a self, repository: &'a str, digest: &'a Digest) -> Fetch<'a, Option<Found>>;

    /// Only the size of a blob.
    fn blob_size<'a>(&'a self, repository: &'a str, digest: &'a Digest) -> Fetch<'a, Option<u64>>;

    /// The tags of a repository. `None` when there is no such repository.
    fn tags<'a>(&'a self, repository: &'a str) -> Fetch<'a, Option<Listed<String>>>;

    /// What refers to a manifest there.
    fn referrers<'a>(&'a self, repository: &'a str, subject: &'a Digest) -> Fetch<'a, Listed<Descriptor>>;

    /// Puts a blob into the registry's own store, because an image that was pushed here needs it. False when it is absent.
    fn bring<'a>(&'a self, repository: &'a str, digest: &'a Digest) -> Fetch<'a, bool>;

    /// Reads passwords and certificates again. Blocks on the disk.
    ///
    /// # Errors
    /// When one cannot be used; then all stay as they were.
    fn renew(&self) -> Result<(), Error>;

    /// Looks after what is kept, for as long as the registry runs.
    fn tend(&self) -> Tending<'_>;

    /// Adds its own numbers to the text for Prometheus.
    fn metrics(&self, text: &mut String);
}

/// A manifest or an index from elsewhere.
#[derive(Debug)]
pub(crate) struct Foreign {
    pub(crate) descriptor: Descriptor,
    pub(crate) bytes: Bytes,
    /// Headers for the answer: that it may be out of date, because the upstream is out of reach.
    pub(crate) notes: Notes,
}

/// A list from elsewhere.
#[derive(Debug)]
pub(crate) struct Listed<T> {
    pub(crate) list: Vec<T>,
    /// Headers for the answer, as of [`Foreign`].
    pub(crate) notes: Notes,
}

/// A blob from elsewhere.
#[derive(Debug)]
pub(crate) enum Found {
    /// It came earlier: its file and its size in bytes.
    Kept(File, u64),
    /// It is on its way: its size in bytes, and a body that fails, and so breaks the connection off, when what came is not
    /// what it should be.
    Coming(u64, Body),
}
