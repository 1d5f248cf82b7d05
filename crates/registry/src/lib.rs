//! A registry over a store: the OCI distribution protocol, so that container runtimes, skopeo and sealer itself pull straight
//! from the folder that the cluster image was sent to, and push into it.
//!
//! Names stay what they are. `/v2/docker.io/library/nginx` and `/v2/library/nginx?ns=docker.io` (the form of containerd's
//! mirrors) are the same repository, and so is `/v2/library/nginx`, because a name without a domain means Docker Hub. A push
//! to `localhost:5000/foo/bar:v1` reaches the registry as `/v2/foo/bar` and so becomes `docker.io/foo/bar:v1`.
//!
//! Blobs and manifests are found by digest below every repository: there is one store and everybody may read all of it.

mod blobs;
mod disk;
mod error;
mod headers;
mod lists;
mod manifests;
mod names;
mod page;
mod range;
mod refusal;
mod repository;
mod route;
mod router;
mod server;
mod tls;
mod uploads;

pub use error::{Error, Result};
pub use router::router;
pub use server::{Options, serve};
pub use tls::Tls;
