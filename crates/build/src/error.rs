//! Everything that can make a build fail.

use crate::missing::{Missing, Unknown};
use sealer_model::Digest;
use sealer_model::clusterfile::UnfitClusterfile;
use sealer_model::image::UnexpectedEntry;
use sealer_model::image_list::ImageListError;
use sealer_model::kubefile::KubefileError;
use sealer_model::program_file::UnfitProgram;
use std::io;
use std::path::{Path, PathBuf};

/// Why a build failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A mistake in the Kubefile, or something that it names and that is not there.
    #[error(transparent)]
    Kubefile(#[from] Box<KubefileError>),
    /// A mistake in a list of images.
    #[error(transparent)]
    ImageList(#[from] ImageListError),
    /// Container images that nobody has.
    #[error("{0}")]
    Missing(Missing),
    /// Files that may ask for container images that nobody knows of.
    #[error("{0}")]
    Unknown(Unknown),
    /// The table in which a rootfs says which fields of its custom resources name images.
    #[error("{file} is no table of image fields: {reason}")]
    ImageFields {
        /// The table.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The checks that the image brings cannot be read; every mistake with its file and line.
    #[error("{0}")]
    Checks(UnfitClusterfile),
    /// The store, a registry or an archive.
    #[error(transparent)]
    Image(#[from] sealer_image::Error),
    /// The archive of a chart.
    #[error(transparent)]
    Chart(#[from] sealer_chart::Error),
    /// The base image is not in the store and may not be pulled.
    #[error("the base image {name} is not in the store, and the pull policy forbids to pull it")]
    NoBase {
        /// The image.
        name: String,
    },
    /// What files are copied from, or a file, is not in the store and may not be fetched.
    #[error("{name}{} is not in the store, and the pull policy forbids to fetch it", for_platform(platform))]
    NotStored {
        /// The image, chart or address.
        name: String,
        /// The platform that it is wanted for, where that makes a difference.
        platform: Option<String>,
    },
    /// The base image is an ordinary container image.
    #[error("{name} is not a cluster image")]
    NotClusterImage {
        /// The image.
        name: String,
    },
    /// The base image is for other platforms.
    #[error("{name} has no rootfs for {platform}; it has {present}")]
    NoPlatform {
        /// The image.
        name: String,
        /// What is built.
        platform: String,
        /// What there is.
        present: String,
    },
    /// A program that was given is not for the platform, or not sealer.
    #[error("{path} cannot be the program for hosts", path = path.display())]
    Program {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        source: UnfitProgram,
    },
    /// A program was given for a platform that the image is not built for.
    #[error("a program is given for {platform}, and the image is built for {present}")]
    ProgramPlatform {
        /// The program's platform.
        platform: String,
        /// Those of the image.
        present: String,
    },
    /// A document of an image says something that it should not.
    #[error("{name} cannot be understood: {what}")]
    Document {
        /// The image.
        name: String,
        /// Which document.
        what: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// An index has entries that belong to no cluster image.
    #[error(transparent)]
    Entry(#[from] UnexpectedEntry),
    /// No platform was named.
    #[error("no platform to build {name} for")]
    NoPlatforms {
        /// The image to build.
        name: String,
    },
    /// The name of the result pins a digest, which nobody knows before the build.
    #[error("{name} names a digest; the result of a build needs a name with a tag")]
    NameWithDigest {
        /// The image to build.
        name: String,
    },
    /// Our own code failed in a way that it never should.
    #[error("a part of the build of {name} ended early")]
    Ended {
        /// The image to build.
        name: String,
        /// What happened.
        source: tokio::task::JoinError,
    },
    /// Something could not be read.
    #[error("cannot read {path}", path = path.display())]
    Read {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something could not be written.
    #[error("cannot write {path}", path = path.display())]
    Write {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is no lock of a build.
    #[error("{path} is no lock: {reason}", path = path.display())]
    NoLock {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Something that a locked build would have to choose for itself.
    #[error("{input} is not in the lock")]
    NotLocked {
        /// What.
        input: String,
    },
    /// Something is not what it was when the lock was written.
    #[error("{input} has changed: the lock says {expected}, and it is {found}")]
    LockedOtherwise {
        /// What.
        input: String,
        /// What it was.
        expected: Digest,
        /// What it is.
        found: Digest,
    },
    /// The processes of a `RUN` could not be started.
    #[error("cannot run {program}", program = program.display())]
    Start {
        /// The program, which is this one.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The context is not a folder.
    #[error("the build context {path} is not a folder", path = path.display())]
    NoFolder {
        /// What it is called.
        path: PathBuf,
    },
    /// A file is far too large for what it should be.
    #[error("{path} has more than {limit} bytes, too many for {what}", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// The limit in bytes.
        limit: u64,
    },
    /// A file name that no archive and no other machine would show the same.
    #[error("the name of {path} is not UTF-8", path = path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
    },
    /// A device, a socket or a pipe.
    #[error("{path} is neither a file nor a folder nor a symbolic link", path = path.display())]
    Special {
        /// What it is called.
        path: PathBuf,
    },
    /// A file grew, shrank or got other content between two readings.
    #[error("{path} changed while the image was built from it", path = path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// An archive that `ADD` unpacks cannot be read to its end.
    #[error("cannot unpack {path}; to keep it packed, write COPY", path = path.display())]
    Unpack {
        /// The archive.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An archive has something that must not get into an image.
    #[error("cannot unpack {archive}: {entry} {reason}", archive = archive.display())]
    ArchiveEntry {
        /// The archive.
        archive: PathBuf,
        /// The path in it.
        entry: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A line of an ignore file is no pattern.
    #[error("{path} has a pattern that cannot be used", path = path.display())]
    Pattern {
        /// The ignore file.
        path: PathBuf,
        /// What is wrong.
        source: globset::Error,
    },
}

fn for_platform(platform: &Option<String>) -> String {
    platform.as_ref().map(|platform| format!(" for {platform}")).unwrap_or_default()
}

impl Error {
    /// A failure to read.
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    /// A failure to write.
    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.to_owned(), source }
    }
}

impl From<KubefileError> for Error {
    fn from(error: KubefileError) -> Self {
        Self::Kubefile(Box::new(error))
    }
}
