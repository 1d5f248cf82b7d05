//! Blobs that arrive in pieces, perhaps over several connections: what has arrived stays under the expected digest, and the
//! blob counts only when the whole of it has that digest.

use super::durable::sync_if_large;
use super::{Store, readable};
use crate::error::{Error, Result, at};
use crate::place::is_at;
use crate::writeback::Writeback;
use rustix::fs::{FlockOperation, flock};
use sealer_model::Digest;
use sealer_model::digest::Hasher;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A blob of which some bytes may be there already. While it is held, nobody else appends to it.
pub struct PartialBlob {
    store: Store,
    expected: Digest,
    path: PathBuf,
    file: File,
    hasher: Hasher,
    offset: u64,
    writeback: Writeback,
    _lock: File,
}

/// What has arrived of a blob that nobody goes on with.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// The blob's digest.
    pub expected: Digest,
    /// Bytes that are there.
    pub bytes: u64,
    /// When the last one came.
    pub touched: SystemTime,
}

/// What the files are called, before the digest.
const PREFIX: &str = "partial-";

const PIECE: usize = 256 * 1024;

impl Store {
    /// How many bytes of a blob have arrived, without waiting for whoever appends to it.
    ///
    /// # Errors
    /// When the file system does not answer.
    pub fn partial_size(&self, expected: &Digest) -> Result<u64> {
        let path = self.partial_path(expected);
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            other => Ok(other.map_err(at(&path))?.len()),
        }
    }

    /// Goes on with a blob, or begins it. What is there already is hashed again.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn partial(&self, expected: &Digest) -> Result<PartialBlob> {
        let lock = self.share()?;
        let path = self.partial_path(expected);
        let mut file = alone(&path).map_err(at(&path))?;
        let mut hasher = Hasher::default();
        let offset = hash(&mut file, &mut hasher).map_err(at(&path))?;
        let (store, expected) = (self.clone(), expected.clone());
        let writeback = Writeback::default();
        Ok(PartialBlob { store, expected, path, file, hasher, offset, writeback, _lock: lock })
    }

    /// What has arrived of blobs that nobody goes on with at the moment, and the bytes of those that somebody does.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn unfinished(&self) -> Result<(Vec<Unfinished>, u64)> {
        let folder = self.ingest();
        let (mut resting, mut moving) = (Vec::new(), 0);
        for entry in fs::read_dir(&folder).map_err(at(&folder))? {
            let entry = entry.map_err(at(&folder))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let digest = name.strip_prefix(PREFIX).and_then(|hex| format!("sha256:{hex}").parse().ok());
            // It may have become a blob meanwhile.
            let (Some(expected), Ok(metadata)) = (digest, entry.metadata()) else { continue };
            match held(&entry.path()) {
                Ok(Some(_lock)) => {
                    let touched = metadata.modified().map_err(at(&entry.path()))?;
                    resting.push(Unfinished { expected, bytes: metadata.len(), touched });
                }
                _ => moving += metadata.len(),
            }
        }
        Ok((resting, moving))
    }

    /// Removes what has arrived of a blob, unless somebody goes on with it.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn forget_unfinished(&self, expected: &Digest) -> Result<bool> {
        let path = self.partial_path(expected);
        let Some(_lock) = held(&path).map_err(at(&path))? else { return Ok(false) };
        fs::remove_file(&path).map(|()| true).map_err(at(&path))
    }

    fn partial_path(&self, expected: &Digest) -> PathBuf {
        self.ingest().join(format!("{PREFIX}{}", expected.hex()))
    }
}

/// The file, locked so that nobody goes on with it. `None` when somebody does, or there is none.
fn held(path: &Path) -> io::Result<Option<File>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        taken => Ok(Some(taken.map(|()| file)?)),
    }
}

/// Opens the file and waits until nobody else appends to it. Whoever did may have put it into its place meanwhile, or removed
/// it; then it is not ours to change, and another one is begun.
fn alone(path: &Path) -> io::Result<File> {
    loop {
        let mut options = OpenOptions::new();
        let file = options.read(true).append(true).create(true).open(path)?;
        flock(&file, FlockOperation::LockExclusive)?;
        if is_at(&file, path)? {
            return Ok(file);
        }
    }
}

fn hash(file: &mut File, hasher: &mut Hasher) -> io::Result<u64> {
    let mut piece = vec![0; PIECE];
    let mut size = 0;
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(size),
            length => {
                hasher.update(&piece[..length]);
                size += length as u64;
            }
        }
    }
}

impl PartialBlob {
    /// Bytes from the start that are there.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Another handle of the file, to read what has arrived while more arrives. It stays readable whatever becomes of the blob;
    /// nothing that is read before [`PartialBlob::finish`] is verified.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn reader(&self) -> Result<File> {
        File::open(&self.path).map_err(at(&self.path))
    }

    /// Forgets what has arrived and begins again.
    ///
    /// # Errors
    /// When the file cannot be cut.
    pub fn restart(&mut self) -> Result<()> {
        self.file.set_len(0).map_err(at(&self.path))?;
        self.hasher = Hasher::default();
        self.writeback = Writeback::default();
        self.offset = 0;
        Ok(())
    }

    /// Puts the blob into the store if it is whole. A blob that is not what it should be is removed.
    ///
    /// # Errors
    /// When the digest is another one, or the file cannot be placed.
    pub fn finish(self) -> Result<u64> {
        let found = self.hasher.clone().finish();
        if found != self.expected {
            fs::remove_file(&self.path).map_err(at(&self.path))?;
            let what = "what arrived".to_owned();
            return Err(Error::Damaged { what, expected: self.expected, found });
        }
        let place = || {
            readable(&self.file)?;
            sync_if_large(&self.file, self.offset)?;
            fs::rename(&self.path, self.store.blob_path(&self.expected))
        };
        place().map_err(at(&self.path))?;
        self.store.wrote();
        Ok(self.offset)
    }
}

impl Write for PartialBlob {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.offset += written as u64;
        self.writeback.wrote(&self.file, self.offset);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
