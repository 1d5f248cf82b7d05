//! The server: connections, with or without TLS, until somebody says stop; then requests that are under way may end.

mod besides;
mod workers;

use crate::access_log::AccessLog;
use crate::configuration::Configuration;
use crate::counters::Counters;
use crate::error::{Error, Result};
use crate::guard::Guard;
use crate::origin::Origin;
use crate::peers::Peers;
use crate::record::Books;
use crate::router::{Client, Registry, answer};
use crate::tls::acceptor;
use crate::upstreams::Upstreams;
use crate::wire::Wire;
use axum::body::Body;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use sealer_image::Store;
use sealer_model::causes::chain;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use workers::Workers;

/// Requests at a time on one HTTP/2 connection.
const MOST_STREAMS: u32 = 128;

/// How long a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long the listener rests when the system gives no more connections.
const BREATH: Duration = Duration::from_millis(100);

/// Serves a store until `shutdown` is ready, and then until the requests under way have ended or their time is over.
///
/// # Errors
/// When the configuration, the certificate, the users or the log cannot be used. A connection that fails ends alone.
pub async fn serve(
    listener: TcpListener,
    store: Store,
    configuration: Configuration,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    // First of all: until it is listened for, a hangup ends the process.
    let hangups = signal(SignalKind::hangup());
    let prepared = tokio::task::spawn_blocking(move || Server::prepare(store, configuration)).await;
    let server = prepared.unwrap_or(Err(Error::Task))?;
    let workers = Workers::start(server.tls.is_some())?;
    let mut connections = JoinSet::new();
    tokio::select! {
        () = server.accept(&listener, &workers, &mut connections) => {}
        () = besides::forget_idle_uploads(&server.registry) => {}
        () = server.registry.peers.work(&server.registry) => {}
        () = besides::tend(&server.registry) => {}
        () = besides::collect_garbage(&server) => {}
        () = besides::renew_when_told(&server, hangups) => {}
        () = shutdown => {}
    }
    drop(listener);
    server.stop.cancel();
    let last = async { while connections.join_next().await.is_some() {} };
    // Whoever is still there at the deadline is cut off when the set is dropped.
    let _in_time = timeout(server.configuration.timeouts.stop(), last).await;
    Ok(())
}

/// What every connection needs.
#[derive(Clone)]
struct Server {
    registry: Arc<Registry>,
    configuration: Arc<Configuration>,
    tls: Option<Arc<RwLock<TlsAcceptor>>>,
    stop: CancellationToken,
}

impl Server {
    /// Reads what the configuration names. Blocks on the disk.
    fn prepare(store: Store, configuration: Configuration) -> Result<Self> {
        configuration.check().map_err(|reason| Error::Settings { reason })?;
        let tls = configuration.tls.as_ref().map(acceptor).transpose()?;
        let tls = tls.map(|acceptor| Arc::new(RwLock::new(acceptor)));
        let guard = Guard::read(&configuration)?;
        let counters = Arc::new(Counters::default());
        let log = AccessLog::open(&configuration.log, counters.clone())?;
        let origin: Option<Arc<dyn Origin>> = match configuration.upstreams.is_empty() {
            true => None,
            false => Some(Arc::new(Upstreams::new(&store, &configuration, log.clone())?)),
        };
        let peers = Peers::new(&store, &configuration)?;
        let books = Books { counters, log };
        let registry = Registry::new(store, &configuration, guard, books, origin, peers).map_err(Error::Store)?;
        Ok(Self {
            registry: Arc::new(registry),
            configuration: Arc::new(configuration),
            tls,
            stop: CancellationToken::new(),
        })
    }

    /// Reads again what may have been replaced. What comes after something that cannot be used stays as it was. Blocks on the disk.
    fn renew(&self) -> Result<()> {
        self.registry.books.log.renew()?;
        if let (Some(tls), Some(files)) = (&self.tls, &self.configuration.tls) {
            let acceptor = acceptor(files)?;
            *tls.write().unwrap_or_else(PoisonError::into_inner) = acceptor;
        }
        self.registry.guard.renew(&self.configuration)?;
        self.registry.origin.as_ref().map_or(Ok(()), |origin| origin.renew())?;
        self.registry.peers.renew()
    }

    /// Takes connections until the future is dropped.
    async fn accept(&self, listener: &TcpListener, workers: &Workers, connections: &mut JoinSet<()>) {
        let limit = Arc::new(Semaphore::new(self.configuration.limits.connections));
        loop {
            tokio::select! {
                (stream, client, permit) = next(listener, &limit) => {
                    let server = self.clone();
                    let connection = async move |stream| {
                        server.connection(stream, client).await;
                        drop(permit);
                    };
                    if let Err(error) = workers.serve(connections, stream, connection) {
                        self.broken(BROKEN_OFF, client, &error.to_string());
                    }
                }
                Some(_ended) = connections.join_next() => {}
            }
        }
    }

    async fn connection(&self, stream: TcpStream, client: SocketAddr) {
        let counters = &self.registry.books.counters;
        counters.accepted.fetch_add(1, Relaxed);
        counters.connections.fetch_add(1, Relaxed);
        // Only a matter of speed.
        let _refused = stream.set_nodelay(true);
        let wire = Wire::new(stream, self.configuration.timeouts.silence());
        self.speak(wire, client).await;
        counters.connections.fetch_sub(1, Relaxed);
    }

    async fn speak(&self, wire: Wire, address: SocketAddr) {
        let Some(tls) = &self.tls else {
            let files = Some(wire.files());
            return self.requests(wire, Client { address, scheme: "http", files }).await;
        };
        let acceptor = tls.read().unwrap_or_else(PoisonError::into_inner).clone();
        match timeout(HANDSHAKE, acceptor.accept(wire)).await {
            Ok(Ok(stream)) => self.requests(stream, Client { address, scheme: "https", files: None }).await,
            Ok(Err(error)) => self.broken("tls", address, &error.to_string()),
            Err(_late) => self.broken("tls", address, "the client did not agree on TLS in time"),
        }
    }

    async fn requests(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, client: Client) {
        let (address, client) = (client.address, Arc::new(client));
        let registry = self.registry.clone();
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let (registry, client) = (registry.clone(), client.clone());
            async move { Ok::<_, Infallible>(answer(&registry, &client, request.map(Body::new)).await) }
        });
        let builder = self.builder();
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            self.broken(reason(error.as_ref()), address, &chain(error.as_ref()));
        }
    }

    /// A connection's failure is its client's to notice; the others go on. That a client has gone is worth a line only where
    /// every request is.
    fn broken(&self, reason: &'static str, client: SocketAddr, message: &str) {
        let books = &self.registry.books;
        books.counters.broken(reason);
        if books.log.wants(reason != BROKEN_OFF) {
            books.log.remark(reason, Some(client), message);
        }
    }

    fn builder(&self) -> Builder<TokioExecutor> {
        let head = self.configuration.timeouts.head();
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(head)
            .max_buf_size(self.configuration.limits.head_bytes)
            .writev(true);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(head)
            .keep_alive_timeout(head)
            .max_header_list_size(u32::try_from(self.configuration.limits.head_bytes).unwrap_or(u32::MAX))
            .max_concurrent_streams(MOST_STREAMS);
        builder
    }
}

/// A connection that ended in the middle of something.
const BROKEN_OFF: &str = "broken-off";

/// Why a connection broke, in one word for the counters.
fn reason(error: &(dyn std::error::Error + 'static)) -> &'static str {
    let Some(error) = error.downcast_ref::<hyper::Error>() else {
        return BROKEN_OFF;
    };
    match error {
        error if error.is_parse_too_large() => "head-too-large",
        error if error.is_parse() => "no-http",
        error if error.is_timeout() => "too-slow",
        _ => BROKEN_OFF,
    }
}

/// The next connection, once there is room for it. No failure of accepting lasts: a client that is gone already, or a limit
/// of the system that is reached for the moment.
async fn next(listener: &TcpListener, limit: &Arc<Semaphore>) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let permit = limit.clone().acquire_owned().await;
    let permit = permit.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, client)) => return (stream, client, permit),
            Err(_passing) => tokio::time::sleep(BREATH).await,
        }
    }
}
