//! From a Kubefile and a folder of files to a cluster image in the store: what the Kubefile says, which files become which
//! layers, which container images the manifests ask for, and the documents that hold it all together. The same input always
//! gives the same bytes, so an unchanged rebuild has the digest of the first build.

mod options;

pub use options::{Mode, Options, PullPolicy};
