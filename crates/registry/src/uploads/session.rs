//! The uploads that are under way: how many there may be, who is at work on one, and when an abandoned one is forgotten. Those
//! that a registry before this one left behind, because it was stopped or killed, are under way again.

use crate::configuration::Configuration;
use crate::refusal::Refusal;
use crate::repository::Meanings;
use axum::http::StatusCode;
use sealer_image::{LeftBehind, Store, Upload};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
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
    store: Store,
    id: String,
    repository: String,
    upload: Arc<tokio::sync::Mutex<Option<Upload>>>,
    offset: AtomicU64,
    touched: Mutex<Instant>,
    /// Whether its files go with the last one who holds it; else they stay for the registry after this one.
    over: AtomicBool,
}

/// The right to write to an upload, which is gone once it has ended.
pub(crate) type Held = OwnedMutexGuard<Option<Upload>>;

/// Whether a client will come back to an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lasting {
    /// It is told where to come back to.
    Yes,
    /// Everything comes with one request.
    No,
}

impl Uploads {
    /// Takes up what was left behind, unless nothing may be written. Blocks on the disk.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn new(store: Store, configuration: &Configuration) -> sealer_image::Result<Self> {
        let left = if configuration.read_only { Vec::new() } else { store.uploads_left_behind()? };
        let sessions = left.into_iter().map(|left| Session::again(&store, left));
        Ok(Self {
            sessions: Mutex::new(sessions.map(|session| (session.id.clone(), Arc::new(session))).collect()),
            store,
            most: configuration.limits.uploads,
            largest: configuration.limits.blob_bytes,
            idle: configuration.timeouts.upload(),
            random: RandomState::new(),
            begun: AtomicU64::new(0),
        })
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
    pub(crate) fn begin(&self, repository: String, lasting: Lasting) -> Result<Arc<Session>, Refusal> {
        let id = self.next_id();
        let note = (lasting == Lasting::Yes).then_some(repository.as_str());
        let upload = self.store.begin_upload(&id, note)?;
        let session = Arc::new(Session::new(&self.store, id, repository, upload, Instant::now()));
        self.forget_idle(Instant::now());
        let mut sessions = self.lock();
        if sessions.len() >= self.most {
            session.end();
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

    /// Forgets an upload; its files go with the last one who holds it.
    pub(crate) fn remove(&self, id: &str) {
        if let Some(session) = self.lock().remove(id) {
            session.end();
        }
    }

    /// Forgets the uploads that have rested too long.
    pub(crate) fn forget_idle(&self, now: Instant) {
        let rested = |session: &Session| now.saturating_duration_since(*lock(&session.touched)) >= self.idle;
        let gone = self.lock().extract_if(|_, session| rested(session)).collect::<Vec<_>>();
        gone.iter().for_each(|(_, session)| session.end());
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
    fn new(store: &Store, id: String, repository: String, upload: Upload, touched: Instant) -> Self {
        Self {
            store: store.clone(),
            id,
            repository,
            offset: AtomicU64::new(upload.size()),
            upload: Arc::new(tokio::sync::Mutex::new(Some(upload))),
            touched: Mutex::new(touched),
            over: AtomicBool::new(false),
        }
    }

    /// One that another registry has begun.
    fn again(store: &Store, left: LeftBehind) -> Self {
        let LeftBehind { id, note, touched, upload } = left;
        let rest = SystemTime::now().duration_since(touched).unwrap_or_default();
        // The clock may have begun later than that.
        let touched = Instant::now().checked_sub(rest).unwrap_or_else(Instant::now);
        Self::new(store, id, note, upload, touched)
    }

    fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

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
        let held = self.upload.clone().try_lock_owned();
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

impl Drop for Session {
    fn drop(&mut self) {
        if self.over.load(Ordering::Relaxed) {
            // What cannot be removed now is garbage, and goes with it.
            let _garbage = self.store.forget_upload(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Limits;
    use crate::repository::Naming;

    fn uploads() -> (tempfile::TempDir, Uploads) {
        let folder = tempfile::tempdir().unwrap();
        let uploads = uploads_in(folder.path());
        (folder, uploads)
    }

    fn uploads_in(folder: &std::path::Path) -> Uploads {
        let store = Store::open(folder).unwrap();
        let limits = Limits { uploads: 4, ..Limits::default() };
        Uploads::new(store, &Configuration { limits, ..Configuration::default() }).unwrap()
    }

    fn files(folder: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(folder.join("ingest")).unwrap();
        entries.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("upload-")).count()
    }

    fn meanings(path: &str) -> Meanings {
        Naming::new(None).meanings(None, path, None).unwrap()
    }

    #[test]
    fn an_upload_belongs_to_its_repository() {
        let (_folder, uploads) = uploads();
        let session = uploads.begin("localhost/a/b".to_owned(), Lasting::Yes).unwrap();
        assert!(uploads.find(session.id(), &meanings("a/b")).is_ok());
        assert!(uploads.find(session.id(), &meanings("a/c")).is_err());
    }

    #[test]
    fn one_request_at_a_time_writes() {
        let (_folder, uploads) = uploads();
        let session = uploads.begin("localhost/a/b".to_owned(), Lasting::Yes).unwrap();
        let held = session.hold().unwrap();
        assert!(session.hold().is_err());
        drop(held);
        assert!(session.hold().is_ok());
    }

    #[test]
    fn an_abandoned_upload_is_forgotten_with_its_file() {
        let (folder, uploads) = uploads();
        let id = uploads.begin("localhost/a/b".to_owned(), Lasting::Yes).unwrap().id().to_owned();
        uploads.forget_idle(Instant::now() + uploads.idle / 2);
        assert!(uploads.find(&id, &meanings("a/b")).is_ok());
        assert_eq!(files(folder.path()), 2, "the bytes and the note");
        uploads.forget_idle(Instant::now() + uploads.idle * 2);
        assert!(uploads.find(&id, &meanings("a/b")).is_err());
        assert_eq!(files(folder.path()), 0);
    }

    #[test]
    fn an_upload_outlives_the_registry_unless_it_has_rested_too_long() {
        let (folder, uploads) = uploads();
        let id = uploads.begin("localhost/a/b".to_owned(), Lasting::Yes).unwrap().id().to_owned();
        uploads.begin("localhost/a/b".to_owned(), Lasting::No).unwrap();
        drop(uploads);
        let uploads = uploads_in(folder.path());
        assert_eq!(uploads.count(), 1);
        assert!(uploads.find(&id, &meanings("a/b")).is_ok());
        drop(uploads);
        let bytes = std::fs::File::open(folder.path().join(format!("ingest/upload-{id}"))).unwrap();
        bytes.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let uploads = uploads_in(folder.path());
        uploads.forget_idle(Instant::now());
        assert_eq!((uploads.count(), files(folder.path())), (0, 0));
    }

    #[test]
    fn more_uploads_than_the_limit_are_refused() {
        let (folder, uploads) = uploads();
        for _ in 0..4 {
            uploads.begin("localhost/a/b".to_owned(), Lasting::Yes).unwrap();
        }
        assert!(uploads.begin("localhost/a/b".to_owned(), Lasting::Yes).is_err());
        assert_eq!(files(folder.path()), 8, "what was refused leaves nothing");
    }
}
