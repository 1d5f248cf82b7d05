//! Helm charts without helm: loaded from a folder or an archive, given their values, rendered to the text that Helm renders.
//!
//! [`load`] makes a [`Chart`], [`Sources`] hold a user's values, [`render`] makes [`Rendered`] files of both, [`manifests`] sorts
//! them as Helm installs them, [`output`] writes them as `helm template` does. [`template`] does all of it. Nothing here asks a
//! network: the bytes of charts from registries come from the caller.

mod capabilities;
mod chart;
mod dependencies;
pub mod error;
mod failure;
mod fields;
mod files;
mod glob;
mod load;
pub mod manifests;
mod metadata;
pub mod output;
mod pattern;
mod release;
mod render;
mod rendered;
mod schema;
mod scope;
mod template;
mod values;

pub use capabilities::Capabilities;
pub use chart::{Chart, File};
pub use error::{Error, Result};
pub use load::{each_archived, load, load_archive, load_directory, load_files};
pub use metadata::{Dependency, Import, Maintainer, Metadata};
pub use release::Release;
pub use render::{FindObject, Lookup, Options, render};
pub use rendered::{Rendered, RenderedChart};
pub use template::{Origin, Request, template};
pub use values::{Expression, ExpressionKind, ReadFile, Sources};
