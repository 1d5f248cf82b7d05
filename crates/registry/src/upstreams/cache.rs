//! What upstreams gave, kept apart from the store: a store of its own in a folder below, so that nothing here can ever take away
//! what a cluster image needs, and every blob of it may go at any time because it can be had again. A note says which digest
//! a name led to, and when that was last asked.

use sealer_image::{Error, Result, Store};
use sealer_model::Digest;
use sealer_model::image::Descriptor;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The folder below the store that holds it.
const FOLDER: &str = "upstreams";

/// The cache of one store. Cheap to clone; all methods block on the disk.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    pub(crate) store: Store,
    notes: PathBuf,
}

/// What a name led to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    /// The full name, with tag or digest.
    pub(crate) name: String,
    /// The manifest or the index.
    pub(crate) descriptor: Descriptor,
    /// When the upstream last said so, in seconds since 1970.
    pub(crate) asked: u64,
}

impl Note {
    pub(crate) fn new(name: &str, descriptor: Descriptor) -> Self {
        Self { name: name.to_owned(), descriptor, asked: seconds(SystemTime::now()) }
    }

    /// Whether the upstream said so less than `age` ago.
    pub(crate) fn is_younger_than(&self, age: Duration) -> bool {
        // A time in the future is no age: the clock was set back.
        seconds(SystemTime::now()).checked_sub(self.asked).is_some_and(|found| found < age.as_secs())
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// One cached blob, or a part of one.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    place: Place,
    pub(crate) bytes: u64,
    used: SystemTime,
}

#[derive(Clone, Debug)]
enum Place {
    Blob(PathBuf),
    /// What has come of a blob that nobody goes on with.
    Unfinished(Digest),
}

/// What making room came to.
#[derive(Debug)]
pub(crate) struct Trimmed {
    pub(crate) going: Vec<Kept>,
    /// Bytes that are still taken.
    pub(super) left: u64,
}

/// The cache's folder below a store.
pub(crate) fn folder(store: &Store) -> PathBuf {
    store.root().join(FOLDER)
}

impl Cache {
    /// The cache of a store, made if need be.
    pub(crate) fn open(store: &Store) -> Result<Self> {
        let folder = folder(store);
        let notes = folder.join("notes");
        fs::create_dir_all(&notes).map_err(at(&notes))?;
        Ok(Self { store: Store::open(&folder)?, notes })
    }

    /// The cache of a store, if it has one.
    pub(crate) fn existing(store: &Store) -> Result<Option<Self>> {
        if folder(store).is_dir() { Self::open(store).map(Some) } else { Ok(None) }
    }

    /// What a name led to, if what it led to is still here. A note that cannot be read is as good as none.
    pub(crate) fn note(&self, name: &str) -> Result<Option<Note>> {
        let path = self.path(name);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(at(&path))?,
        };
        let note: Option<Note> = serde_json::from_slice(&bytes).ok();
        Ok(note.filter(|note| note.name == name && self.store.contains(&note.descriptor.digest)))
    }

    /// The tags of a repository that lead to something here, sorted.
    pub(crate) fn tags(&self, repository: &str) -> Result<Vec<String>> {
        let mut tags = Vec::new();
        for entry in fs::read_dir(&self.notes).map_err(at(&self.notes))? {
            let path = entry.map_err(at(&self.notes))?.path();
            let note: Option<Note> = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let tag = note.and_then(|note| {
                let tag = note.name.strip_prefix(repository)?.strip_prefix(':')?.to_owned();
                self.store.contains(&note.descriptor.digest).then_some(tag)
            });
            tags.extend(tag);
        }
        tags.sort();
        Ok(tags)
    }

    /// Keeps a note, as a whole or not at all.
    pub(crate) fn keep_note(&self, note: &Note) -> Result<()> {
        let path = self.path(&note.name);
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(&self.notes)?;
            file.write_all(&serde_json::to_vec(note)?)?;
            file.persist(&path).map_err(|error| error.error)
        };
        write().map(drop).map_err(at(&path))
    }

    /// Forgets what a name led to.
    pub(crate) fn forget_note(&self, name: &str) -> Result<()> {
        self.forget_note_at(&self.path(name))
    }

    fn forget_note_at(&self, path: &Path) -> Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error)),
            _ => Ok(()),
        }
    }

    /// Opens a blob and notes that it was used; `None` when it is not here.
    pub(crate) fn open_blob(&self, digest: &Digest) -> Result<Option<(File, u64)>> {
        let file = match self.store.open_kept(digest) {
            Err(Error::NoBlob { .. }) => return Ok(None),
            opened => opened?,
        };
        let path = self.store.blob_path(digest);
        let size = file.metadata().map_err(at(&path))?.len();
        Ok(Some((file, size)))
    }

    /// Every blob that is here, and what is here of blobs that nobody goes on with; with the bytes of those that come just now.
    pub(crate) fn kept(&self) -> Result<(Vec<Kept>, u64)> {
        let folder = self.store.root().join("blobs/sha256");
        let mut kept = Vec::new();
        for entry in fs::read_dir(&folder).map_err(at(&folder))? {
            let entry = entry.map_err(at(&folder))?;
            // Another process may have removed it meanwhile.
            if let Ok(metadata) = entry.metadata() {
                let used = metadata.modified().unwrap_or(UNIX_EPOCH);
                kept.push(Kept { place: Place::Blob(entry.path()), bytes: metadata.len(), used });
            }
        }
        let (unfinished, coming) = self.store.unfinished()?;
        kept.extend(unfinished.into_iter().map(|it| Kept {
            place: Place::Unfinished(it.expected),
            bytes: it.bytes,
            used: it.touched,
        }));
        Ok((kept, coming))
    }

    /// Removes what is too much or too old, and notes that lead to nothing.
    pub(crate) fn trim(&self, bytes: u64, unused: Duration) -> Result<Trimmed> {
        self.trim_to(|_| bytes, unused)
    }

    /// As [`Cache::trim`], where how much may stay depends on how much there is.
    pub(super) fn trim_to(&self, most: impl FnOnce(u64) -> u64, unused: Duration) -> Result<Trimmed> {
        let (kept, coming) = self.kept()?;
        let held = kept.iter().fold(coming, |sum, it| sum.saturating_add(it.bytes));
        let going = superfluous(kept, most(held).saturating_sub(coming), unused, SystemTime::now());
        let mut left = held;
        for it in &going {
            self.remove(&it.place)?;
            left = left.saturating_sub(it.bytes);
        }
        self.forget_empty_notes()?;
        Ok(Trimmed { going, left })
    }

    fn remove(&self, place: &Place) -> Result<()> {
        match place {
            Place::Unfinished(expected) => self.store.forget_unfinished(expected).map(drop),
            Place::Blob(path) => match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error)),
                _ => Ok(()),
            },
        }
    }

    /// A note is written after the blob that it leads to, so one that leads to nothing never will again.
    fn forget_empty_notes(&self) -> Result<()> {
        for entry in fs::read_dir(&self.notes).map_err(at(&self.notes))? {
            let path = entry.map_err(at(&self.notes))?.path();
            let note: Option<Note> = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
            if note.is_some_and(|note| !self.store.contains(&note.descriptor.digest)) {
                self.forget_note_at(&path)?;
            }
        }
        Ok(())
    }

    /// Names hold slashes and may be longer than a file's name.
    fn path(&self, name: &str) -> PathBuf {
        self.notes.join(Digest::of(name.as_bytes()).hex())
    }
}

/// What has to go: everything that nobody has used for so long, and of the rest what was used least recently, until no more than
/// `bytes` are left.
pub(crate) fn superfluous(mut kept: Vec<Kept>, bytes: u64, unused: Duration, now: SystemTime) -> Vec<Kept> {
    kept.sort_by_key(|blob| std::cmp::Reverse(blob.used));
    let mut sum: u64 = 0;
    kept.retain(|blob| {
        sum = sum.saturating_add(blob.bytes);
        sum > bytes || now.duration_since(blob.used).is_ok_and(|age| age > unused)
    });
    kept
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> Error + use<'_> {
    move |source| Error::File { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_least_recently_goes_first() {
        let now = SystemTime::now();
        let blob = |name: &str, bytes, age| Kept {
            place: Place::Blob(name.into()),
            bytes,
            used: now - Duration::from_secs(age),
        };
        let all = || vec![blob("old", 10, 300), blob("new", 10, 1), blob("middle", 10, 100)];
        let names = |bytes, unused| {
            let going = superfluous(all(), bytes, Duration::from_secs(unused), now);
            let name = |blob: Kept| match blob.place {
                Place::Blob(path) => path.display().to_string(),
                Place::Unfinished(expected) => expected.to_string(),
            };
            going.into_iter().map(name).collect::<Vec<_>>()
        };
        assert!(names(30, 1000).is_empty());
        assert_eq!(names(29, 1000), ["old"]);
        assert_eq!(names(15, 1000), ["middle", "old"]);
        assert_eq!(names(30, 200), ["old"]);
    }

    #[test]
    fn trimming_never_touches_the_store_itself() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let ours = store.put_document("text/plain", b"installed").unwrap();
        let cache = Cache::open(&store).unwrap();
        let theirs = cache.store.put_document("text/plain", b"cached").unwrap();
        cache.keep_note(&Note::new("a.io/x:1", theirs.clone())).unwrap();
        assert!(cache.note("a.io/x:1").unwrap().unwrap().is_younger_than(Duration::from_secs(60)));
        assert_eq!(cache.trim(0, Duration::MAX).unwrap().going.len(), 1);
        assert!(store.contains(&ours.digest) && !cache.store.contains(&theirs.digest));
        assert_eq!(cache.note("a.io/x:1").unwrap(), None);
    }

    #[test]
    fn what_nobody_goes_on_with_is_counted_and_goes_and_so_do_notes_that_lead_to_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(&Store::open(folder.path()).unwrap()).unwrap();
        let begun = |text: &str| {
            let mut partial = cache.store.partial(&Digest::of(text.as_bytes())).unwrap();
            partial.write_all(b"half").unwrap();
            partial
        };
        drop(begun("given up"));
        let coming = begun("coming");
        let gone = cache.store.put_document("text/plain", b"gone").unwrap();
        cache.keep_note(&Note::new("a.io/x:1", gone)).unwrap();
        let (kept, moving) = cache.kept().unwrap();
        assert_eq!((kept.len(), moving), (2, 4));
        let trimmed = cache.trim(4, Duration::MAX).unwrap();
        assert_eq!((trimmed.going.len(), trimmed.left), (2, 4), "what is on its way takes all the room there is");
        assert_eq!(fs::read_dir(&cache.notes).unwrap().count(), 0);
        assert_eq!(cache.store.partial_size(&Digest::of(b"given up")).unwrap(), 0);
        drop(coming);
        assert_eq!(cache.store.partial_size(&Digest::of(b"coming")).unwrap(), 4);
    }
}
