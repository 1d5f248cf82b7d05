//! How much an archive may ask of a reader. Long names and attributes stand in entries of their own, which the tar library reads
//! into memory however long they are; a few kilobytes, compressed, are enough to take all of it. So what stands before an entry
//! has a limit, as have the entries, their names and, where the archive is compressed, the bytes that it unpacks to. Holes
//! of sparse files count, which take no room in the archive.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::rc::Rc;

/// Bytes that may stand before an entry: its header, long names, attributes. Linux has no path and no attribute near that.
pub const BEFORE_ENTRY: u64 = 1 << 20;
/// Entries of one archive; the largest source trees have a tenth.
pub const ENTRIES: u64 = 1_000_000;
/// Bytes of all names in one archive together: whoever reads it remembers them.
pub const NAMES: u64 = 64 << 20;
/// Bytes that every layer may unpack to, however small it is.
const ALWAYS: u64 = 16 << 30;
/// Bytes for each byte of a layer. Text shrinks to a tenth, seldom to a fiftieth.
const EACH: u64 = 200;

/// The most that a compressed layer of this size may unpack to, in bytes.
#[must_use]
pub fn most(size: u64) -> u64 {
    ALWAYS.saturating_add(size.saturating_mul(EACH))
}

/// What is left of the limits of one archive. It is told by [`Metered`] what is read.
#[derive(Debug)]
pub struct Bounds {
    /// Bytes that may be read before the next entry is there; nothing is counted while the content of one is read.
    before_entry: Rc<Cell<Option<u64>>>,
    most: u64,
    bytes: u64,
    entries: u64,
    names: u64,
}

/// An archive's bytes, counted while what stands before an entry is read.
#[derive(Debug)]
pub struct Metered<R> {
    content: R,
    before_entry: Rc<Cell<Option<u64>>>,
}

impl Bounds {
    /// The limits of an archive whose entries may have `most` bytes together, and its bytes to make the archive of.
    pub fn of<R>(content: R, most: u64) -> (Self, Metered<R>) {
        let before_entry = Rc::new(Cell::new(None));
        let metered = Metered { content, before_entry: Rc::clone(&before_entry) };
        (Self { before_entry, most, bytes: 0, entries: 0, names: 0 }, metered)
    }

    /// The next entry. The one before must have been read to its end, unless the archive is one that can be sought in.
    ///
    /// # Errors
    /// When a limit is exceeded, or the archive is damaged.
    pub fn next<'a, R: Read>(
        &mut self,
        entries: &mut tar::Entries<'a, Metered<R>>,
    ) -> io::Result<Option<tar::Entry<'a, Metered<R>>>> {
        self.before_entry.set(Some(BEFORE_ENTRY));
        let next = entries.next().transpose();
        self.before_entry.set(None);
        let Some(entry) = next? else { return Ok(None) };
        self.count(entry.size(), entry.path_bytes().len() as u64)?;
        Ok(Some(entry))
    }

    fn count(&mut self, size: u64, name: u64) -> io::Result<()> {
        self.entries += 1;
        self.names = self.names.saturating_add(name);
        self.bytes = self.bytes.saturating_add(size);
        if self.entries > ENTRIES {
            return Err(refused(format!("it has more than {ENTRIES} entries")));
        }
        if self.names > NAMES {
            return Err(refused(format!("the names in it have more than {NAMES} bytes")));
        }
        if self.bytes > self.most {
            let most = self.most;
            return Err(refused(format!(
                "it unpacks to more than {most} bytes, far more than archives of its size do"
            )));
        }
        Ok(())
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.content.read(buffer)?;
        if let Some(left) = self.before_entry.get() {
            let left = left.checked_sub(length as u64);
            let exceeded = || refused(format!("an entry has more than {BEFORE_ENTRY} bytes of names and attributes"));
            self.before_entry.set(Some(left.ok_or_else(exceeded)?));
        }
        Ok(length)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.content.seek(to)
    }
}

fn refused(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Shows the entries of an archive, in its order, until `visit` has seen enough. `most` is how many bytes they may have together,
/// and `failed` makes the error of an archive that cannot be read or exceeds a limit.
///
/// # Errors
/// As `failed` and `visit` make them.
pub fn each_entry<R: Read, E>(
    content: R,
    most: u64,
    failed: impl Fn(io::Error) -> E,
    mut visit: impl FnMut(&mut tar::Entry<'_, Metered<R>>) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    let (mut bounds, content) = Bounds::of(content, most);
    let mut archive = tar::Archive::new(content);
    let mut entries = archive.entries().map_err(&failed)?;
    while let Some(mut entry) = bounds.next(&mut entries).map_err(&failed)? {
        if visit(&mut entry)?.is_break() {
            break;
        }
        io::copy(&mut entry, &mut io::sink()).map_err(&failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive that ends in the middle of an entry of this kind, which claims to be endless.
    fn endless(kind: tar::EntryType) -> impl Read {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(1 << 50);
        header.set_path("a").unwrap();
        header.set_cksum();
        io::Cursor::new(header.as_bytes().to_vec()).chain(io::repeat(b'a'))
    }

    fn read(content: impl Read, most: u64) -> Result<u64, String> {
        let mut seen = 0;
        let visit = |_: &mut tar::Entry<'_, _>| {
            seen += 1;
            Ok(ControlFlow::Continue(()))
        };
        each_entry(content, most, |error| error.to_string(), visit).map(|()| seen)
    }

    #[test]
    fn names_and_attributes_without_end_are_not_read_into_memory() {
        use tar::EntryType;
        for kind in [EntryType::GNULongName, EntryType::GNULongLink, EntryType::XHeader] {
            let error = read(endless(kind), u64::MAX).unwrap_err();
            assert!(error.contains("bytes of names and attributes"), "{kind:?}: {error}");
        }
    }

    #[test]
    fn a_long_name_and_attributes_that_are_honest_are_read() {
        let mut archive = tar::Builder::new(Vec::new());
        let attribute = vec![b'x'; 60_000];
        for number in 0..40 {
            let mut header = tar::Header::new_gnu();
            header.set_size(3);
            archive.append_pax_extensions([("SCHILY.xattr.user.a", attribute.as_slice())]).unwrap();
            let name = format!("{}/{number}", "long/".repeat(100));
            archive.append_data(&mut header, name, &b"abc"[..]).unwrap();
        }
        let bytes = archive.into_inner().unwrap();
        assert_eq!(read(bytes.as_slice(), 120), Ok(40));
        assert!(read(bytes.as_slice(), 119).unwrap_err().contains("unpacks to more than 119 bytes"));
    }

    #[test]
    fn holes_count_before_anybody_reads_them() {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::GNUSparse);
        header.set_path("a").unwrap();
        header.set_size(0);
        let gnu = header.as_gnu_mut().unwrap();
        // a hole of a terabyte, and the end of the file behind it
        gnu.realsize.copy_from_slice(b"20000000000\0");
        gnu.sparse[0].offset.copy_from_slice(b"20000000000\0");
        gnu.sparse[0].numbytes.copy_from_slice(b"00000000000\0");
        header.set_cksum();
        let error = read(header.as_bytes().chain(io::repeat(0)), 1 << 20).unwrap_err();
        assert!(error.contains("unpacks to more than"), "{error}");
    }

    #[test]
    fn a_layer_may_unpack_to_what_honest_ones_do() {
        assert_eq!((most(0), most(10), most(u64::MAX)), (ALWAYS, ALWAYS + 2000, u64::MAX));
    }
}
