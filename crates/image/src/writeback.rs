//! Bytes on their way from the page cache to the disk. Left to itself the kernel begins to write after seconds, and whoever waits for the
//! disk at the end of a large file then waits for all of it. Told early, the disk works while more bytes come.

use rustix::fs::{Advice, fadvise};
use std::fs::File;
use std::num::NonZeroU64;

/// Bytes of a file after which the disk is told: enough for it to work in one go, and a moment's work.
const STEP: u64 = 8 * 1024 * 1024;

/// How much of a file the disk was told of.
#[derive(Debug, Default)]
pub(crate) struct Writeback {
    told: u64,
}

impl Writeback {
    /// To be called when a file, written from its beginning on, has come to `size` bytes. That the kernel would not take the advice is
    /// no failure: it writes later, then.
    pub(crate) fn wrote(&mut self, file: &File, size: u64) {
        let new = size.saturating_sub(self.told);
        if new >= STEP {
            // What is on its way to the disk stays in the cache; only what is on the disk already, which nothing new is, would go.
            let _later = fadvise(file, self.told, NonZeroU64::new(new), Advice::DontNeed);
            self.told = size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_file_is_the_same_whether_the_disk_was_told_or_not() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let (mut writeback, mut size) = (Writeback::default(), 0);
        let piece: Vec<u8> = (0..3_000_000u32).map(|number| (number % 251) as u8).collect();
        for _ in 0..9 {
            file.write_all(&piece).unwrap();
            size += piece.len() as u64;
            writeback.wrote(file.as_file(), size);
        }
        assert_eq!(writeback.told, 27_000_000, "told at 9, 18 and 27 million");
        assert_eq!(std::fs::read(file.path()).unwrap(), piece.repeat(9));
    }
}
