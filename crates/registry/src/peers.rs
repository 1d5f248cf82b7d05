//! Other registries of the site, which get what is pushed to this one and lose what is deleted here. A change is marked for each of
//! them before it counts here, and acknowledged when they have it, or when one of them does not answer: the mark then stays on
//! the disk, and the peer gets what it lacks when it is back. Besides, registries compare their names, so that a peer with a new
//! disk gets everything. What a peer brings is never handed on, so nothing goes round.

mod copying;
mod listing;
mod marks;
mod peer;

pub(crate) use listing::Listing;
pub(crate) use marks::Mark;

use crate::configuration::Configuration;
use crate::counters::family;
use crate::error::Result;
use crate::repository::NAMELESS;
use crate::router::Registry;
use axum::http::HeaderName;
use futures_util::future::join_all;
use peer::Peer;
use sealer_image::{RemoteError, Store};
use sealer_model::Reference;
use sealer_model::causes::chain;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// Names the peers that lack what was pushed or deleted.
pub(crate) const LACKING: HeaderName = HeaderName::from_static("sealer-still-copying-to");

/// Where a registry tells others of the site which names it has.
pub(crate) const NAMES: &str = "/sealer/names";

/// The same, asked for by a registry that has just begun: it may have lost its disk, so that others compare at once.
pub(crate) const BEGUN: &str = "/sealer/begun";

/// All peers.
#[derive(Debug)]
pub(crate) struct Peers {
    all: Vec<Peer>,
    /// The domain of repositories that nobody gave one.
    pub(crate) own: String,
}

/// Why a peer has not got something.
struct Failure {
    message: String,
    /// It takes nothing else now, either.
    away: bool,
}

impl Failure {
    fn of_one(message: String) -> Self {
        Self { message, away: false }
    }

    /// One image that a peer does not take must not keep the others from it.
    fn of(error: &sealer_image::Error) -> Self {
        let away = matches!(
            error,
            sealer_image::Error::Remote(
                RemoteError::Connection { .. }
                    | RemoteError::GivenUp { .. }
                    | RemoteError::Silent { .. }
                    | RemoteError::Unauthorized { .. }
                    | RemoteError::Status { status: 429 | 500..=599, .. }
            )
        );
        Self { message: chain(error), away }
    }
}

impl Peers {
    /// Reads what the configuration names. Blocks on the disk.
    pub(crate) fn new(store: &Store, configuration: &Configuration) -> Result<Self> {
        let all = configuration.peers.iter().map(|it| Peer::new(store, it)).collect::<Result<_>>()?;
        let own = configuration.domain.clone().unwrap_or_else(|| NAMELESS.to_owned());
        Ok(Self { all, own })
    }

    /// Reads the peers' files again. Blocks on the disk.
    pub(crate) fn renew(&self) -> Result<()> {
        self.all.iter().try_for_each(Peer::renew)
    }

    /// Notes durably that all peers lack what a name leads to, or that it is gone. Blocks on the disk.
    pub(crate) fn mark(&self, name: &Reference) -> sealer_image::Result<Vec<Mark>> {
        self.all.iter().map(|peer| peer.marks.add(name)).collect()
    }

    /// What was marked is done here and may be copied.
    pub(crate) fn release(&self, marks: &[Mark]) {
        self.all.iter().zip(marks).for_each(|(peer, mark)| peer.release(mark));
    }

    /// Waits until all peers have what was marked, one mark a peer; returns who lacks it still.
    pub(crate) async fn copied(&self, marks: &[Mark]) -> Vec<&str> {
        let waits = self.all.iter().zip(marks).map(async |(peer, mark)| {
            let there = peer.has(mark).await;
            (!there).then_some(peer.host.as_str())
        });
        join_all(waits).await.into_iter().flatten().collect()
    }

    /// Brings peers what they lack, for as long as the registry runs.
    pub(crate) async fn work(&self, registry: &Arc<Registry>) {
        join_all(self.all.iter().map(|peer| peer.work(registry))).await;
        std::future::pending::<()>().await;
    }

    /// Has lists of names compared now.
    pub(crate) fn compare(&self) {
        self.all.iter().for_each(Peer::compare_now);
    }

    /// What is still to be copied, and what was, by peer.
    pub(crate) fn metrics(&self, text: &mut String) {
        let by = |value: fn(&Peer) -> u64| {
            let sample = |peer: &Peer| (format!("{{peer=\"{}\"}}", peer.host), value(peer).to_string());
            self.all.iter().map(sample).collect::<Vec<_>>()
        };
        if !self.all.is_empty() {
            family(text, "peer_pending", "gauge", "Changes that a peer lacks still.", &by(Peer::pending));
            let away = by(|peer| u64::from(peer.is_away()));
            family(text, "peer_away", "gauge", "Whether a peer could not be reached.", &away);
            let copied = by(|peer| peer.copied.load(Relaxed));
            family(text, "peer_copied_total", "counter", "Images copied to a peer.", &copied);
        }
    }
}

/// Where a name is at a peer.
#[derive(Debug, PartialEq)]
struct Place {
    name: Reference,
    /// A domain with a port cannot stand in a path.
    namespace: Option<String>,
}

/// A name at a peer: with its domain in the path or beside it, unless nobody gave it one.
fn place_of(name: &Reference, own: &str, host: &str) -> std::result::Result<Place, String> {
    let full = name.to_string();
    let own = full.strip_prefix(own).and_then(|rest| rest.strip_prefix('/'));
    let beside = Some(name.domain()).filter(|domain| own.is_none() && domain.contains(':'));
    let rest = match beside {
        Some(domain) => full.strip_prefix(domain).and_then(|rest| rest.strip_prefix('/')).unwrap_or(&full),
        None => own.unwrap_or(&full),
    };
    let there = format!("{host}/{rest}").parse();
    let name = there.map_err(|error| format!("it cannot be named there: {error}"))?;
    Ok(Place { name, namespace: beside.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_domain_unless_it_is_the_registrys_own() {
        for (name, there, namespace) in [
            ("sea.hub:5000/a/web:v1", "10.0.0.2:5000/a/web:v1", None),
            ("quay.io/a/web:v1", "10.0.0.2:5000/quay.io/a/web:v1", None),
            ("docker.io/library/web:v1", "10.0.0.2:5000/docker.io/library/web:v1", None),
            ("harbor.example:5000/a/web:v1", "10.0.0.2:5000/a/web:v1", Some("harbor.example:5000")),
        ] {
            let found = place_of(&name.parse().unwrap(), "sea.hub:5000", "10.0.0.2:5000").unwrap();
            assert_eq!((found.name.to_string().as_str(), found.namespace.as_deref()), (there, namespace));
        }
    }
}
