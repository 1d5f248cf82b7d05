//! Other registries of the site, which get what is pushed to this one. A push is marked for each of them before it counts here,
//! and acknowledged when they have it, or when one of them does not answer: the mark then stays on the disk, and the peer gets
//! what it lacks when it is back. What a peer brings is never handed on, so nothing goes round.

mod marks;

pub(crate) use marks::Mark;

use crate::access_log::AccessLog;
use crate::configuration::{self, Configuration};
use crate::counters::family;
use crate::error::{Error, Result};
use crate::repository::NAMELESS;
use crate::upstreams::password;
use crate::upstreams::pattern::Address;
use axum::http::HeaderName;
use futures_util::future::join_all;
use marks::Marks;
use sealer_image::remote::{Client, Login, Options};
use sealer_image::{RemoteError, Store};
use sealer_model::Reference;
use sealer_model::causes::chain;
use sealer_model::event::Listener;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// Names the peers that lack what was pushed.
pub(crate) const LACKING: HeaderName = HeaderName::from_static("sealer-still-copying-to");

/// How long a push waits for a peer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks at what is still marked.
const LOOK: Duration = Duration::from_secs(2);

/// All peers.
#[derive(Debug)]
pub(crate) struct Peers {
    all: Vec<Peer>,
    store: Store,
    /// The domain of repositories that nobody gave one.
    own: String,
    log: AccessLog,
}

#[derive(Debug)]
struct Peer {
    host: String,
    client: Client,
    marks: Marks,
    /// One copy at a time, so that of two pushes to one tag the later is also the later there.
    turn: Mutex<()>,
    /// It did not take the last copy; pushes do not wait for it.
    away: AtomicBool,
    copied: AtomicU64,
}

/// Why a peer has not got something.
struct Failure {
    message: String,
    /// It takes nothing else now, either.
    away: bool,
}

impl Failure {
    fn away(message: String) -> Self {
        Self { message, away: true }
    }

    fn of_one(message: String) -> Self {
        Self { message, away: false }
    }

    /// One image that a peer does not take must not keep the others from it.
    fn of(error: &sealer_image::Error) -> Self {
        let away = matches!(
            error,
            sealer_image::Error::Remote(
                RemoteError::Connection { .. }
                    | RemoteError::Silent { .. }
                    | RemoteError::Status { status: 429 | 500..=599, .. }
            )
        );
        Self { message: chain(error), away }
    }
}

impl Peers {
    /// Reads what the configuration names. Blocks on the disk.
    pub(crate) fn new(store: &Store, configuration: &Configuration, log: AccessLog) -> Result<Self> {
        let all = configuration.peers.iter().map(|it| Peer::new(store, it)).collect::<Result<_>>()?;
        let own = configuration.domain.clone().unwrap_or_else(|| NAMELESS.to_owned());
        Ok(Self { all, store: store.clone(), own, log })
    }

    /// Notes durably that all peers lack what a name leads to. Blocks on the disk.
    pub(crate) fn mark(&self, name: &Reference) -> sealer_image::Result<Vec<Mark>> {
        self.all.iter().map(|peer| peer.marks.add(name)).collect()
    }

    /// What was marked has its name now and may be copied.
    pub(crate) fn release(&self, marks: &[Mark]) {
        self.all.iter().zip(marks).for_each(|(peer, mark)| peer.marks.release(mark));
    }

    /// Copies what was marked, one mark a peer; returns who lacks it still.
    pub(crate) async fn copy(&self, marks: Vec<Mark>) -> Vec<&str> {
        let copies = self.all.iter().zip(marks).map(|(peer, mark)| async move {
            let there = !peer.away.load(Relaxed) && self.copy_to(peer, &mark, PATIENCE).await;
            (!there).then_some(peer.host.as_str())
        });
        join_all(copies).await.into_iter().flatten().collect()
    }

    /// Brings peers what they lack, for as long as the registry runs.
    pub(crate) async fn heal(&self) {
        join_all(self.all.iter().map(|peer| self.heal_one(peer))).await;
        std::future::pending::<()>().await;
    }

    async fn heal_one(&self, peer: &Peer) {
        loop {
            for mark in peer.marks.all() {
                if !self.copy_to(peer, &mark, Duration::MAX).await && peer.away.load(Relaxed) {
                    break;
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Whether the peer has now what a mark is about.
    async fn copy_to(&self, peer: &Peer, mark: &Mark, patience: Duration) -> bool {
        let copied = timeout(patience, self.send(peer, mark)).await;
        let failure = match copied {
            Ok(Ok(())) => None,
            Ok(Err(failure)) => Some(failure),
            Err(_late) => Some(Failure::away(format!("it took longer than {} s", patience.as_secs()))),
        };
        let was_away = peer.away.swap(failure.as_ref().is_some_and(|it| it.away), Relaxed);
        match failure {
            // Once when it is pushed, or when the peer goes; not at every look.
            Some(Failure { message, away }) if !was_away && (away || patience == PATIENCE) => {
                self.log.remark("peer-lacks", None, &format!("{} lacks {}: {message}", peer.host, mark.name));
            }
            None if was_away => self.log.remark("peer-back", None, &format!("{} takes copies again", peer.host)),
            _ => {}
        }
        !peer.marks.holds(mark)
    }

    async fn send(&self, peer: &Peer, mark: &Mark) -> std::result::Result<(), Failure> {
        let _turn = peer.turn.lock().await;
        if !peer.marks.holds(mark) {
            return Ok(());
        }
        let there = name_there(&mark.name, &self.own, &peer.host).map_err(Failure::of_one)?;
        let pushed = sealer_image::push(&self.store, &peer.client, &mark.name, &there, &Listener::deaf()).await;
        match pushed {
            // It was deleted meanwhile, or the push ended between mark and name.
            Err(sealer_image::Error::NoImage { .. }) => {}
            Err(error) => return Err(Failure::of(&error)),
            Ok(_) => _ = peer.copied.fetch_add(1, Relaxed),
        }
        peer.marks.remove(mark).map_err(|error| Failure::of(&error))
    }

    /// What is still to be copied, and what was, by peer.
    pub(crate) fn metrics(&self, text: &mut String) {
        let by = |value: fn(&Peer) -> u64| {
            let sample = |peer: &Peer| (format!("{{peer=\"{}\"}}", peer.host), value(peer).to_string());
            self.all.iter().map(sample).collect::<Vec<_>>()
        };
        if !self.all.is_empty() {
            let pending = by(|peer| peer.marks.count() as u64);
            family(text, "peer_pending", "gauge", "Pushes that a peer lacks still.", &pending);
            let copied = by(|peer| peer.copied.load(Relaxed));
            family(text, "peer_copied_total", "counter", "Pushes copied to a peer.", &copied);
        }
    }
}

impl Peer {
    fn new(store: &Store, peer: &configuration::Peer) -> Result<Self> {
        let address = Address::of(&peer.url).map_err(|reason| Error::Settings { reason })?;
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
        Ok(Self {
            client: Client::new(options).map_err(Error::Peer)?,
            marks: Marks::open(&store.root().join("peers").join(&address.host))?,
            host: address.host,
            turn: Mutex::default(),
            away: AtomicBool::default(),
            copied: AtomicU64::default(),
        })
    }
}

/// A name at a peer: with its domain in the path, unless nobody gave it one.
fn name_there(name: &Reference, own: &str, host: &str) -> std::result::Result<Reference, String> {
    let full = name.to_string();
    let rest = full.strip_prefix(own).and_then(|rest| rest.strip_prefix('/')).unwrap_or(&full);
    format!("{host}/{rest}").parse().map_err(|error| format!("it cannot be named there: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_domain_unless_it_is_the_registrys_own() {
        for (name, there) in [
            ("sea.hub:5000/a/web:v1", "10.0.0.2:5000/a/web:v1"),
            ("quay.io/a/web:v1", "10.0.0.2:5000/quay.io/a/web:v1"),
            ("docker.io/library/web:v1", "10.0.0.2:5000/docker.io/library/web:v1"),
        ] {
            let found = name_there(&name.parse().unwrap(), "sea.hub:5000", "10.0.0.2:5000").unwrap();
            assert_eq!(found.to_string(), there);
        }
    }
}
