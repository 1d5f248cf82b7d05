//! The seam between serving a store and fetching from elsewhere: what the registry asks when a request is for something that
//! the store lacks, or for a tag that may have moved. Without upstreams nobody is asked.

use crate::refusal::Refusal;
use crate::repository::Selector;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue};
use sealer_model::Digest;
use std::fmt::Debug;
use std::pin::Pin;

/// What an origin does takes time.
pub(crate) type Fetch<'a, T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send + 'a>>;

/// Headers that go with the answer.
pub(crate) type Notes = Vec<(HeaderName, HeaderValue)>;

/// Where content comes from that the store does not hold.
pub(crate) trait Origin: Debug + Send + Sync {
    /// Whether some upstream serves this repository, by its full name `docker.io/library/nginx`.
    fn serves(&self, repository: &str) -> bool;

    /// Makes the store hold the manifest that `selector` means in a repository that [`Origin::serves`], under its name, and as
    /// fresh as the configuration asks. Called before the store is looked at: for every read by tag, and for reads by digest
    /// of what the repository lacks. Returns headers for the answer, such as one that says that it comes from the cache
    /// because the upstream is out of reach. That the upstream has no such manifest is no error: the look-up says it.
    fn manifest<'a>(&'a self, repository: &'a str, selector: &'a Selector) -> Fetch<'a, Notes>;

    /// Adds its own numbers to the text for Prometheus.
    fn metrics(&self, _text: &mut String) {}

    /// A blob that the store lacks: its size and its bytes, which are stored while they pass by. `None` where the upstream
    /// does not have it either.
    fn blob<'a>(&'a self, repository: &'a str, digest: &'a Digest) -> Fetch<'a, Option<Incoming>>;
}

/// A blob on its way through. The body fails, and so breaks the connection off, when what came is not what it should be.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// Bytes of the whole blob.
    pub(crate) size: u64,
    /// The bytes.
    pub(crate) body: Body,
}
