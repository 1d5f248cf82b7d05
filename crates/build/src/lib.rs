//! From a Kubefile and a folder of files to a cluster image in the store: what the Kubefile says, which files become which
//! layers, which container images the manifests ask for, and the documents that hold it all together. The same input always
//! gives the same bytes, so an unchanged rebuild has the digest of the first build.

mod application;
mod assemble;
mod context;
mod discovery;
mod error;
mod files;
mod layer;
mod options;
mod recipe;
mod scope;

pub use error::Error;
pub use options::{Mode, Options, PullPolicy};

use std::fs;
use std::path::Path;

/// The text of a file that should not be long.
fn read_text(path: &Path, size: u64, what: &'static str, limit: u64) -> Result<String, Error> {
    if size > limit {
        return Err(Error::TooLarge { path: path.to_owned(), what, limit });
    }
    fs::read_to_string(path).map_err(|source| Error::read(path, source))
}
