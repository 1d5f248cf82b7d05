//! New blobs on their way into the store: streamed to a temporary file while they are hashed, then renamed under their digest. A writer that is dropped leaves nothing behind.

use super::durable::sync_if_large;
use super::{Store, readable};
use crate::error::{Error, Result, at};
use crate::writeback::Writeback;
use sealer_model::Digest;
use sealer_model::digest::Hasher;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use tempfile::NamedTempFile;

/// A blob that is being written; its digest is known at the end.
#[derive(Debug)]
pub struct BlobWriter {
    store: Store,
    file: BufWriter<NamedTempFile>,
    hasher: Hash,
    size: u64,
    writeback: Writeback,
    /// Keeps the garbage collector away until the blob has its place.
    _lock: File,
}

/// A hasher that `Debug` does not print.
struct Hash(Hasher);

impl std::fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Hasher")
    }
}

const BUFFER: usize = 256 * 1024;

impl Store {
    /// Begins a blob whose digest is not known yet.
    ///
    /// # Errors
    /// When no temporary file can be made.
    pub fn writer(&self) -> Result<BlobWriter> {
        let lock = self.share()?;
        let ingest = self.ingest();
        let file = NamedTempFile::with_prefix_in("write-", &ingest).map_err(at(&ingest))?;
        Ok(BlobWriter {
            store: self.clone(),
            file: BufWriter::with_capacity(BUFFER, file),
            hasher: Hash(Hasher::default()),
            size: 0,
            writeback: Writeback::default(),
            _lock: lock,
        })
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.0.update(&bytes[..written]);
        self.size += written as u64;
        self.writeback.wrote(self.file.get_ref().as_file(), self.size);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl BlobWriter {
    /// Bytes written so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Puts the blob into the store and says its digest and size.
    ///
    /// # Errors
    /// When it cannot be written to the end.
    pub fn finish(self) -> Result<(Digest, u64)> {
        let Self { store, file, hasher, size, _lock, .. } = self;
        let digest = hasher.0.finish();
        let path = store.blob_path(&digest);
        let place = || {
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            readable(file.as_file())?;
            sync_if_large(file.as_file(), size)?;
            file.persist(&path).map(drop).map_err(|error| error.error)
        };
        place().map_err(at(&path))?;
        store.wrote();
        Ok((digest, size))
    }

    /// As [`BlobWriter::finish`], but only if the digest is the expected one.
    ///
    /// # Errors
    /// When it is not, or when the blob cannot be written to the end.
    pub fn finish_expecting(self, expected: &Digest) -> Result<u64> {
        let found = self.hasher.0.clone().finish();
        if found != *expected {
            let what = "content for the store".to_owned();
            return Err(Error::Damaged { what, expected: expected.clone(), found });
        }
        Ok(self.finish()?.1)
    }
}
