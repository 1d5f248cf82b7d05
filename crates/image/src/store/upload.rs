//! Blobs whose digest is told last, by senders that may take long, go away, and come back, even after this process has died.
//! What has arrived lies in a file of the upload's own, with a note beside it that says what the upload is for; whoever goes on
//! with it hashes again what is there. The kernel's lock on the file tells an upload that somebody works on from one that was
//! left behind.

use super::durable::{LARGE, sync_if_large};
use super::{Store, readable};
use crate::error::{Error, Result, at};
use rustix::fs::{FlockOperation, flock};
use sealer_model::Digest;
use sealer_model::digest::Hasher;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What the names of uploads' files begin with.
pub(super) const PREFIX: &str = "upload-";

/// What the names of the notes beside them end with.
const NOTE: &str = ".note";

const PIECE: usize = 256 * 1024;

/// A blob on its way in. It keeps no garbage collector away, so nothing that was in the store when it began need be there when it
/// ends. Dropping it leaves its file, for [`Store::uploads_left_behind`] or [`Store::forget_upload`].
pub struct Upload {
    store: Store,
    path: PathBuf,
    file: File,
    size: u64,
    hasher: Hasher,
    /// Bytes that the hasher has seen; fewer than there are after somebody else's death.
    hashed: u64,
    /// Bytes that are not yet known to be on the disk.
    unsettled: u64,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Upload").field("path", &self.path).field("size", &self.size).finish_non_exhaustive()
    }
}

/// An upload that nobody works on.
#[derive(Debug)]
pub struct LeftBehind {
    /// The name that it was begun with.
    pub id: String,
    /// What was noted about it.
    pub note: String,
    /// When the last byte came.
    pub touched: SystemTime,
    /// To go on with.
    pub upload: Upload,
}

impl Store {
    /// Begins an upload under a name that no other one has. Only with a note is it found again after this process has ended.
    ///
    /// # Errors
    /// When its files cannot be made.
    pub fn begin_upload(&self, id: &str, note: Option<&str>) -> Result<Upload> {
        let path = self.upload_path(id);
        let begin = || {
            let file = OpenOptions::new().read(true).append(true).create_new(true).open(&path)?;
            flock(&file, FlockOperation::NonBlockingLockExclusive)?;
            note.map_or(Ok(()), |note| fs::write(note_path(&path), note))?;
            Ok(file)
        };
        let file = begin().map_err(at(&path))?;
        Ok(Upload { store: self.clone(), path, file, size: 0, hasher: Hasher::default(), hashed: 0, unsettled: 0 })
    }

    /// The uploads of processes that have ended. Files without a note are removed: nobody would ask for them.
    ///
    /// # Errors
    /// When the store cannot be read, or a file cannot be removed.
    pub fn uploads_left_behind(&self) -> Result<Vec<LeftBehind>> {
        let folder = self.ingest();
        let mut found = Vec::new();
        for entry in fs::read_dir(&folder).map_err(at(&folder))? {
            let entry = entry.map_err(at(&folder))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(id) = name.strip_prefix(PREFIX) else {
                continue;
            };
            if let Some(id) = id.strip_suffix(NOTE) {
                self.forget_note_alone(id)?;
                continue;
            }
            let Some(upload) = self.take_up(&entry.path()).map_err(at(&entry.path()))? else {
                continue;
            };
            match fs::read_to_string(note_path(&upload.path)) {
                Ok(note) => {
                    let touched = entry.metadata().and_then(|metadata| metadata.modified());
                    let touched = touched.map_err(at(&upload.path))?;
                    found.push(LeftBehind { id: id.to_owned(), note, touched, upload });
                }
                Err(_unusable) => self.forget_upload(id)?,
            }
        }
        Ok(found)
    }

    /// Removes what has arrived of an upload, and its note. One that has become a blob has only the note left.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn forget_upload(&self, id: &str) -> Result<()> {
        let path = self.upload_path(id);
        for path in [note_path(&path), path] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&path)(error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// A process that died after its upload had become a blob left only the note.
    fn forget_note_alone(&self, id: &str) -> Result<()> {
        if self.upload_path(id).exists() { Ok(()) } else { self.forget_upload(id) }
    }

    /// `None` when somebody works on it, or it is gone.
    fn take_up(&self, path: &Path) -> io::Result<Option<Upload>> {
        let file = match OpenOptions::new().read(true).append(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
            taken => taken?,
        }
        let size = file.metadata()?.len();
        let (store, path, hasher) = (self.clone(), path.to_owned(), Hasher::default());
        Ok(Some(Upload { store, path, file, size, hasher, hashed: 0, unsettled: size }))
    }

    fn upload_path(&self, id: &str) -> PathBuf {
        self.ingest().join(format!("{PREFIX}{id}"))
    }
}

fn note_path(upload: &Path) -> PathBuf {
    let mut path = upload.as_os_str().to_owned();
    path.push(NOTE);
    path.into()
}

impl Upload {
    /// Bytes that have arrived.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// To be called before a sender is told how far it has come: what it need not send again is on the disk, but for less than
    /// a mebibyte, which is not worth the wait.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn settle(&mut self) -> Result<()> {
        if self.unsettled < LARGE {
            return Ok(());
        }
        let settle = || {
            self.file.sync_data()?;
            File::open(note_path(&self.path)).map_or(Ok(()), |note| note.sync_data())?;
            File::open(self.store.ingest())?.sync_all()
        };
        settle().map_err(at(&self.path))?;
        self.unsettled = 0;
        Ok(())
    }

    /// Puts the blob into the store if it has this digest, and says its size.
    ///
    /// # Errors
    /// When the digest is another one, or the file cannot be placed.
    pub fn finish_expecting(mut self, expected: &Digest) -> Result<u64> {
        self.catch_up().map_err(at(&self.path))?;
        let found = self.hasher.clone().finish();
        if found != *expected {
            let what = "content for the store".to_owned();
            return Err(Error::Damaged { what, expected: expected.clone(), found });
        }
        let _lock = self.store.share()?;
        let place = || {
            readable(&self.file)?;
            // Most of it is on the disk, but a large blob has its place only when all of it is.
            sync_if_large(&self.file, if self.unsettled > 0 { self.size } else { 0 })?;
            fs::rename(&self.path, self.store.blob_path(expected))
        };
        place().map_err(at(&self.path))?;
        self.store.wrote();
        Ok(self.size)
    }

    /// Hashes what another process has written.
    fn catch_up(&mut self) -> io::Result<()> {
        if self.hashed == self.size {
            return Ok(());
        }
        let mut piece = vec![0; PIECE];
        while self.hashed < self.size {
            let length = piece.len().min(usize::try_from(self.size - self.hashed).unwrap_or(usize::MAX));
            self.file.read_exact_at(&mut piece[..length], self.hashed)?;
            self.hasher.update(&piece[..length]);
            self.hashed += length as u64;
        }
        Ok(())
    }
}

/// Bytes go to the system at once, so that this process may die at any time without losing one that counts.
impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.catch_up()?;
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        let length = written as u64;
        self.size += length;
        self.hashed += length;
        self.unsettled += length;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        (folder, store)
    }

    fn files(store: &Store) -> usize {
        let entries = fs::read_dir(store.ingest()).unwrap();
        entries.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(PREFIX)).count()
    }

    #[test]
    fn an_upload_goes_on_with_what_another_process_has_written() {
        let (_folder, store) = store();
        let mut upload = store.begin_upload("one", Some("a/web")).unwrap();
        upload.write_all(b"0123").unwrap();
        assert!(store.uploads_left_behind().unwrap().is_empty(), "somebody works on it");
        drop(upload);
        let mut left = store.uploads_left_behind().unwrap();
        let LeftBehind { id, note, mut upload, .. } = left.remove(0);
        assert_eq!((id.as_str(), note.as_str(), upload.size(), left.len()), ("one", "a/web", 4, 0));
        upload.write_all(b"456").unwrap();
        upload.settle().unwrap();
        let digest = Digest::of(b"0123456");
        assert_eq!(upload.finish_expecting(&digest).unwrap(), 7);
        store.forget_upload("one").unwrap();
        assert_eq!((store.blob_size(&digest).unwrap(), files(&store)), (Some(7), 0));
    }

    #[test]
    fn what_nobody_would_ask_for_is_removed() {
        let (_folder, store) = store();
        store.begin_upload("one", None).unwrap().write_all(b"0123").unwrap();
        let digest = Digest::of(b"placed");
        let mut placed = store.begin_upload("two", Some("a/web")).unwrap();
        placed.write_all(b"placed").unwrap();
        placed.finish_expecting(&digest).unwrap();
        assert!(store.uploads_left_behind().unwrap().is_empty());
        assert!(store.contains(&digest));
        assert_eq!(files(&store), 0);
    }

    #[test]
    fn another_digest_is_told_and_nothing_is_placed() {
        let (_folder, store) = store();
        store.begin_upload("one", Some("a/web")).unwrap().write_all(b"0123").unwrap();
        let left = store.uploads_left_behind().unwrap().remove(0);
        let expected = Digest::of(b"else");
        assert!(matches!(left.upload.finish_expecting(&expected), Err(Error::Damaged { .. })));
        assert!(!store.contains(&expected) && !store.contains(&Digest::of(b"0123")));
    }
}
