//! The uploads that are under way: how many there may be, who is at work on one, and when an abandoned one is forgotten.

use crate::refusal::Refusal;
use crate::repository::Repository;
use axum::http::StatusCode;
use sealer_image::{BlobWriter, Store};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OwnedMutexGuard;

/// How long an upload may rest before it is forgotten.
pub(crate) const IDLE: Duration = Duration::from_secs(60 * 60);

/// Uploads at a time; each holds an open file and a buffer.
const MOST: usize = 64;

/// All uploads that are under way.
#[derive(Debug)]
pub(crate) struct Uploads {
    store: Store,
    sessions: Mutex<HashMap<String, Arc<Session>>>,
    random: RandomState,
    begun: AtomicU64,
}

/// One upload.
#[derive(Debug)]
pub(crate) struct Session {
    id: String,
    repository: Repository,
    writer: Arc<tokio::sync::Mutex<Option<BlobWriter>>>,
    offset: AtomicU64,
    touched: Mutex<Instant>,
}

/// The right to write to an upload; the writer is gone once the upload has ended.
pub(crate) type Held = OwnedMutexGuard<Option<BlobWriter>>;

impl Uploads {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, sessions: Mutex::default(), random: RandomState::new(), begun: AtomicU64::new(0) }
    }

    /// Begins an upload. Blocks on the disk, and while the store collects garbage.
    ///
    /// # Errors
    /// When there are too many already, or no file can be made.
    pub(crate) fn begin(&self, repository: Repository) -> Result<Arc<Session>, Refusal> {
        let writer = self.store.writer()?;
        let session = Arc::new(Session {
            id: self.next_id(),
            repository,
            writer: Arc::new(tokio::sync::Mutex::new(Some(writer))),
            offset: AtomicU64::new(0),
            touched: Mutex::new(Instant::now()),
        });
        self.forget_idle(Instant::now());
        let mut sessions = self.lock();
        if sessions.len() >= MOST {
            let message = format!("{MOST} uploads are under way, which is the limit");
            let status = StatusCode::TOO_MANY_REQUESTS;
            return Err(Refusal::new(status, "TOOMANYREQUESTS", message));
        }
        sessions.insert(session.id.clone(), session.clone());
        Ok(session)
    }

    /// An upload to a repository.
    ///
    /// # Errors
    /// When it is not under way there.
    pub(crate) fn find(&self, id: &str, repository: &Repository) -> Result<Arc<Session>, Refusal> {
        let session = self.lock().get(id).cloned();
        let session = session.filter(|session| session.repository == *repository);
        let session = session.ok_or_else(|| Refusal::upload_unknown(id))?;
        session.touch();
        Ok(session)
    }

    /// Forgets an upload; its file goes with the last one who holds it.
    pub(crate) fn remove(&self, id: &str) {
        self.lock().remove(id);
    }

    /// Forgets the uploads that have rested too long.
    pub(crate) fn forget_idle(&self, now: Instant) {
        self.lock().retain(|_, session| now.saturating_duration_since(*lock(&session.touched)) < IDLE);
    }

    fn next_id(&self) -> String {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let half = |half: u8| self.random.hash_one((number, half));
        format!("{:016x}{:016x}", half(0), half(1))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Session>>> {
        lock(&self.sessions)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Bytes that have arrived.
    pub(crate) fn offset(&self) -> u64 {
        self.offset.load(Ordering::Relaxed)
    }

    /// Takes the right to write.
    ///
    /// # Errors
    /// When somebody else has it.
    pub(crate) fn hold(&self) -> Result<Held, Refusal> {
        let held = self.writer.clone().try_lock_owned();
        held.map_err(|_| {
            let message = "another request writes to this upload";
            Refusal::new(StatusCode::CONFLICT, "BLOB_UPLOAD_INVALID", message)
        })
    }

    /// Remembers that bytes have arrived.
    pub(super) fn advance_to(&self, offset: u64) {
        self.offset.store(offset, Ordering::Relaxed);
        self.touch();
    }

    fn touch(&self) {
        *lock(&self.touched) = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uploads() -> (tempfile::TempDir, Uploads) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        (folder, Uploads::new(store))
    }

    fn repository(path: &str) -> Repository {
        Repository::of(None, path).unwrap()
    }

    #[test]
    fn an_upload_belongs_to_its_repository() {
        let (_folder, uploads) = uploads();
        let session = uploads.begin(repository("a/b")).unwrap();
        assert!(uploads.find(session.id(), &repository("a/b")).is_ok());
        assert!(uploads.find(session.id(), &repository("a/c")).is_err());
    }

    #[test]
    fn one_request_at_a_time_writes() {
        let (_folder, uploads) = uploads();
        let session = uploads.begin(repository("a/b")).unwrap();
        let held = session.hold().unwrap();
        assert!(session.hold().is_err());
        drop(held);
        assert!(session.hold().is_ok());
    }

    #[test]
    fn an_abandoned_upload_is_forgotten_with_its_file() {
        let (folder, uploads) = uploads();
        let id = uploads.begin(repository("a/b")).unwrap().id().to_owned();
        let files = || {
            let entries = std::fs::read_dir(folder.path().join("ingest")).unwrap();
            let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
            let names = entries.map(name);
            let writes = names.filter(|name| name.to_string_lossy().starts_with("write-"));
            writes.count()
        };
        uploads.forget_idle(Instant::now() + IDLE / 2);
        assert!(uploads.find(&id, &repository("a/b")).is_ok());
        assert_eq!(files(), 1);
        uploads.forget_idle(Instant::now() + IDLE * 2);
        assert!(uploads.find(&id, &repository("a/b")).is_err());
        assert_eq!(files(), 0);
    }

    #[test]
    fn more_uploads_than_the_limit_are_refused() {
        let (_folder, uploads) = uploads();
        for _ in 0..MOST {
            uploads.begin(repository("a/b")).unwrap();
        }
        assert!(uploads.begin(repository("a/b")).is_err());
    }
}
