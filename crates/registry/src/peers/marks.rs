//! What one peer lacks: a file for each push, named by its order, with the pushed name in it. Each push has a mark of its own, so
//! that the end of an earlier copy never takes the mark of a later push to the same tag away.

use crate::error::{Error, Result};
use sealer_model::Reference;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One push that a peer lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    number: u64,
    pub(crate) name: Reference,
}

/// All marks for one peer.
#[derive(Debug)]
pub(super) struct Marks {
    folder: PathBuf,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    marks: BTreeMap<u64, Reference>,
    last: u64,
}

impl Marks {
    /// Reads what an earlier registry left. Blocks on the disk.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let wrong = |source| Error::File { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(wrong)?;
        let mut known = Known::default();
        for entry in fs::read_dir(folder).map_err(wrong)? {
            let path = entry.map_err(wrong)?.path();
            if let Some(number) = path.file_name().and_then(|name| name.to_str()?.parse().ok()) {
                known.last = known.last.max(number);
                known.marks.insert(number, read(&path).map_err(|source| Error::File { path, source })?);
            }
        }
        Ok(Self { folder: folder.to_owned(), known: Mutex::new(known) })
    }

    /// Writes a mark, on the disk when this returns. It is nobody's to work on until it is [released](Self::release).
    pub(super) fn add(&self, name: &Reference) -> sealer_image::Result<Mark> {
        let number = {
            let mut known = self.known();
            known.last += 1;
            known.last
        };
        let path = self.path(number);
        self.write(&path, name).map_err(|source| sealer_image::Error::File { path, source })?;
        Ok(Mark { number, name: name.clone() })
    }

    /// Whole under its name or not there at all, so that what is read at the next start is no half name.
    fn write(&self, path: &Path, name: &Reference) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(name.to_string().as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        File::open(&self.folder)?.sync_all()
    }

    /// What the mark is about is in the store now.
    pub(super) fn release(&self, mark: &Mark) {
        self.known().marks.insert(mark.number, mark.name.clone());
    }

    pub(super) fn remove(&self, mark: &Mark) -> sealer_image::Result<()> {
        let path = self.path(mark.number);
        fs::remove_file(&path).map_err(|source| sealer_image::Error::File { path, source })?;
        self.known().marks.remove(&mark.number);
        Ok(())
    }

    /// In the order of the pushes.
    pub(super) fn all(&self) -> Vec<Mark> {
        self.known().marks.iter().map(|(number, name)| Mark { number: *number, name: name.clone() }).collect()
    }

    pub(super) fn holds(&self, mark: &Mark) -> bool {
        self.known().marks.contains_key(&mark.number)
    }

    pub(super) fn count(&self) -> usize {
        self.known().marks.len()
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(number.to_string())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path) -> io::Result<Reference> {
    fs::read_to_string(path)?.parse().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_outlive_the_registry_and_each_push_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let name: Reference = "quay.io/a/web:v1".parse().unwrap();
        let marks = Marks::open(folder.path()).unwrap();
        let (first, second) = (marks.add(&name).unwrap(), marks.add(&name).unwrap());
        assert_eq!(marks.count(), 0);
        marks.release(&first);
        assert_eq!(marks.all(), std::slice::from_ref(&first));
        marks.remove(&first).unwrap();
        let again = Marks::open(folder.path()).unwrap();
        assert_eq!(again.all(), std::slice::from_ref(&second));
        assert_ne!(again.add(&name).unwrap(), second);
    }
}
