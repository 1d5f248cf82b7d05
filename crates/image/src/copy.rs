//! Copies streams in pieces that are large enough for a disk and small enough for a cache, and tells how far it is.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_stream_arrives_and_is_counted() {
        let content = vec![7; PIECE + 1];
        let (mut copied, mut counted) = (Vec::new(), 0);
        let total = copy(&mut content.as_slice(), &mut copied, |bytes| counted += bytes).unwrap();
        assert_eq!((copied.len(), total, counted), (PIECE + 1, PIECE as u64 + 1, PIECE + 1));
    }
}
