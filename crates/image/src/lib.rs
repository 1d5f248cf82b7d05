//! Images at rest and in motion: a content-addressed store, layers, archives, and registries. Every blob is verified
//! before it counts, and only what the other side lacks moves.

mod archive;
mod blocking;
mod container_images;
mod conversion;
mod copy;
mod error;
mod inspect;
pub mod layer;
mod parts;
mod progress;
mod pull;
mod push;
pub mod remote;
mod source;
pub mod store;
pub mod tls;

pub use archive::{load, save};
pub use container_images::ContainerImages;
pub use error::{Error, Result};
pub use inspect::{ContainerImage, Inspection, Summary, bundle, inspect, summary};
pub use pull::{pull, pull_container_image};
pub use push::push;
pub use remote::RemoteError;
pub use source::{PulledImage, import};
pub use store::{BlobWriter, Collected, Fault, NamedImage, PartialBlob, Scan, Store, Verification, Wrong};
