//! One download of a blob for everybody who wants it. It goes on when those who asked have gone; when its connection breaks, it
//! goes on from where it was, at the next place if need be; and it counts only when its digest is right.

use super::cache::Cache;
use super::following::Following;
use super::host::{LONGEST_PAUSE, Patience, Place, Rests, Trouble};
use super::lanes::Lanes;
use super::room::Room;
use crate::origin::Found;
use axum::body::Body;
use bytes::Bytes;
use sealer_image::remote::{IncomingBlob, Repository, pause};
use sealer_image::{Error, PartialBlob, RemoteError};
use sealer_model::Digest;
use sealer_model::causes::chain;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;

/// Pieces on their way from the network to the disk.
const PIECES: usize = 8;

/// How far a download is.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// Nobody has answered yet.
    Asking,
    /// Bytes come. What is written is not verified.
    Coming { file: Arc<File>, size: u64, written: u64 },
    /// It is in the cache.
    Here,
    /// No upstream has it.
    Absent,
    /// It does not come.
    Failed(Trouble),
}

/// All downloads under way.
#[derive(Debug)]
pub(super) struct Downloads {
    cache: Cache,
    room: Arc<Room>,
    under_way: Arc<Mutex<HashMap<Digest, watch::Receiver<State>>>>,
    lanes: Arc<Lanes>,
    pub(super) done: Arc<AtomicU64>,
    pub(super) failed: Arc<AtomicU64>,
    pub(super) bytes: Arc<AtomicU64>,
}

/// Somebody's view of a download.
pub(super) struct Joined {
    state: watch::Receiver<State>,
    cache: Cache,
    digest: Digest,
}

impl Downloads {
    pub(super) fn new(cache: Cache, room: Arc<Room>) -> Self {
        Self {
            cache,
            room,
            under_way: Arc::default(),
            lanes: Arc::default(),
            done: Arc::default(),
            failed: Arc::default(),
            bytes: Arc::default(),
        }
    }

    /// Joins the download of a blob, or begins it.
    pub(super) fn join(&self, digest: &Digest, places: Vec<Place>, rests: Arc<Rests>) -> Joined {
        let mut under_way = lock(&self.under_way);
        let known = under_way.get(digest).cloned();
        let state = known.unwrap_or_else(|| {
            let (sender, state) = watch::channel(State::Asking);
            under_way.insert(digest.clone(), state.clone());
            let (cache, digest) = (self.cache.clone(), digest.clone());
            let (bytes, done) = (self.bytes.clone(), self.done.clone());
            let arrived = AtomicU64::default();
            self.begin(Download { cache, digest, places, rests, bytes, done, arrived, state: sender });
            state
        });
        Joined { state, cache: self.cache.clone(), digest: digest.clone() }
    }

    fn begin(&self, download: Download) {
        let (under_way, lanes) = (self.under_way.clone(), self.lanes.clone());
        let (failed, room) = (self.failed.clone(), self.room.clone());
        tokio::spawn(async move {
            // Mirrors come first, so the last place is the one that all of an upstream's downloads share.
            let upstream = download.places.last().map_or("", |place| place.name.domain());
            let _lane = lanes.take(upstream).await;
            let end = download.run().await;
            if matches!(end, State::Failed(_)) {
                failed.fetch_add(1, Relaxed);
            }
            // Who comes from now on finds it in the cache, or begins anew.
            lock(&under_way).remove(&download.digest);
            let arrived = download.arrived.load(Relaxed);
            download.state.send_replace(end);
            room.take(arrived);
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Joined {
    /// Waits for its end: whether the blob is in the cache now.
    pub(super) async fn whole(mut self) -> Result<bool, Trouble> {
        let under_way = |state: &State| matches!(state, State::Asking | State::Coming { .. });
        let ended = |_| Trouble::new("the download ended abnormally".to_owned());
        let state = self.state.wait_for(|state| !under_way(state)).await.map_err(ended)?;
        match &*state {
            State::Failed(trouble) => Err(trouble.clone()),
            state => Ok(matches!(state, State::Here)),
        }
    }

    /// The blob, as soon as it begins to come.
    pub(super) async fn open(mut self) -> Result<Opened, Trouble> {
        let ended = |_| Trouble::new("the download ended abnormally".to_owned());
        let state = self.state.wait_for(|state| !matches!(state, State::Asking)).await.map_err(ended)?.clone();
        match state {
            State::Coming { file, size, .. } => {
                let body = Body::new(Following::begin(file, size, self.state));
                Ok(Opened::Found(Found::Coming(size, body)))
            }
            State::Failed(trouble) => Err(trouble),
            State::Absent | State::Asking => Ok(Opened::Absent),
            State::Here => {
                let opened = spawn_blocking(move || self.cache.open_blob(&self.digest)).await;
                match opened.map_err(|error| Trouble::new(error.to_string()))?.map_err(|error| told(&error))? {
                    Some((file, size)) => Ok(Opened::Found(Found::Kept(file, size))),
                    None => Ok(Opened::Evicted),
                }
            }
        }
    }
}

/// What a download came to.
pub(super) enum Opened {
    /// The blob.
    Found(Found),
    /// No upstream has it.
    Absent,
    /// It came, and had to make room again before it was opened.
    Evicted,
}

struct Download {
    cache: Cache,
    digest: Digest,
    places: Vec<Place>,
    rests: Arc<Rests>,
    bytes: Arc<AtomicU64>,
    done: Arc<AtomicU64>,
    /// Bytes that were written.
    arrived: AtomicU64,
    state: watch::Sender<State>,
}

impl Download {
    async fn run(&self) -> State {
        match self.fetch().await {
            Ok(true) => State::Here,
            Ok(false) => State::Absent,
            Err(trouble) => State::Failed(trouble),
        }
    }

    /// Whether an upstream has it; then it is in the cache.
    async fn fetch(&self) -> Result<bool, Trouble> {
        let (store, digest) = (self.cache.store.clone(), self.digest.clone());
        // Whoever looked just before another download ended has found neither the blob nor that download.
        let begin = move || if store.contains(&digest) { Ok(None) } else { store.partial(&digest).map(Some) };
        let Some(mut partial) = disk(begin).await? else {
            return Ok(true);
        };
        let Some((incoming, place)) = self.first(partial.offset()).await? else {
            return Ok(false);
        };
        let length = || Trouble::new(format!("{} does not tell the size of the blob", place.name.domain()));
        let size = incoming.size().ok_or_else(length)?;
        if partial.offset() > size {
            partial = disk(move || partial.restart().map(|()| partial)).await?;
        }
        let file = Arc::new(partial.reader().map_err(|error| told(&error))?);
        let written = partial.offset();
        self.state.send_replace(State::Coming { file, size, written });
        let (sender, pieces) = mpsc::channel(PIECES);
        let state = self.state.clone();
        let writing = spawn_blocking(move || write(partial, pieces, &state));
        let fed = self.feed(incoming, place, written, size, sender).await;
        let partial = writing.await.map_err(|error| Trouble::new(error.to_string()))?;
        let partial = partial.map_err(|error| Trouble::new(format!("the cache cannot be written: {error}")))?;
        fed?;
        disk(move || partial.finish()).await?;
        self.done.fetch_add(1, Relaxed);
        Ok(true)
    }

    /// The first place that has it.
    async fn first(&self, offset: u64) -> Result<Option<(IncomingBlob, &Place)>, Trouble> {
        let mut trouble = None;
        for (place, patience) in Patience::with(&self.places) {
            match self.ask(place, patience, offset).await {
                Ok(Some(incoming)) => return Ok(Some((incoming, place))),
                Ok(None) => {}
                Err(found) => trouble = Some(found),
            }
        }
        trouble.map_or(Ok(None), Err)
    }

    async fn ask(&self, place: &Place, patience: Patience, offset: u64) -> Result<Option<IncomingBlob>, Trouble> {
        let question = |it: Repository| async move { Ok(Some(it.blob_from(&self.digest, offset).await?)) };
        place.ask(&self.rests, patience, question).await
    }

    /// Hands the bytes from `position` on to the disk, over as many connections as it takes. A connection that brought
    /// something before it broke is no reason to give up.
    async fn feed(
        &self,
        mut incoming: IncomingBlob,
        place: &Place,
        mut position: u64,
        size: u64,
        pieces: mpsc::Sender<Bytes>,
    ) -> Result<(), Trouble> {
        let mut tried = 0;
        loop {
            let before = position;
            let Err(error) = self.pass_on(&mut incoming, &mut position, &pieces).await else {
                return Ok(());
            };
            tried = if position > before { 0 } else { tried + 1 };
            let error = Error::from(error);
            let pause = pause(tried, &error, LONGEST_PAUSE).ok_or_else(|| told(&error))?;
            tokio::time::sleep(pause).await;
            let gone = || Trouble::new(format!("{} no longer has the blob", place.name.domain()));
            incoming = self.ask(place, Patience::Some, position).await?.ok_or_else(gone)?;
            if incoming.size() != Some(size) {
                return Err(Trouble::new(format!("{} tells another size than before", place.name.domain())));
            }
        }
    }

    /// One connection. A registry that does not understand ranges begins at 0, and what is here already is passed over.
    async fn pass_on(
        &self,
        incoming: &mut IncomingBlob,
        position: &mut u64,
        pieces: &mpsc::Sender<Bytes>,
    ) -> Result<(), RemoteError> {
        let mut at = incoming.start();
        while let Some(mut piece) = incoming.next().await? {
            self.bytes.fetch_add(piece.len() as u64, Relaxed);
            let length = piece.len() as u64;
            let known = usize::try_from(position.saturating_sub(at)).unwrap_or(usize::MAX).min(piece.len());
            at += length;
            let new = piece.split_off(known);
            if new.is_empty() {
                continue;
            }
            *position += new.len() as u64;
            self.arrived.fetch_add(new.len() as u64, Relaxed);
            // A writer that has given up tells why itself.
            if pieces.send(new).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Writes what comes and says how far it is.
fn write(
    mut partial: PartialBlob,
    mut pieces: mpsc::Receiver<Bytes>,
    state: &watch::Sender<State>,
) -> io::Result<PartialBlob> {
    while let Some(piece) = pieces.blocking_recv() {
        partial.write_all(&piece)?;
        state.send_modify(|state| {
            if let State::Coming { written, .. } = state {
                *written = partial.offset();
            }
        });
    }
    Ok(partial)
}

async fn disk<T: Send + 'static>(
    work: impl FnOnce() -> sealer_image::Result<T> + Send + 'static,
) -> Result<T, Trouble> {
    let done = spawn_blocking(work).await.map_err(|error| Trouble::new(error.to_string()))?;
    done.map_err(|error| told(&error))
}

fn told(error: &Error) -> Trouble {
    Trouble::new(chain(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_log::AccessLog;
    use crate::configuration;
    use sealer_image::Store;

    #[tokio::test]
    async fn what_came_between_looking_and_asking_is_not_fetched_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(&Store::open(folder.path()).unwrap()).unwrap();
        let blob = cache.store.put_document("text/plain", b"here").unwrap();
        let log = AccessLog::open(&configuration::Logging::default(), Arc::default()).unwrap();
        let room = Arc::new(Room::new(cache.clone(), configuration::Cache::default(), log));
        let downloads = Downloads::new(cache, room);
        let opened = async |digest: &Digest| downloads.join(digest, Vec::new(), Arc::default()).open().await.unwrap();
        assert!(matches!(opened(&blob.digest).await, Opened::Found(Found::Kept(_, 4))));
        assert!(matches!(opened(&Digest::of(b"elsewhere")).await, Opened::Absent), "nobody is left to ask");
    }
}
