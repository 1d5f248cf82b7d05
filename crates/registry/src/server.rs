//! The server: connections, with or without TLS, until somebody says stop; then requests that are under way may end.

use crate::error::{Error, Result};
use crate::router::{Registry, of_registry};
use crate::tls::{Tls, acceptor};
use crate::uploads::IDLE;
use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use sealer_image::Store;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How the registry serves.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// With a certificate the registry speaks HTTPS, and nothing else.
    pub tls: Option<Tls>,
    /// Refuse everything that would change the store.
    pub read_only: bool,
}

/// Connections at a time; more wait until one ends.
const MOST_CONNECTIONS: usize = 1024;

/// Requests at a time on one HTTP/2 connection.
const MOST_STREAMS: u32 = 128;

/// How long a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a client may take to send the head of a request, rest between two, and answer a ping.
const ANSWER: Duration = Duration::from_secs(60);

/// How long requests under way may take once the server is told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// How long the listener rests when the system gives no more connections.
const BREATH: Duration = Duration::from_millis(100);

/// Serves a store until `shutdown` is ready, and then until the requests under way have ended or ten seconds have passed.
///
/// # Errors
/// When the certificate cannot be used. A connection that fails ends alone.
pub async fn serve(
    listener: TcpListener,
    store: Store,
    options: Options,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    let tls = match options.tls {
        Some(tls) => Some(read(tls).await?),
        None => None,
    };
    let registry = Registry::new(store, options.read_only);
    let server = Server { router: of_registry(registry.clone()), tls, stop: CancellationToken::new() };
    let mut connections = JoinSet::new();
    tokio::select! {
        () = server.accept(&listener, &mut connections) => {}
        () = forget_idle_uploads(&registry) => {}
        () = shutdown => {}
    }
    drop(listener);
    server.stop.cancel();
    let last = async { while connections.join_next().await.is_some() {} };
    // Whoever is still there at the deadline is cut off when the set is dropped.
    let _in_time = timeout(LAST_REQUESTS, last).await;
    Ok(())
}

async fn read(tls: Tls) -> Result<TlsAcceptor> {
    let certificate = tls.certificate.clone();
    let read = tokio::task::spawn_blocking(move || acceptor(&tls)).await;
    read.unwrap_or(Err(Error::Task { certificate }))
}

async fn forget_idle_uploads(registry: &Registry) {
    let mut ticks = tokio::time::interval(IDLE / 12);
    loop {
        ticks.tick().await;
        registry.uploads.forget_idle(Instant::now());
    }
}

/// What every connection needs.
#[derive(Clone)]
struct Server {
    router: Router,
    tls: Option<TlsAcceptor>,
    stop: CancellationToken,
}

impl Server {
    /// Takes connections until the future is dropped.
    async fn accept(&self, listener: &TcpListener, connections: &mut JoinSet<()>) {
        let limit = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        loop {
            tokio::select! {
                (stream, permit) = next(listener, &limit) => {
                    let server = self.clone();
                    connections.spawn(async move {
                        server.connection(stream).await;
                        drop(permit);
                    });
                }
                Some(_ended) = connections.join_next() => {}
            }
        }
    }

    /// A connection's failure is its client's to notice; the others go on.
    async fn connection(&self, stream: TcpStream) {
        // Only a matter of speed.
        let _refused = stream.set_nodelay(true);
        match &self.tls {
            None => self.requests(stream).await,
            Some(tls) => {
                if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(stream)).await {
                    self.requests(stream).await;
                }
            }
        }
    }

    async fn requests(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let builder = builder();
        let service = TowerToHyperService::new(self.router.clone());
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            _ended = connection.as_mut() => return,
            () = self.stop.cancelled() => connection.as_mut().graceful_shutdown(),
        }
        let _ended = connection.await;
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(ANSWER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(ANSWER)
        .keep_alive_timeout(ANSWER)
        .max_concurrent_streams(MOST_STREAMS);
    builder
}

/// The next connection, once there is room for it. No failure of accepting lasts: a client that is gone already, or a limit
/// of the system that is reached for the moment.
async fn next(listener: &TcpListener, limit: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let permit = limit.clone().acquire_owned().await;
    let permit = permit.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _client)) => return (stream, permit),
            Err(_passing) => tokio::time::sleep(BREATH).await,
        }
    }
}
