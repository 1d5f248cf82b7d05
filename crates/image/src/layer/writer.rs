//! Writes a layer: entries in, a zstd-compressed blob in the store out, with both digests computed on the way. The same
//! entries in the same order always give the same bytes.

use crate::error::{Result, at};
use crate::store::{BlobWriter, Store};
use sealer_model::Digest;
use sealer_model::digest::Hasher;
use sealer_model::image::{Descriptor, media_type};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// zstd's own default: near gzip's best in size, several times as fast.
const LEVEL: i32 = 3;

/// Where archives keep what file systems have beside permission bits: capabilities of programs, for example.
const EXTENDED_ATTRIBUTE: &str = "SCHILY.xattr.";

/// The longest target that a header has room for; a longer one stands in an entry of its own before it.
const LONGEST_TARGET: usize = 100;

/// A finished layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The compressed blob.
    pub descriptor: Descriptor,
    /// The digest before compression.
    pub diff_id: Digest,
}

/// What an entry has besides its path and content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub user: u64,
    /// Group.
    pub group: u64,
}

/// A layer that is being written. Dropped before it is finished, it leaves nothing behind.
pub struct LayerWriter {
    tar: tar::Builder<Compressor>,
    time: u64,
    place: std::path::PathBuf,
}

/// Hashes what the archive writes, then compresses it into the store.
struct Compressor {
    hasher: Hasher,
    encoder: zstd::stream::write::Encoder<'static, BlobWriter>,
}

impl Write for Compressor {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.encoder.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.encoder.flush()
    }
}

impl LayerWriter {
    /// Begins a layer whose entries all carry the time `time`, in seconds since 1970.
    ///
    /// # Errors
    /// When the store cannot be written to.
    pub fn new(store: &Store, time: u64) -> Result<Self> {
        let place = store.root().to_owned();
        let encoder = zstd::stream::write::Encoder::new(store.writer()?, LEVEL).map_err(at(&place))?;
        let tar = tar::Builder::new(Compressor { hasher: Hasher::default(), encoder });
        Ok(Self { tar, time, place })
    }

    /// Adds a folder.
    ///
    /// # Errors
    /// When the store cannot be written to.
    pub fn directory(&mut self, path: &str, attributes: Attributes) -> Result<()> {
        let mut header = self.header(tar::EntryType::Directory, attributes, 0);
        let written = self.tar.append_data(&mut header, format!("{path}/"), io::empty());
        written.map_err(at(&self.place))
    }

    /// Adds a regular file of exactly `size` bytes.
    ///
    /// # Errors
    /// When the content cannot be read or is shorter, or the store cannot be written to.
    pub fn file(&mut self, path: &str, attributes: Attributes, size: u64, content: impl Read) -> Result<()> {
        let mut header = self.header(tar::EntryType::Regular, attributes, size);
        let mut exact = Exact { content: content.take(size), left: size };
        let written = self.tar.append_data(&mut header, path, &mut exact);
        written.map_err(at(Path::new(path)))
    }

    /// Adds a symbolic link.
    ///
    /// # Errors
    /// When the store cannot be written to.
    pub fn link(&mut self, path: &str, target: &str, attributes: Attributes) -> Result<()> {
        let mut header = self.header(tar::EntryType::Symlink, attributes, 0);
        self.append_link(&mut header, Path::new(path), Path::new(target)).map_err(at(&self.place))
    }

    /// Adds another name of a file that the layer has already.
    ///
    /// # Errors
    /// When the store cannot be written to.
    pub fn hard_link(&mut self, path: &str, target: &str, attributes: Attributes) -> Result<()> {
        let mut header = self.header(tar::EntryType::Link, attributes, 0);
        self.append_link(&mut header, Path::new(path), Path::new(target)).map_err(at(&self.place))
    }

    /// Adds an entry of another layer with everything that it has there, its time included.
    ///
    /// # Errors
    /// When the entry cannot be read or the store cannot be written to.
    pub(crate) fn copy(&mut self, entry: &mut tar::Entry<'_, impl Read>) -> Result<()> {
        let place = self.place.clone();
        self.copy_entry(entry).map_err(at(&place))
    }

    fn copy_entry(&mut self, entry: &mut tar::Entry<'_, impl Read>) -> io::Result<()> {
        let (path, mut header) = (entry.path()?.into_owned(), entry.header().clone());
        let mut attributes = Vec::new();
        for extension in entry.pax_extensions()?.into_iter().flatten() {
            let extension = extension?;
            let key = extension.key().map_err(io::Error::other)?.to_owned();
            // paths are written anew, and sizes are in the header
            if key.starts_with(EXTENDED_ATTRIBUTE) {
                attributes.push((key, extension.value_bytes().to_vec()));
            }
        }
        self.tar.append_pax_extensions(attributes.iter().map(|(key, value)| (key.as_str(), value.as_slice())))?;
        header.set_size(entry.size());
        match entry.link_name()? {
            Some(target) => self.append_link(&mut header, &path, &target),
            None => self.tar.append_data(&mut header, path, entry),
        }
    }

    /// The target of a link is text, and stays as it is; the library would take `//` and `./` out of it.
    fn append_link(&mut self, header: &mut tar::Header, path: &Path, target: &Path) -> io::Result<()> {
        let target = target.as_os_str().as_bytes();
        if target.len() > LONGEST_TARGET {
            let mut long = tar::Header::new_gnu();
            long.set_entry_type(tar::EntryType::GNULongLink);
            long.set_path("././@LongLink")?;
            long.set_mode(0o644);
            long.set_size(target.len() as u64 + 1);
            long.set_cksum();
            self.tar.append(&long, target.chain(&[0][..]))?;
        }
        header.set_link_name_literal(&target[..target.len().min(LONGEST_TARGET)])?;
        self.tar.append_data(header, path, io::empty())
    }

    /// Ends the layer and puts it into the store.
    ///
    /// # Errors
    /// When the store cannot be written to.
    pub fn finish(self) -> Result<Layer> {
        let failed = at(&self.place);
        let finish = || {
            let compressor = self.tar.into_inner()?;
            let diff_id = compressor.hasher.finish();
            Ok((diff_id, compressor.encoder.finish()?))
        };
        let (diff_id, blob) = finish().map_err(failed)?;
        let (digest, size) = blob.finish()?;
        Ok(Layer { descriptor: Descriptor::new(media_type::LAYER_ZSTD, digest, size), diff_id })
    }

    fn header(&self, kind: tar::EntryType, attributes: Attributes, size: u64) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(attributes.mode);
        header.set_uid(attributes.user);
        header.set_gid(attributes.group);
        header.set_mtime(self.time);
        header.set_size(size);
        header
    }
}

/// A file that shrinks while it is read would shift everything after it in the archive.
struct Exact<R> {
    content: io::Take<R>,
    left: u64,
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.content.read(buffer)?;
        self.left -= length as u64;
        if length == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter"));
        }
        Ok(length)
    }
}
