//! Archives that `ADD` unpacks. They are recognised by their content and not by their name, as Docker does it, and read as
//! streams. No name in an archive is ever used on the disk: files wait under numbers until they go into the layer, so that
//! owners and modes are the archive's whoever builds, and nothing can be written outside.

mod bound;
mod entry;
mod packing;

use crate::context::{Found, Kind};
use crate::error::Error;
use bound::{Bounded, exceeded};
use entry::{Meaning, Refused, meaning};
use packing::plain;
use sealer_image::bounds::Bounds;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Unpacks archives into a folder that is removed with it.
#[derive(Debug)]
pub(crate) struct Unpacker {
    folder: TempDir,
    /// How many files are in the folder.
    files: u64,
}

impl Unpacker {
    /// An unpacker with a new folder.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(crate) fn new() -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(|source| Error::write(&std::env::temp_dir(), source))?;
        Ok(Self { folder, files: 0 })
    }

    /// What is in the archive at `path`, sorted by path, with the folder that it is unpacked as in front; nothing if the file
    /// is no archive.
    ///
    /// # Errors
    /// When the archive is damaged, is compressed in a way that is not known, or holds what could do harm.
    pub(crate) fn unpack(&mut self, path: &Path) -> Result<Option<Vec<Found>>, Error> {
        let Some(plain) = plain(path)? else {
            return Ok(None);
        };
        let left = plain.most();
        let mut unpacking = Unpacking { archive: path, unpacker: self, found: BTreeMap::new(), most: left, left };
        unpacking.all(plain)?;
        let root = Found { path: String::new(), kind: Kind::Folder, mode: 0o755, owner: (0, 0) };
        Ok(Some(std::iter::once(root).chain(unpacking.found.into_values()).collect()))
    }

    /// Puts the content of a file into the folder; tells where it is and how long.
    fn keep(&mut self, content: &mut impl Read) -> io::Result<(PathBuf, u64)> {
        let path = self.folder.path().join(self.files.to_string());
        self.files += 1;
        let size = io::copy(content, &mut File::create_new(&path)?)?;
        Ok((path, size))
    }
}

/// One archive that is being read.
struct Unpacking<'a> {
    archive: &'a Path,
    unpacker: &'a mut Unpacker,
    /// What was found so far, by path; of two entries with one path the later counts, as in every archive.
    found: BTreeMap<String, Found>,
    /// Bytes that its files may have together. Holes of sparse files count, which take no room in the archive.
    most: u64,
    /// Bytes of them that are left.
    left: u64,
}

impl Unpacking<'_> {
    fn all(&mut self, plain: Bounded<impl Read>) -> Result<(), Error> {
        // files have a bound of their own below, which comes first and says what to do; this one is for what is none
        let most = plain.most().saturating_mul(2);
        let (mut bounds, plain) = Bounds::of(plain, most);
        let mut archive = tar::Archive::new(plain);
        let mut entries = archive.entries().map_err(|source| self.damaged(source))?;
        while let Some(mut entry) = bounds.next(&mut entries).map_err(|source| self.damaged(source))? {
            self.entry(&mut entry)?;
            io::copy(&mut entry, &mut io::sink()).map_err(|source| self.damaged(source))?;
        }
        // what comes after the last entry is where a compressed stream keeps its checksum
        io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(|source| self.damaged(source))?;
        Ok(())
    }

    fn entry(&mut self, entry: &mut tar::Entry<'_, impl Read>) -> Result<(), Error> {
        let (path, meaning) = meaning(entry).map_err(|refused| self.refused(refused))?;
        let kind = match meaning {
            Meaning::Nothing => return Ok(()),
            Meaning::Folder => Kind::Folder,
            Meaning::Link(target) => Kind::Link { target },
            Meaning::SameAs(target) => return self.again(path, &target),
            Meaning::File => {
                let left = self.left.checked_sub(entry.size());
                self.left = left.ok_or_else(|| self.damaged(exceeded(self.most)))?;
                let kept = self.unpacker.keep(entry);
                let (source, size) = kept.map_err(|source| self.damaged(source))?;
                Kind::File { source, size }
            }
        };
        let (mode, owner) = attributes(entry.header()).map_err(|source| self.damaged(source))?;
        self.found.insert(path.clone(), Found { path, kind, mode, owner });
        Ok(())
    }

    /// Another name for a file that the archive had before. Layers have the content twice, which compresses to little.
    fn again(&mut self, path: String, target: &str) -> Result<(), Error> {
        let Some(first) = self.found.get(target).filter(|first| first.kind != Kind::Folder) else {
            let reason = format!("is a link to {target}, which is no file that the archive has before it");
            return Err(self.refused(Refused { entry: path, reason }));
        };
        let again = Found { path: path.clone(), ..first.clone() };
        self.found.insert(path, again);
        Ok(())
    }

    fn damaged(&self, source: io::Error) -> Error {
        Error::Unpack { path: self.archive.to_owned(), source }
    }

    fn refused(&self, refused: Refused) -> Error {
        let Refused { entry, reason } = refused;
        Error::ArchiveEntry { archive: self.archive.to_owned(), entry, reason }
    }
}

/// Permission bits, and user and group.
fn attributes(header: &tar::Header) -> io::Result<(u32, (u64, u64))> {
    Ok((header.mode()? & 0o7777, (header.uid()?, header.gid()?)))
}

#[cfg(test)]
mod tests;
