//! How bytes are compressed, told by the first of them, and how they are had back. Decoding takes a window of memory that whoever
//! compressed has chosen, so there is a limit; and what unpacks to far more than anything honest does is refused on the way.

use crate::bounds::most;
use std::cell::Cell;
use std::io::{self, BufReader, Cursor, Read};
use std::rc::Rc;

/// A way to compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// RFC 1952, one or several members.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// The `.xz` format.
    Xz,
    /// The `.bz2` format.
    Bzip2,
}

/// The largest window of zstd, as a power of two: 32 MiB is the most that tools for container images ask for, four times what zstd's own highest
/// ordinary level does.
const WINDOW: u32 = 25;

/// Kibibytes that decoding xz may take: what its own highest level takes, a window of 64 MiB and what is around it.
const XZ_MEMORY: u32 = 66 * 1024;

/// The first bytes of everything that is compressed in a way.
const SIGNS: [(&[u8], Compression); 4] = [
    (b"\x1f\x8b", Compression::Gzip),
    (b"\x28\xb5\x2f\xfd", Compression::Zstd),
    (b"\xfd7zXZ\0", Compression::Xz),
    (b"BZh", Compression::Bzip2),
];

/// The longest sign.
const SIGN: u64 = 6;

impl Compression {
    /// How something is compressed that begins with these bytes; six are enough.
    #[must_use]
    pub fn of(start: &[u8]) -> Self {
        let sign = SIGNS.iter().find(|(sign, _)| start.starts_with(sign));
        sign.map_or(Self::None, |(_, compression)| *compression)
    }

    /// What is compressed in `content`.
    ///
    /// # Errors
    /// When there is no memory for the decoder.
    pub fn decoder<'a>(self, content: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
        let content = BufReader::new(content);
        Ok(match self {
            Self::None => Box::new(content),
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(content)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(content)?;
                decoder.window_log_max(WINDOW)?;
                Box::new(Windowed(decoder))
            }
            Self::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(content, true, XZ_MEMORY)),
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(content)),
        })
    }
}

/// The bytes of `content` without its compression, if it has one, which its first bytes tell. They are no more than `bounds::most` allows for
/// what has been read so far.
pub(crate) fn unpacked<'a>(mut content: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut start = Vec::new();
    content.by_ref().take(SIGN).read_to_end(&mut start)?;
    let compression = Compression::of(&start);
    let content = Cursor::new(start).chain(content);
    if compression == Compression::None {
        return Ok(Box::new(content));
    }
    let taken = Rc::new(Cell::new(0));
    let content = compression.decoder(Taking { content, taken: Rc::clone(&taken) })?;
    Ok(Box::new(Giving { content, taken, given: 0 }))
}

/// Says in our words what the decoder says of a window that is too large.
struct Windowed<R>(R);

impl<R: Read> Read for Windowed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| {
            if !error.to_string().contains("too much memory") {
                return error;
            }
            let most = (1_u64 << WINDOW) >> 20;
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "unpacking it takes a zstd window of more than {most} MiB; compress it without --long and --ultra"
                ),
            )
        })
    }
}

/// Counts what is taken from a reader.
struct Taking<R> {
    content: R,
    taken: Rc<Cell<u64>>,
}

impl<R: Read> Read for Taking<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.content.read(buffer)?;
        self.taken.set(self.taken.get() + length as u64);
        Ok(length)
    }
}

/// Holds what was unpacked against what was taken for it.
struct Giving<R> {
    content: R,
    taken: Rc<Cell<u64>>,
    given: u64,
}

impl<R: Read> Read for Giving<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.content.read(buffer)?;
        self.given += length as u64;
        let most = most(self.taken.get());
        if self.given > most {
            let reason = format!("it unpacks to more than {most} bytes, far more than archives of its size do");
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn compression_is_told_by_the_first_bytes() {
        let cases: [(&[u8], Compression); 6] = [
            (b"\x1f\x8b\x08", Compression::Gzip),
            (b"\x28\xb5\x2f\xfd", Compression::Zstd),
            (b"\xfd7zXZ\0\0", Compression::Xz),
            (b"BZh9", Compression::Bzip2),
            (b"text", Compression::None),
            (b"", Compression::None),
        ];
        for (start, expected) in cases {
            assert_eq!(Compression::of(start), expected);
        }
    }

    /// Bytes in one zstd frame with a window of this power of two.
    fn zstd(bytes: &[u8], window: u32) -> Vec<u8> {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.set_parameter(zstd::stream::raw::CParameter::WindowLog(window)).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(content: &[u8]) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let read = unpacked(content).and_then(|mut plain| plain.read_to_end(&mut bytes));
        read.map(|_| bytes).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_compressed_is_read_as_it_was_and_what_is_not_is_left_alone() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"some text").unwrap();
        for content in [gzip.finish().unwrap(), zstd(b"some text", WINDOW), b"some text".to_vec()] {
            assert_eq!(read(&content).unwrap(), b"some text");
        }
        assert_eq!((read(b"").unwrap(), read(b"abc").unwrap()), (Vec::new(), b"abc".to_vec()));
    }

    #[test]
    fn a_window_that_takes_much_memory_is_refused() {
        let error = read(&zstd(&[1; 100], WINDOW + 1)).unwrap_err();
        assert!(error.contains("more than 32 MiB"), "{error}");
    }

    #[test]
    fn more_than_anything_honest_unpacks_to_is_refused() {
        let taken = Rc::new(Cell::new(10));
        let mut giving = Giving { content: io::repeat(0), taken, given: most(10) - 5 };
        giving.read_exact(&mut [0; 5]).unwrap();
        assert!(giving.read_exact(&mut [0; 1]).unwrap_err().to_string().contains("far more"));
    }
}
