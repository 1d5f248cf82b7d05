//! Everything that can make a build fail.

use sealer_model::image_list::ImageListError;
use sealer_model::kubefile::KubefileError;
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
    /// A line of an ignore file is no pattern.
    #[error("{path} has a pattern that cannot be used", path = path.display())]
    Pattern {
        /// The ignore file.
        path: PathBuf,
        /// What is wrong.
        source: globset::Error,
    },
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
