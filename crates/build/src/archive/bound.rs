//! How much an archive may hold. A few kilobytes can unpack to more than any disk takes; who made such an archive meant harm or made a
//! mistake, and it is told before the disk is full. How many entries there may be, and how long their names, is the same for every archive
//! (`sealer_image::bounds`).

use std::io::{self, Read};

/// Bytes that every archive may hold, however small it is.
const ALWAYS: u64 = 1 << 30;
/// Bytes for each byte of the archive. Text shrinks to a tenth, seldom to a fiftieth.
const EACH: u64 = 100;

/// The most that an archive of this size may hold, in bytes.
pub(super) fn most(size: u64) -> u64 {
    ALWAYS.saturating_add(size.saturating_mul(EACH))
}

/// A reader of no more than so many bytes; more is an error and no end.
pub(super) struct Bounded<R> {
    content: R,
    most: u64,
    left: u64,
}

impl<R> Bounded<R> {
    pub(super) fn new(content: R, most: u64) -> Self {
        Self { content, most, left: most }
    }

    /// The bound, in bytes.
    pub(super) fn most(&self) -> u64 {
        self.most
    }
}

/// The error of an archive that holds more than so many bytes.
pub(super) fn exceeded(most: u64) -> io::Error {
    io::Error::other(format!(
        "it unpacks to more than {most} bytes, far more than archives of its size do; if that is right, unpack it in the context and \
         COPY the files"
    ))
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.content.read(buffer)?;
        self.left = self.left.checked_sub(length as u64).ok_or_else(|| exceeded(self.most))?;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_as_the_bound_is_read_and_not_a_byte_more() {
        let read = |bytes: usize| Bounded::new(&vec![0; bytes][..], 100).read_to_end(&mut Vec::new());
        assert_eq!(read(100).unwrap(), 100);
        assert!(read(101).unwrap_err().to_string().contains("more than 100 bytes"));
        assert_eq!((most(0), most(10), most(u64::MAX)), (ALWAYS, ALWAYS + 1000, u64::MAX));
    }
}
