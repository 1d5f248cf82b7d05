//! Content that is hashed and counted while it is read, so that what came of it counts only when the digest is right. What is known to be
//! right is only counted.

use super::unreadable;
use crate::error::{Error, Result};
use sealer_model::digest::Hasher;
use sealer_model::image::Descriptor;
use std::io::{self, Read};

/// Hashes what is read, unless it is known to be right, and counts it.
pub(super) struct Verified<R, P> {
    content: R,
    hasher: Option<Hasher>,
    read: u64,
    progress: P,
}

impl<R: Read, P: FnMut(u64)> Verified<R, P> {
    pub(super) fn new(content: R, hashed: bool, progress: P) -> Self {
        Self { content, hasher: hashed.then(Hasher::default), read: 0, progress }
    }

    /// Reads what is left, and compares the digest of all of it with the layer's.
    pub(super) fn finish(mut self, layer: &Descriptor) -> Result<()> {
        io::copy(&mut self, &mut io::sink()).map_err(|source| unreadable(layer, source))?;
        let Some(hasher) = self.hasher else { return Ok(()) };
        let found = hasher.finish();
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
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..length]);
        }
        self.read += length as u64;
        (self.progress)(self.read);
        Ok(length)
    }
}
