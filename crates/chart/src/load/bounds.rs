//! How large a chart may be. Charts are other people's archives, and a small one can unpack into a disk full of zeros.

use crate::error::{Error, Result};

/// Bytes of all files of a chart and the charts below it; Helm's own number.
pub(super) const LARGEST_CHART: u64 = 100 << 20;

/// Bytes of a file in a folder; archives are bounded as a whole.
pub(super) const LARGEST_FILE: u64 = 32 << 20;

/// Files of a chart and the charts below it; the largest of the published ones have a few thousand.
const MOST_FILES: usize = 50_000;

/// How deep folders, and archives within archives, may lie in one another.
pub(super) const DEEPEST: usize = 32;

/// What may still be read.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: u64,
    files: usize,
}

impl Budget {
    /// That of a whole chart.
    pub(super) fn new() -> Self {
        Self { bytes: LARGEST_CHART, files: MOST_FILES }
    }

    /// The bytes that may still be read.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes one file of that many bytes.
    pub(super) fn take(&mut self, bytes: u64) -> Result<()> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or_else(too_many_bytes)?;
        self.entry()
    }

    /// Takes an entry that has no bytes.
    pub(super) fn entry(&mut self) -> Result<()> {
        let too_many = || Error::TooLarge(format!("it has more than {MOST_FILES} files"));
        self.files = self.files.checked_sub(1).ok_or_else(too_many)?;
        Ok(())
    }
}

/// The error for a chart with too many bytes.
pub(super) fn too_many_bytes() -> Error {
    Error::TooLarge(format!("its files have more than {LARGEST_CHART} bytes"))
}
