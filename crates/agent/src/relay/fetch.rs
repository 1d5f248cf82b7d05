//! The other side: fetches the pieces of one layer, several at a time, each from whom the tree says, and hands them on in order.

use super::spool::Spool;
use crate::error::{Error, Result};
use crate::registry::{Failure, Registry};
use crate::retry;
use bytes::Bytes;
use futures_util::stream;
use reqwest::{Client, StatusCode};
use sealer_model::agent::Relayed;
use sealer_model::relay::{From, Hosts, bytes};
use std::collections::BTreeMap;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::AsyncRead;
use tokio::task::JoinSet;
use tokio_util::io::StreamReader;

/// Pieces that are fetched at the same time.
const PARALLEL_PIECES: usize = 8;

/// How long a host is left alone that did not answer, or had nothing for us in time.
const REST: Duration = Duration::from_secs(30);

/// Until when hosts are left alone, by their address. It outlives layers: a host that is slow with one is slow with the next, and to wait for it
/// again at each costs minutes.
#[derive(Default)]
pub(super) struct Resting(Mutex<BTreeMap<SocketAddr, Instant>>);

impl Resting {
    fn begin(&self, host: SocketAddr) {
        self.hosts().insert(host, Instant::now() + REST);
    }

    fn has(&self, host: SocketAddr) -> bool {
        self.hosts().get(&host).is_some_and(|until| *until > Instant::now())
    }

    fn hosts(&self) -> MutexGuard<'_, BTreeMap<SocketAddr, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One layer on its way.
pub(super) struct Fetching {
    spool: Arc<Spool>,
    hosts: Hosts,
    addresses: Vec<SocketAddr>,
    client: Client,
    registries: Vec<Registry>,
    resting: Arc<Resting>,
}

impl Fetching {
    pub(super) fn new(
        spool: Arc<Spool>,
        relayed: &Relayed,
        client: Client,
        registries: Vec<Registry>,
        resting: Arc<Resting>,
    ) -> Result<Self> {
        let (count, own) = (relayed.hosts.len() as u64, relayed.own);
        if own >= count || registries.is_empty() {
            let reason = format!("host {own} of {count}, with {} registries, cannot relay", registries.len());
            return Err(Error::Request { reason });
        }
        let hosts = Hosts { count, own, registries: registries.len() as u64 };
        Ok(Self { spool, hosts, addresses: relayed.hosts.clone(), client, registries, resting })
    }

    /// The layer in order. Nothing is fetched any more when it is dropped.
    pub(super) fn stream(self) -> (impl AsyncRead + Unpin + Send + 'static, Failure) {
        let fetching = Arc::new(self);
        let mut workers = JoinSet::new();
        for _worker in 0..PARALLEL_PIECES {
            workers.spawn(Arc::clone(&fetching).work());
        }
        let failure = Failure::default();
        let state = (Arc::clone(&fetching.spool), workers, failure.clone());
        let pieces = stream::unfold(state, |(spool, mut workers, failure)| async move {
            let next = tokio::select! {
                next = spool.next() => next,
                error = failed(&mut workers) => Err(error),
            };
            let piece = next.transpose()?.map_err(|error| {
                let broken = io::Error::new(io::ErrorKind::ConnectionReset, error.chain());
                failure.set(error);
                broken
            });
            Some((piece, (spool, workers, failure)))
        });
        (StreamReader::new(Box::pin(pieces)), failure)
    }

    async fn work(self: Arc<Self>) -> Result<()> {
        while let Some(piece) = self.spool.wanted().await {
            let content = self.fetch(piece).await?;
            self.spool.put(piece, content).await?;
        }
        Ok(())
    }

    async fn fetch(&self, piece: u64) -> Result<Bytes> {
        for source in self.hosts.sources(number(&self.spool), piece) {
            match source {
                From::Host(host) => {
                    if let Some(content) = self.ask_host(host, piece).await {
                        return Ok(content);
                    }
                }
                From::Registry(registry) => return self.ask_registry(registry, piece).await,
            }
        }
        Err(Error::Broken(format!("nobody has piece {piece} of {}", self.spool.digest())))
    }

    /// A piece from another host. That it has none is no error: others are asked.
    async fn ask_host(&self, host: u64, piece: u64) -> Option<Bytes> {
        let address = *usize::try_from(host).ok().and_then(|host| self.addresses.get(host))?;
        if self.resting.has(address) {
            return None;
        }
        let url = format!("https://{address}/pieces/{}/{piece}", self.spool.digest());
        let answer = async {
            let response = self.client.get(url).send().await?;
            let status = response.status();
            Ok::<_, reqwest::Error>((status, response.bytes().await?))
        };
        let range = bytes(piece, self.spool.size());
        match answer.await {
            Ok((StatusCode::OK, content)) if content.len() as u64 == range.end - range.start => Some(content),
            Ok((StatusCode::GONE, _)) => None,
            _ => {
                self.resting.begin(address);
                None
            }
        }
    }

    async fn ask_registry(&self, registry: u64, piece: u64) -> Result<Bytes> {
        let last = self.registries.len() - 1;
        let registry = usize::try_from(registry).unwrap_or(last).min(last);
        let range = bytes(piece, self.spool.size());
        retry::patiently(|| self.registries[registry].range(self.spool.digest(), range.clone())).await
    }
}

/// The first failure of a worker; workers that ended well are done.
async fn failed(workers: &mut JoinSet<Result<()>>) -> Error {
    while let Some(ended) = workers.join_next().await {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return error,
            Err(error) => return Error::Broken(error.to_string()),
        }
    }
    pending().await
}

/// A number that differs from layer to layer.
fn number(spool: &Spool) -> u64 {
    spool.digest().hex().get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}
