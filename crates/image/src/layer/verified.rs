//! Content that is hashed and counted while it is read, so that what came of it counts only when the digest is right.

use super::unreadable;
use crate::error::{Error, Result};
use sealer_model::digest::Hasher;
use sealer_model::image::Descriptor;
use std::io::{self, Read};

/// Hashes and counts what is read.
pub(super) struct Verified<R, P> {
    content: R,
    hasher: Hasher,
    read: u64,
    progress: P,
}

impl<R: Read, P: FnMut(u64)> Verified<R, P> {
    pub(super) fn new(content: R, progress: P) -> Self {
        Self { content, hasher: Hasher::default(), read: 0, progress }
    }

    /// Reads what is left, and compares the digest of all of it with the layer's.
    pub(super) fn finish(mut self, layer: &Descriptor) -> Result<()> {
        io::copy(&mut self, &mut io::sink()).map_err(|source| unreadable(layer, source))?;
        let found = self.hasher.finish();
        if found == layer.digest {
            return Ok(());
        }
        let what = format!("layer {}", layer.digest);
        Err(Error::Damaged { what, expected: layer.digest.clone(), found })
    }
}

impl<R: Read, P: FnMut(u64)> Read for Verified<R, P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.content.read(buffer)?;
        self.hasher.update(&buffer[..length]);
        self.read += length as u64;
        (self.progress)(self.read);
        Ok(length)
    }
}
