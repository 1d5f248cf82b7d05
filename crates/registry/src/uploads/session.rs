//! The uploads that are under way: how many there may be, who is at work on one, and when an abandoned one is forgotten.

use crate::configuration::Configuration;
use crate::refusal::Refusal;
use crate::repository::Meanings;
use axum::http::StatusCode;
use sealer_image::{BlobWriter, Store};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OwnedMutexGuard;

/// All uploads that are under way.
#[derive(Debug)]
pub(crate) struct Uploads {
    store: Store,
    /// Uploads at a time; each holds an open file and a buffer.
    most: usize,
    /// Bytes of one.
    largest: u64,
    /// How long one may rest before it is forgotten.
    pub(crate) idle: Duration,
    sessions: Mutex<HashMap<String, Arc<Session>>>,
    random: RandomState,
    begun: AtomicU64,
}

/// One upload.
#[derive(Debug)]
pub(crate) struct Session {
    id: String,
    repository: String,
    writer: Arc<tokio::sync::Mutex<Option<BlobWriter>>>,
    offset: AtomicU64,
    touched: Mutex<Instant>,
}

/// The right to write to an upload; the writer is gone once the upload has ended.
pub(crate) type Held = OwnedMutexGuard<Option<BlobWriter>>;

impl Uploads {
    pub(crate) fn new(store: Store, configuration: &Configuration) -> Self {
        Self {
            store,
            most: configuration.limits.uploads,
            largest: configuration.limits.blob_bytes,
            idle: configuration.timeouts.upload(),
            sessions: Mutex::default(),
            random: RandomState::new(),
            begun: AtomicU64::new(0),
        }
    }

    /// How many are under way.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Checks that an upload does not become too large.
    ///
    /// # Errors
    /// When it does.
    pub(crate) fn check_size(&self, size: u64) -> Result<(), Refusal> {
        if size <= self.largest {
            return Ok(());
        }
        let message = format!("a blob has {} bytes at most", self.largest);
        Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "SIZE_INVALID", message))
    }

    /// Begins an upload. Blocks on the disk. Garbage is collected while it is under way.
    ///
    /// # Errors
    /// When there are too many already, or no file can be made.
    pub(crate) fn begin(&self, repository: String) -> Result<Arc<Session>, Refusal> {
        let writer = self.store.patient_writer()?;
        let session = Arc::new(Session {
            id: self.next_id(),
            repository,
            writer: Arc::new(tokio::sync::Mutex::new(Some(writer))),
            offset: AtomicU64::new(0),
            touched: Mutex::new(Instant::now()),
        });
        self.forget_idle(Instant::now());
        let mut sessions = self.lock();
        if sessions.len() >= self.most {
            let message = format!("{} uploads are under way, which is the limit", self.most);
            return Err(Refusal::too_many(message));
        }
        sessions.insert(session.id.clone(), session.clone());
        Ok(session)
    }

    /// An upload to a repository that a request may mean.
    ///
    /// # Errors
    /// When it is not under way there.
    pub(crate) fn find(&self, id: &str, meanings: &Meanings) -> Result<Arc<Session>, Refusal> {
        let session = self.lock().get(id).cloned();
        let session = session.filter(|session| meanings.all().any(|meaning| meaning.repository == session.repository));
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
        self.lock().retain(|_, session| now.saturating_duration_since(*lock(&session.touched)) < self.idle);
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
    use crate::configuration::Limits;
    use crate::repository::Naming;

    fn uploads() -> (tempfile::TempDir, Uploads) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let configuration =
            Configuration { limits: Limits { uploads: 4, ..Limits::default() }, ..Configuration::default() };
        (folder, Uploads::new(store, &configuration))
    }

    fn meanings(path: &str) -> Meanings {
        Naming::new(None).meanings(None, path, None).unwrap()
    }

    #[test]
    fn an_upload_belongs_to_its_repository() {
        let (_folder, uploads) = uploads();
        let session = uploads.begin("localhost/a/b".to_owned()).unwrap();
        assert!(uploads.find(session.id(), &meanings("a/b")).is_ok());
        assert!(uploads.find(session.id(), &meanings("a/c")).is_err());
    }

    #[test]
    fn one_request_at_a_time_writes() {
        let (_folder, uploads) = uploads();
        let session = uploads.begin("localhost/a/b".to_owned()).unwrap();
        let held = session.hold().unwrap();
        assert!(session.hold().is_err());
        drop(held);
        assert!(session.hold().is_ok());
    }

    #[test]
    fn an_abandoned_upload_is_forgotten_with_its_file() {
        let (folder, uploads) = uploads();
        let id = uploads.begin("localhost/a/b".to_owned()).unwrap().id().to_owned();
        let files = || {
            let entries = std::fs::read_dir(folder.path().join("ingest")).unwrap();
            let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
            let names = entries.map(name);
            let writes = names.filter(|name| name.to_string_lossy().starts_with("write-"));
            writes.count()
        };
        uploads.forget_idle(Instant::now() + uploads.idle / 2);
        assert!(uploads.find(&id, &meanings("a/b")).is_ok());
        assert_eq!(files(), 1);
        uploads.forget_idle(Instant::now() + uploads.idle * 2);
        assert!(uploads.find(&id, &meanings("a/b")).is_err());
        assert_eq!(files(), 0);
    }

    #[test]
    fn more_uploads_than_the_limit_are_refused() {
        let (_folder, uploads) = uploads();
        for _ in 0..4 {
            uploads.begin("localhost/a/b".to_owned()).unwrap();
        }
        assert!(uploads.begin("localhost/a/b".to_owned()).is_err());
    }
}
