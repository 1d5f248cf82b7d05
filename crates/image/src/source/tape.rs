//! A tar archive whose entries can be read in any order, because where each of them lies was noted in one pass over it.

use crate::bounds::Bounds;
use crate::error::{Error, Result, at};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// An archive, mapped.
pub(super) struct Tape {
    path: PathBuf,
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
    /// Notes where the entries are.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let content = io::BufReader::new(File::open(path).map_err(at(path))?);
        // nothing in it is compressed, so its entries are no larger than the file
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
        Ok(Self { path: path.to_owned(), entries })
    }

    /// Opens an entry.
    pub(super) fn read(&self, name: &Path) -> Result<io::Take<File>> {
        let place = match self.entries.get(name) {
            Some(Place::Link(target)) => self.entries.get(target),
            place => place,
        };
        let Some(Place::Bytes { offset, size }) = place else {
            let reason = format!("it has no entry {}", name.display());
            return Err(Error::Archive { path: self.path.clone(), reason });
        };
        let mut file = File::open(&self.path).map_err(at(&self.path))?;
        file.seek(SeekFrom::Start(*offset)).map_err(at(&self.path))?;
        Ok(file.take(*size))
    }
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
