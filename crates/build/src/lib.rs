//! From a Kubefile and a folder of files to a cluster image in the store: what the Kubefile says, which files become which
//! layers, which container images the manifests ask for, and the documents that hold it all together. The same input always
//! gives the same bytes, so an unchanged rebuild has the digest of the first build.

mod application;
mod archive;
mod assemble;
mod base;
mod build;
mod chart_images;
mod completeness;
mod context;
mod discovery;
mod error;
mod files;
mod images;
mod isolation;
mod layer;
mod layers;
mod lock;
mod missing;
mod options;
mod origins;
mod prepare;
mod programs;
mod recipe;
mod record;
mod run;
mod scope;

pub use build::{Built, build};
pub use chart_images::{ChartImage, ChartImages, chart_images};
pub use completeness::{Completeness, Leaving, completeness};
pub use discovery::{Found, ImageFields, Unsearched, images_of_text};
pub use error::Error;
pub use isolation::run_step;
pub use layers::BuiltLayer;
pub use lock::{Input, InputKind, Lock};
pub use missing::{Missing, MissingImage, Unknown};
pub use options::{AllowMissing, ListedImage, Mode, Network, Options, ProgramFile, PullPolicy};

use sealer_model::Reference;
use std::fs;
use std::path::Path;

/// Runs work on the disk apart from the async tasks.
async fn blocking<T: Send + 'static>(
    name: &Reference,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|source| Error::Ended { name: name.to_string(), source })?
}

/// The text of a file that should not be long.
fn read_text(path: &Path, size: u64, what: &'static str, limit: u64) -> Result<String, Error> {
    if size > limit {
        return Err(Error::TooLarge { path: path.to_owned(), what, limit });
    }
    fs::read_to_string(path).map_err(|source| Error::read(path, source))
}
