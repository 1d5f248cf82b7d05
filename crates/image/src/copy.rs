//! Copies streams in pieces that are large enough for a disk and small enough for a cache, and tells how far it is.

use sealer_model::Digest;
use sealer_model::digest::Hasher;
use std::io::{self, Read, Write};

/// What is moved at once.
pub(crate) const PIECE: usize = 256 * 1024;

/// Copies to the end; `moved` is told the size of each piece.
pub(crate) fn copy(from: &mut impl Read, to: &mut impl Write, mut moved: impl FnMut(usize)) -> io::Result<u64> {
    let mut piece = vec![0; PIECE];
    let mut total = 0;
    loop {
        let length = match from.read(&mut piece) {
            Ok(0) => return Ok(total),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        to.write_all(&piece[..length])?;
        total += length as u64;
        moved(length);
    }
}

/// Reads to the end and says how much there was and what; `moved` is told the size of each piece.
pub(crate) fn hash(from: &mut impl Read, moved: impl FnMut(usize)) -> io::Result<(u64, Digest)> {
    let mut hashing = Hashing(Hasher::default());
    let size = copy(from, &mut hashing, moved)?;
    Ok((size, hashing.0.finish()))
}

/// Hashes what is written to it.
struct Hashing(Hasher);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_stream_arrives_and_is_counted() {
        let content = vec![7; PIECE + 1];
        let (mut copied, mut counted) = (Vec::new(), 0);
        let total = copy(&mut content.as_slice(), &mut copied, |bytes| counted += bytes).unwrap();
        assert_eq!((copied.len(), total, counted), (PIECE + 1, PIECE as u64 + 1, PIECE + 1));
        assert_eq!(hash(&mut content.as_slice(), |_| ()).unwrap(), (total, Digest::of(&content)));
    }
}
