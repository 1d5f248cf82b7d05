//! Pieces of layers from host to host, as `sealer_model::relay` says who gets what from whom. Every host of a delivery opens a port at which
//! the others, and nobody else, get pieces of what this host is just unpacking: both sides prove with certificates of the cluster's own
//! authority who they are. Nothing can be changed through that port, and it closes when the agent ends.

mod fetch;
mod identity;
mod port;
mod spool;

use crate::error::{Error, Result};
use crate::registry::{Failure, Registry};
use fetch::{Fetching, Resting};
use identity::{serving, visiting};
use sealer_model::Digest;
use sealer_model::agent::{OpenRelay, OpenedRelay, Relayed, Source};
use sealer_model::image::Descriptor;
use spool::Spool;
use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::AsyncRead;
use tokio::sync::{OnceCell, watch};

/// Layers whose last pieces are kept for slower hosts, the present one included.
const KEPT: usize = 2;

/// More of them are kept while all together are no larger, in bytes: hosts are soon many small layers apart.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;

/// This host's part in relaying. Clones are the same.
#[derive(Clone)]
pub(crate) struct Relay(Arc<Inner>);

struct Inner {
    opened: OnceCell<Opened>,
    spools: Mutex<Spools>,
    resting: Arc<Resting>,
    /// Told when there is another spool.
    begun: watch::Sender<()>,
}

struct Opened {
    port: u16,
    client: reqwest::Client,
}

/// Layers in the order in which this host began with them.
#[derive(Default)]
struct Spools {
    kept: VecDeque<Arc<Spool>>,
    /// What was kept and is not any more.
    gone: BTreeSet<Digest>,
}

impl Spools {
    /// A second try at a layer takes the place of the first.
    fn begin(&mut self, spool: Arc<Spool>) {
        self.gone.remove(spool.digest());
        self.kept.retain(|other| other.digest() != spool.digest());
        self.kept.push_back(spool);
        while self.kept.len() > KEPT && self.kept.iter().map(|kept| kept.size()).sum::<u64>() > KEPT_BYTES {
            self.gone.extend(self.kept.pop_front().map(|spool| spool.digest().clone()));
        }
    }

    /// What there is of a layer. Nothing is known of one that this host has not begun with; of one that is gone there is nothing.
    fn of(&self, layer: &Digest) -> Option<Option<Arc<Spool>>> {
        let kept = self.kept.iter().find(|spool| spool.digest() == layer).cloned();
        kept.map(Some).or_else(|| self.gone.contains(layer).then_some(None))
    }
}

impl Default for Relay {
    fn default() -> Self {
        let (opened, spools, begun) = (OnceCell::new(), Mutex::default(), watch::Sender::new(()));
        Self(Arc::new(Inner { opened, spools, resting: Arc::default(), begun }))
    }
}

impl Relay {
    /// Opens the port, once.
    pub(crate) async fn open(&self, request: &OpenRelay) -> Result<OpenedRelay> {
        let open = || async {
            let client = visiting(&request.identity)?;
            let port = port::open(request.address, serving(&request.identity)?, self.clone()).await?;
            Ok::<_, Error>(Opened { port, client })
        };
        let opened = self.0.opened.get_or_try_init(open).await?;
        Ok(OpenedRelay { port: opened.port })
    }

    /// A layer as a stream that nobody has verified yet, in pieces from other hosts and from registries.
    pub(crate) fn layer(
        &self,
        layer: &Descriptor,
        (source, relayed): (&Source, &Relayed),
        folder: &Path,
    ) -> Result<(impl AsyncRead + Unpin + Send + 'static, Failure)> {
        let opened = self.0.opened.get().ok_or_else(|| Error::Request {
            reason: "pieces are to come from other hosts, and this one was not told who it is".to_owned(),
        })?;
        let registries = relayed.registries.iter();
        let registries =
            registries.map(|address| Registry::new(&Source { address: address.clone(), ..source.clone() }));
        let registries = registries.collect::<Result<Vec<_>>>()?;
        let spool = self.begin(Spool::create(folder, layer)?);
        let resting = Arc::clone(&self.0.resting);
        Ok(Fetching::new(spool, relayed, opened.client.clone(), registries, resting)?.stream())
    }

    fn begin(&self, spool: Spool) -> Arc<Spool> {
        let spool = Arc::new(spool);
        self.spools().begin(Arc::clone(&spool));
        self.0.begun.send_replace(());
        spool
    }

    fn spools(&self) -> MutexGuard<'_, Spools> {
        self.0.spools.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The spool of a layer, once this host has begun with it; nothing when it does not keep it any more.
    async fn spool(&self, layer: &Digest) -> Option<Arc<Spool>> {
        let mut begun = self.0.begun.subscribe();
        loop {
            let known = self.spools().of(layer);
            if let Some(spool) = known {
                return spool;
            }
            // the sender is in the same place as the spools and lives as long
            let _changed = begun.changed().await;
        }
    }
}

#[cfg(test)]
mod tests;
