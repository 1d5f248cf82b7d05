//! Where an archive is written to: one file, or volumes.

use super::unfinished::Unfinished;
use super::volumes::{self, VolumeWriter};
use crate::error::{Error, Result, at};
use sealer_model::Reference;
use std::io::{self, Write};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

/// An archive on its way to its place.
pub(super) enum Target {
    /// One file.
    Whole(Unfinished, PathBuf),
    /// Several.
    Volumes(VolumeWriter),
}

impl Target {
    /// Begins an archive of about `expected` bytes.
    pub(super) fn begin(path: &Path, volume_size: Option<NonZeroU64>, expected: u64) -> Result<Self> {
        let Some(volume_size) = volume_size else {
            return Ok(Self::Whole(Unfinished::begin(path).map_err(at(path))?, path.to_owned()));
        };
        let needed = expected.div_ceil(volume_size.get());
        if needed > volumes::MOST {
            let reason = format!("would need {needed} volumes of {volume_size} bytes; {} are the most", volumes::MOST);
            return Err(Error::Volume { path: path.to_owned(), reason });
        }
        VolumeWriter::begin(path, volume_size.get()).map(Self::Volumes).map_err(at(path))
    }

    /// Puts the archive of an image into its place and says its size.
    pub(super) fn publish(self, image: &Reference) -> io::Result<u64> {
        match self {
            Self::Whole(file, path) => file.publish(&path),
            Self::Volumes(volumes) => volumes.publish(image),
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Whole(whole, _) => whole.file.write(bytes),
            Self::Volumes(volumes) => volumes.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
