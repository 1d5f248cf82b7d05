//! A registry over a store: the OCI distribution protocol, so that container runtimes, skopeo and sealer itself pull straight
//! from the folder that the cluster image was sent to, and push into it.
//!
//! Names stay what they are. `/v2/docker.io/library/nginx` and `/v2/library/nginx?ns=docker.io` (the form of containerd's
//! mirrors) are the same repository. A name without a domain means the registry's own repository, or Docker Hub's where the
//! registry has none of its own, because docker asks its mirrors like that; the two never mix. Where clients are led here that look for
//! another registry, the name that they address means the domain.
//!
//! Blobs are found by digest below every repository: there is one store, and who may read may read all of it. Manifests belong
//! to their repositories.

mod access_log;
mod asked;
mod blobs;
mod changes;
pub mod configuration;
mod counters;
mod disk;
mod documents;
mod error;
mod file_body;
mod guard;
mod headers;
mod lists;
mod manifests;
mod names;
mod operations;
mod origin;
mod page;
mod peers;
mod range;
mod record;
mod referrers;
mod refusal;
mod repository;
mod route;
mod router;
mod selector;
mod server;
mod tls;
pub mod upkeep;
mod uploads;
mod upstreams;
mod wire;

pub use configuration::Configuration;
pub use error::{Error, Result};
pub use server::serve;
pub use tls::Tls;
