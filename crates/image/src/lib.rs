//! before it counts, and only what the other side lacks moves.

mod archive;
mod container_images;
mod error;
mod inspect;
pub mod layer;
mod source;
pub mod store;

pub use archive::{load, save};
pub use container_images::ContainerImages;
pub use error::{Error, Result};
pub use inspect::{ContainerImage, Inspection, bundle, inspect};
pub use source::{PulledImage, import};
pub use store::{BlobWriter, Collected, NamedImage, PartialBlob, Store};
