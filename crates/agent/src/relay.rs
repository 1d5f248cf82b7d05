//! Pieces of layers from host to host, as `sealer_model::relay` says who gets what from whom. Every host of a delivery opens a port at which
//! the others, and nobody else, get pieces of what this host is just unpacking: both sides prove with certificates of the cluster's own
//! authority who they are. Nothing can be changed through that port, and it closes when the agent ends.

mod fetch;
mod identity;
mod port;
mod spool;

use crate::error::{Error, Result};
use crate::registry::{Failure, Registry};
use fetch::Fetching;
use identity::{serving, visiting};
use sealer_model::Digest;
use sealer_model::agent::{OpenRelay, OpenedRelay, Relayed, Source};
use sealer_model::image::Descriptor;
use spool::Spool;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncRead;
use tokio::sync::{OnceCell, watch};

/// Layers whose last pieces are kept for slower hosts, the present one included.
const KEPT: usize = 2;

/// This host's part in relaying. Clones are the same.
#[derive(Clone)]
pub(crate) struct Relay(Arc<Inner>);

struct Inner {
    opened: OnceCell<Opened>,
    spools: Mutex<VecDeque<Arc<Spool>>>,
    /// Told when there is another spool.
    begun: watch::Sender<()>,
}

struct Opened {
    port: u16,
    client: reqwest::Client,
}

impl Default for Relay {
    fn default() -> Self {
        let (opened, spools, begun) = (OnceCell::new(), Mutex::default(), watch::Sender::new(()));
        Self(Arc::new(Inner { opened, spools, begun }))
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
        Ok(Fetching::new(spool, relayed, opened.client.clone(), registries)?.stream())
    }

    fn begin(&self, spool: Spool) -> Arc<Spool> {
        let spool = Arc::new(spool);
        let mut spools = self.0.spools.lock().unwrap_or_else(PoisonError::into_inner);
        // a second try at a layer takes the place of the first
        spools.retain(|other| other.digest() != spool.digest());
        spools.push_back(Arc::clone(&spool));
        if spools.len() > KEPT {
            spools.pop_front();
        }
        drop(spools);
        self.0.begun.send_replace(());
        spool
    }

    fn present(&self, layer: &Digest) -> Option<Arc<Spool>> {
        let spools = self.0.spools.lock().unwrap_or_else(PoisonError::into_inner);
        spools.iter().find(|spool| spool.digest() == layer).cloned()
    }

    /// The spool of a layer, when this host has begun with it.
    async fn spool(&self, layer: &Digest) -> Arc<Spool> {
        let mut begun = self.0.begun.subscribe();
        loop {
            if let Some(spool) = self.present(layer) {
                return spool;
            }
            // the sender is in the same place as the spools and lives as long
            let _changed = begun.changed().await;
        }
    }
}

#[cfg(test)]
mod tests;
