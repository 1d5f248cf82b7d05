//! What can go wrong with images. Every error names the path, the digest or the registry; causes are in the source chain.

use sealer_model::Digest;
use sealer_model::reference::InvalidReference;
use std::io;
use std::path::{Path, PathBuf};

/// A result of this room.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of this room.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder cannot be used.
    #[error("{path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A blob is not in the store.
    #[error("blob {digest} is not in the store {store}")]
    NoBlob {
        /// Which.
        digest: Digest,
        /// The store's folder.
        store: PathBuf,
    },
    /// Content is not what its digest says.
    #[error("{what} is damaged: expected {expected}, found {found}")]
    Damaged {
        /// A path, a layer, an address.
        what: String,
        /// The digest it should have.
        expected: Digest,
        /// The digest it has.
        found: Digest,
    },
    /// A document is not what its media type says.
    #[error("{digest} is no valid {media_type}")]
    Document {
        /// Which.
        digest: Digest,
        /// What it should be.
        media_type: String,
        /// Why it is not.
        source: serde_json::Error,
    },
    /// A name does not fit into a registry that keeps images below a path.
    #[error("{name} has no name there")]
    NameThere {
        /// The image's own name.
        name: String,
        /// Why.
        source: InvalidReference,
    },
    /// A document is larger than any honest one.
    #[error("document {digest} has {size} bytes; more than {limit} are not accepted")]
    TooLarge {
        /// Which.
        digest: Digest,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The store's index cannot be read.
    #[error("{path} is no valid index of a store")]
    StoreIndex {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// There is no image of that name.
    #[error("image {name} is not in the store {store}")]
    NoImage {
        /// The full name.
        name: String,
        /// The store's folder.
        store: PathBuf,
    },
    /// An identifier fits several images.
    #[error("{identifier} is the beginning of several images: {}", or(digests))]
    Ambiguous {
        /// What was given.
        identifier: String,
        /// The digests of the images.
        digests: Vec<Digest>,
    },
    /// What a name leads to is no Helm chart.
    #[error("{name} is not a Helm chart")]
    NoHelmChart {
        /// The full name.
        name: String,
    },
    /// An index is no cluster image.
    #[error("{name} is not a cluster image")]
    NotAClusterImage {
        /// The image.
        name: String,
        /// What is missing.
        source: sealer_model::image::UnexpectedEntry,
    },
    /// A media type that sealer does not handle here.
    #[error("{what} has media type {media_type}, which sealer does not handle here")]
    MediaType {
        /// What has it.
        what: String,
        /// The type.
        media_type: String,
    },
    /// An archive or a layer holds something that cannot be accepted.
    #[error("{what}: entry {entry:?} {reason}")]
    Entry {
        /// The archive or layer.
        what: String,
        /// The entry's path.
        entry: String,
        /// What is wrong.
        reason: String,
    },
    /// An archive lacks something.
    #[error("{path} is incomplete or no image archive: {reason}")]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// A volume of an archive is not there or not what it should be.
    #[error("{path} {reason}")]
    Volume {
        /// The volume, or the list of volumes.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An archive holds only what another image lacks, and that is not here.
    #[error("{path} holds only what {base} lacks, and that image is not whole in the store {store}: {}", or(digests))]
    NoBase {
        /// The archive.
        path: PathBuf,
        /// The image that is needed.
        base: String,
        /// Its digest, and that of the part of it that would do.
        digests: Vec<Digest>,
        /// The store's folder.
        store: PathBuf,
    },
    /// Nothing of that name is mounted.
    #[error("no image is mounted as {mount}")]
    NoMount {
        /// What was asked for.
        mount: String,
    },
    /// A list of manifests is not what it should be.
    #[error("{name} {reason}")]
    List {
        /// The list.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Images that are to become one do not agree.
    #[error("the images do not fit together:\n{}", lines(conflicts))]
    Conflicts {
        /// On what.
        conflicts: Vec<crate::merge::Conflict>,
    },
    /// An image cannot be written in a form.
    #[error("{name} {reason}")]
    Unsuitable {
        /// The image.
        name: String,
        /// Why not, and what to do instead.
        reason: String,
    },
    /// An entry that should be sealer's program is another artifact.
    #[error("{digest} should be sealer's program for a platform, and is something else")]
    NoProgram {
        /// The entry's manifest.
        digest: Digest,
    },
    /// An image has nothing for a platform.
    #[error("{name} has no image for {platform}")]
    NoPlatform {
        /// The image.
        name: String,
        /// The platform.
        platform: String,
    },
    /// A registry cannot be used, or does not answer as it should.
    #[error(transparent)]
    Remote(#[from] crate::remote::RemoteError),
    /// A background task ended abnormally.
    #[error("a background task of {what} ended abnormally")]
    Task {
        /// What it did.
        what: &'static str,
    },
}

fn or(digests: &[Digest]) -> String {
    digests.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

fn lines(all: &[impl std::fmt::Display]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Attaches a path to an input or output error.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Error + use<'_> {
    move |source| Error::File { path: path.to_owned(), source }
}
