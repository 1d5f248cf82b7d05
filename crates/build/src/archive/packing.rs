//! How an archive is compressed, and whether a file is one at all: both are told by the first bytes.

use super::bound::{self, Bounded};
use crate::error::Error;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

/// A way to compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    /// Not at all.
    Plain,
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

/// Kibibytes that decoding xz may take: what its own highest level takes, a window of 64 MiB and what is around it.
const MEMORY: u32 = 66 * 1024;

/// The largest window of zstd, as a power of two: 64 MiB, eight times that of its highest ordinary level.
const WINDOW: u32 = 26;

/// Bytes of the blocks that archives are made of.
const BLOCK: usize = 512;

/// The archive in a file, decompressed; nothing if the file is none.
pub(super) fn plain(path: &Path) -> Result<Option<Bounded<Box<dyn Read>>>, Error> {
    let failed = |source| Error::read(path, source);
    let mut file = File::open(path).map_err(failed)?;
    let packing = packing(&start(&mut file).map_err(failed)?);
    let unpack = |source| Error::Unpack { path: path.to_owned(), source };
    let open = |mut file: File| {
        file.rewind()?;
        decoder(file, packing)
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

fn packing(start: &[u8]) -> Packing {
    const SIGNS: [(&[u8], Packing); 4] = [
        (b"\x1f\x8b", Packing::Gzip),
        (b"\x28\xb5\x2f\xfd", Packing::Zstd),
        (b"\xfd7zXZ\0", Packing::Xz),
        (b"BZh", Packing::Bzip2),
    ];
    let sign = SIGNS.iter().find(|(sign, _)| start.starts_with(sign));
    sign.map_or(Packing::Plain, |(_, packing)| *packing)
}

fn decoder(file: File, packing: Packing) -> io::Result<Box<dyn Read>> {
    Ok(match packing {
        Packing::Gzip => Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(file))),
        Packing::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::new(file)?;
            decoder.window_log_max(WINDOW)?;
            Box::new(decoder)
        }
        Packing::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(BufReader::new(file), true, MEMORY)),
        Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(BufReader::new(file))),
        Packing::Plain => Box::new(BufReader::new(file)),
    })
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
    fn compression_is_told_by_the_first_bytes() {
        let cases: [(&[u8], Packing); 6] = [
            (b"\x1f\x8b\x08", Packing::Gzip),
            (b"\x28\xb5\x2f\xfd", Packing::Zstd),
            (b"\xfd7zXZ\0\0", Packing::Xz),
            (b"BZh9", Packing::Bzip2),
            (b"text", Packing::Plain),
            (b"", Packing::Plain),
        ];
        for (start, expected) in cases {
            assert_eq!(packing(start), expected);
        }
    }

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
