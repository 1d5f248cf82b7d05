//! One other registry of the site, and the work that goes on for it as long as this one runs: what is marked is copied, a few names at a
//! time; both lists of names are compared at the start, when it is back, and now and then. A peer that cannot be reached, and a
//! name that it does not take, are left alone for a while that grows.

use super::Failure;
use super::marks::{Mark, Marks};
use crate::configuration;
use crate::error::{Error, Result};
use crate::router::Registry;
use crate::upstreams::password;
use crate::upstreams::pattern::Address;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use sealer_image::Store;
use sealer_image::remote::{Client, Login, Options};
use sealer_model::Reference;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until, timeout};

/// How long a push waits for a peer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks at what the peer has.
const COMPARE: Duration = Duration::from_secs(60);

/// Names that are copied at a time.
const AT_ONCE: usize = 4;

/// The rest after the first failure; each further one in a row makes it twice as long, up to the longest.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(60);

/// A peer.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) host: String,
    configuration: configuration::Peer,
    pub(super) client: Mutex<Client>,
    pub(super) marks: Marks,
    state: Mutex<State>,
    /// There is something to do.
    wake: Notify,
    /// Something has been done.
    done: watch::Sender<()>,
    pub(super) copied: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    /// It cannot be reached.
    away: Option<Rest>,
    /// It does not take these.
    refused: HashMap<Reference, Rest>,
    /// It lacks these as a comparison has shown, without a mark on the disk: the next comparison would show it again.
    lacking: HashSet<Reference>,
    /// Being copied.
    moving: HashSet<Reference>,
    /// It was heard of, so that a comparison need not wait.
    heard: bool,
    /// A comparison has succeeded before.
    compared: bool,
}

#[derive(Clone, Copy, Debug)]
struct Rest {
    failures: u32,
    until: Instant,
}

impl Rest {
    fn after(before: Option<Self>) -> Self {
        let failures = before.map_or(0, |before| before.failures + 1);
        let rest = FIRST_REST.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST_REST);
        Self { failures, until: Instant::now() + rest }
    }
}

/// Something that was done.
enum Done {
    Copied(Reference, Vec<Mark>, std::result::Result<(), Failure>),
    Compared(std::result::Result<HashSet<Reference>, Failure>),
}

impl Peer {
    /// Reads what the configuration names. Blocks on the disk.
    pub(super) fn new(store: &Store, peer: &configuration::Peer) -> Result<Self> {
        let address = Address::of(&peer.url).map_err(|reason| Error::Settings { reason })?;
        Ok(Self {
            client: Mutex::new(client(peer, &address)?),
            marks: Marks::open(&store.root().join("peers").join(&address.host))?,
            host: address.host,
            configuration: peer.clone(),
            state: Mutex::default(),
            wake: Notify::new(),
            done: watch::Sender::default(),
            copied: AtomicU64::default(),
        })
    }

    /// Reads its files again. Blocks on the disk.
    pub(super) fn renew(&self) -> Result<()> {
        let address = Address::of(&self.configuration.url).map_err(|reason| Error::Settings { reason })?;
        *lock(&self.client) = client(&self.configuration, &address)?;
        Ok(())
    }

    /// What a mark is about is in the store now. A name that was refused before is tried at once.
    pub(super) fn release(&self, mark: &Mark) {
        self.state().refused.remove(&mark.name);
        self.marks.release(mark);
        self.wake.notify_one();
    }

    pub(super) fn compare_now(&self) {
        self.state().heard = true;
        self.wake.notify_one();
    }

    /// Waits until the peer has what a mark is about. False when it takes too long, or is known to be in vain.
    pub(super) async fn has(&self, mark: &Mark) -> bool {
        let mut done = self.done.subscribe();
        let wait = async {
            loop {
                if !self.marks.holds(mark) {
                    return true;
                }
                let in_vain = {
                    let state = self.state();
                    state.away.is_some() || state.refused.contains_key(&mark.name)
                };
                if in_vain || done.changed().await.is_err() {
                    return false;
                }
            }
        };
        timeout(PATIENCE, wait).await.unwrap_or(false)
    }

    /// Names that it lacks, as far as is known.
    pub(super) fn pending(&self) -> u64 {
        let state = self.state();
        let marked: HashSet<Reference> = self.marks.all().into_iter().map(|mark| mark.name).collect();
        (self.marks.count() + state.lacking.difference(&marked).count()) as u64
    }

    pub(super) fn is_away(&self) -> bool {
        self.state().away.is_some()
    }

    /// Brings it what it lacks, for as long as the registry runs.
    pub(super) async fn work(&self, registry: &Arc<Registry>) {
        let mut work: FuturesUnordered<BoxFuture<'_, Done>> = FuturesUnordered::new();
        let (mut compare_at, mut comparing) = (Instant::now(), false);
        loop {
            let now = Instant::now();
            if std::mem::take(&mut self.state().heard) {
                compare_at = now;
            }
            let resting = self.state().away.is_some_and(|rest| rest.until > now);
            if !resting {
                if compare_at <= now && !comparing {
                    comparing = true;
                    work.push(Box::pin(async { Done::Compared(self.compare(registry).await) }));
                }
                for (name, marks) in self.next(now) {
                    work.push(Box::pin(async move {
                        let copied = self.copy(registry, &name).await;
                        Done::Copied(name, marks, copied)
                    }));
                }
            }
            tokio::select! {
                Some(done) = work.next(), if !work.is_empty() => {
                    if matches!(done, Done::Compared(_)) {
                        (comparing, compare_at) = (false, Instant::now() + COMPARE);
                    }
                    if self.end(registry, done) {
                        compare_at = Instant::now();
                    }
                    self.done.send_replace(());
                }
                () = self.wake.notified() => {}
                () = sleep_until(self.wake_at(now, compare_at)) => {}
            }
        }
    }

    /// When there may be something to do that nobody announces.
    fn wake_at(&self, now: Instant, compare_at: Instant) -> Instant {
        let state = self.state();
        if let Some(rest) = state.away.filter(|rest| rest.until > now) {
            return rest.until;
        }
        let rests = state.refused.values().map(|rest| rest.until);
        // What is due already waits for something that is under way.
        rests.chain([compare_at]).filter(|at| *at > now).min().unwrap_or(now + COMPARE)
    }

    /// What is to be copied now, with all marks that a copy of it fulfils. While it is away, one name finds out whether it is back.
    fn next(&self, now: Instant) -> Vec<(Reference, Vec<Mark>)> {
        let mut state = self.state();
        let most = if state.away.is_some() { 1 } else { AT_ONCE };
        let marks = self.marks.all();
        let mut found: Vec<(Reference, Vec<Mark>)> = Vec::new();
        let names = marks.iter().map(|mark| &mark.name).chain(&state.lacking);
        for name in names {
            let known = found.iter().any(|(other, _)| other == name) || state.moving.contains(name);
            let rests = state.refused.get(name).is_some_and(|rest| rest.until > now);
            if !known && !rests && found.len() + state.moving.len() < most {
                let fulfilled = marks.iter().filter(|mark| mark.name == *name).cloned().collect();
                found.push((name.clone(), fulfilled));
            }
        }
        state.moving.extend(found.iter().map(|(name, _)| name.clone()));
        found
    }

    /// Notes what came of something; true when the peer was away and is back.
    fn end(&self, registry: &Arc<Registry>, done: Done) -> bool {
        let (name, ended) = match done {
            Done::Copied(name, marks, copied) => {
                self.state().moving.remove(&name);
                let ended = copied.and_then(|()| self.fulfil(&name, &marks));
                (Some(name), ended)
            }
            Done::Compared(compared) => (None, compared.map(|lacking| self.compared(lacking))),
        };
        let mut state = self.state();
        let log = &registry.books.log;
        match ended {
            Ok(()) => {
                name.and_then(|name| state.refused.remove(&name));
                let back = state.away.take().is_some();
                if back {
                    log.remark("peer-back", None, &format!("{} takes copies again", self.host));
                }
                back
            }
            Err(Failure { message, away }) => {
                let (before, what) = match name.filter(|_| !away) {
                    None => {
                        let rest = Rest::after(state.away);
                        (state.away.replace(rest), "a copy".to_owned())
                    }
                    Some(name) => {
                        let rest = Rest::after(state.refused.get(&name).copied());
                        (state.refused.insert(name.clone(), rest), name.to_string())
                    }
                };
                // Once, not at every try.
                if before.is_none() {
                    log.remark("peer-lacks", None, &format!("{} does not take {what}: {message}", self.host));
                }
                false
            }
        }
    }

    pub(super) fn has_compared(&self) -> bool {
        self.state().compared
    }

    fn compared(&self, lacking: HashSet<Reference>) {
        let mut state = self.state();
        (state.lacking, state.compared) = (lacking, true);
    }

    fn fulfil(&self, name: &Reference, marks: &[Mark]) -> std::result::Result<(), Failure> {
        self.state().lacking.remove(name);
        marks.iter().try_for_each(|mark| self.marks.remove(mark)).map_err(|error| Failure::of(&error))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn client(peer: &configuration::Peer, address: &Address) -> Result<Client> {
    let login = peer.username.as_ref().zip(peer.password_file.as_deref());
    let login = login.map(|(user, file)| Ok(Login { user: user.clone(), password: password(file)? }));
    let insecure = (peer.insecure || address.plain).then(|| address.host.clone());
    let options = Options {
        insecure_hosts: insecure.into_iter().collect(),
        authorities: peer.ca.iter().cloned().collect(),
        login: login.transpose()?,
        copies: true,
        ..Options::default()
    };
    Client::new(options).map_err(Error::Peer)
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
