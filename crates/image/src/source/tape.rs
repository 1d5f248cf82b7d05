//! A tar archive whose entries can be read in any order, because where each of them lies was noted in one pass over it. One that is
//! compressed is unpacked into a file without a name first, beside the blobs that will be made of it.

use crate::bounds::Bounds;
use crate::compression::{Compression, unpacked};
use crate::error::{Error, Result, at};
use crate::store::Store;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An archive, mapped.
pub(super) struct Tape {
    path: PathBuf,
    file: Arc<File>,
    entries: BTreeMap<PathBuf, Place>,
}

enum Place {
    Bytes {
        offset: u64,
        size: u64,
    },
    /// `docker save` stores a layer that two images share once, and links to it.
    Link(PathBuf),
}

impl Tape {
    /// Notes where the entries are. What the archive is unpacked to, if it is compressed, is kept where the store is.
    pub(super) fn open(path: &Path, store: &Store) -> Result<Self> {
        let file = plain_file(File::open(path).map_err(at(path))?, store).map_err(at(path))?;
        let content = io::BufReader::new(file.try_clone().map_err(at(path))?);
        // nothing in it is compressed any more, so its entries are no larger than the file
        let (mut bounds, content) = Bounds::of(content, u64::MAX);
        let mut archive = tar::Archive::new(content);
        let mut found = archive.entries_with_seek().map_err(at(path))?;
        let mut entries = BTreeMap::new();
        while let Some(entry) = bounds.next(&mut found).map_err(at(path))? {
            let name = entry.path().map_err(at(path))?;
            let name = plain(&name);
            let kind = entry.header().entry_type();
            if kind.is_file() {
                let (offset, size) = (entry.raw_file_position(), entry.size());
                entries.insert(name, Place::Bytes { offset, size });
            } else if let (true, Some(target)) = (kind.is_symlink(), entry.link_name().map_err(at(path))?) {
                let folder = name.parent().unwrap_or(Path::new("")).to_owned();
                entries.insert(name, Place::Link(plain(&folder.join(target))));
            }
        }
        Ok(Self { path: path.to_owned(), file: Arc::new(file), entries })
    }

    /// Opens an entry.
    pub(super) fn read(&self, name: &Path) -> Result<io::Take<Stretch>> {
        let place = match self.entries.get(name) {
            Some(Place::Link(target)) => self.entries.get(target),
            place => place,
        };
        let Some(Place::Bytes { offset, size }) = place else {
            let reason = format!("it has no entry {}", name.display());
            return Err(Error::Archive { path: self.path.clone(), reason });
        };
        Ok(Stretch { file: Arc::clone(&self.file), offset: *offset }.take(*size))
    }
}

/// A file from a place on.
pub(super) struct Stretch {
    file: Arc<File>,
    offset: u64,
}

impl Read for Stretch {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read_at(buffer, self.offset)?;
        self.offset += length as u64;
        Ok(length)
    }
}

/// The archive without its compression, which its first bytes tell.
fn plain_file(file: File, store: &Store) -> io::Result<File> {
    let mut start = [0; 6];
    let length = file.read_at(&mut start, 0)?;
    if Compression::of(&start[..length]) == Compression::None {
        return Ok(file);
    }
    let mut plain = tempfile::tempfile_in(store.root())?;
    io::copy(&mut unpacked(file)?, &mut plain)?;
    plain.rewind()?;
    Ok(plain)
}

/// The path without `.` and `..`; names are only compared with other names, never opened as files.
fn plain(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::ParentDir => drop(plain.pop()),
            _ => {}
        }
    }
    plain
}
