//! Whether a file is an archive, compressed or not: its first bytes tell.

use super::bound::{self, Bounded};
use crate::error::Error;
use sealer_image::compression::Compression;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

/// Bytes of the blocks that archives are made of.
const BLOCK: usize = 512;

/// The archive in a file, decompressed; nothing if the file is none.
pub(super) fn plain(path: &Path) -> Result<Option<Bounded<Box<dyn Read>>>, Error> {
    let failed = |source| Error::read(path, source);
    let mut file = File::open(path).map_err(failed)?;
    let compression = Compression::of(&start(&mut file).map_err(failed)?);
    let unpack = |source| Error::Unpack { path: path.to_owned(), source };
    let open = |mut file: File| {
        file.rewind()?;
        compression.decoder(file)
    };
    let again = file.try_clone().map_err(failed)?;
    let first = open(file).and_then(|mut plain| start(&mut plain)).map_err(unpack)?;
    if !is_header(&first) {
        return Ok(None);
    }
    let most = bound::most(again.metadata().map_err(failed)?.len());
    let plain = open(again).map_err(unpack)?;
    Ok(Some(Bounded::new(plain, most)))
}

/// The first block, or what there is of it.
fn start(content: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(BLOCK);
    content.take(BLOCK as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// Whether a block begins an entry of a tar archive: its checksum, the one thing that all kinds of tar share, is right.
fn is_header(block: &[u8]) -> bool {
    const CHECKSUM: std::ops::Range<usize> = 148..156;
    let Some(written) = block.get(CHECKSUM).filter(|_| block.len() == BLOCK) else {
        return false;
    };
    let written = String::from_utf8_lossy(written);
    let written = u32::from_str_radix(written.trim_matches(['\0', ' ']), 8);
    let byte = |(place, byte): (usize, &u8)| u32::from(if CHECKSUM.contains(&place) { b' ' } else { *byte });
    written == Ok(block.iter().enumerate().map(byte).sum::<u32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_known_by_its_checksum() {
        let mut header = tar::Header::new_gnu();
        header.set_path("a").unwrap();
        header.set_size(1);
        header.set_cksum();
        assert!(is_header(header.as_bytes()));
        let mut damaged = header.as_bytes().to_vec();
        damaged[0] = b'b';
        assert!(!is_header(&damaged));
        assert!(!is_header(&header.as_bytes()[..511]) && !is_header(&[0; BLOCK]) && !is_header(b""));
    }
}
