//! The port at which other hosts of the cluster get pieces. It knows one request and changes nothing.

use super::Relay;
use crate::error::{Error, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use sealer_model::Digest;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// Pieces that are sent at the same time; others wait.
const UPLOADS: usize = 8;

/// Connections at the same time: two hosts for each piece of a window, and as many again that were passed on by others.
const CONNECTIONS: usize = 128;

/// How long a piece is waited for that is not here yet. Then the other host asks somebody else.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the other side may take to say who it is, and to ask.
const GREETING: Duration = Duration::from_secs(10);

/// After an accept that failed.
const BREATH: Duration = Duration::from_millis(50);

/// Bytes that are sent at once.
const PART: usize = 256 * 1024;

#[derive(Clone)]
struct Port {
    relay: Relay,
    uploads: Arc<Semaphore>,
}

/// Listens on any free port of the address until the agent ends.
pub(super) async fn open(address: IpAddr, configuration: Arc<ServerConfig>, relay: Relay) -> Result<u16> {
    let wanted = SocketAddr::new(address, 0);
    let failed = |source| Error::Listen { address: wanted, source };
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let state = Port { relay, uploads: Arc::new(Semaphore::new(UPLOADS)) };
    let router = Router::new().route("/pieces/{layer}/{piece}", get(piece)).with_state(state);
    tokio::spawn(accept(listener, TlsAcceptor::from(configuration), router));
    Ok(port)
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, router: Router) {
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let room = Arc::clone(&connections).acquire_owned().await;
        // no failure of accepting lasts
        let Ok((stream, _)) = listener.accept().await else {
            sleep(BREATH).await;
            continue;
        };
        let (acceptor, router) = (acceptor.clone(), router.clone());
        tokio::spawn(async move {
            // what is wrong with one connection is told to whoever made it, who goes elsewhere
            let _told = serve(stream, acceptor, router).await;
            drop(room);
        });
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, router: Router) -> Option<()> {
    let stream = timeout(GREETING, acceptor.accept(stream)).await.ok()?.ok()?;
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(GREETING);
    http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)).await.ok()
}

async fn piece(State(port): State<Port>, Path((layer, piece)): Path<(Digest, u64)>) -> Response {
    let found = async {
        match port.relay.spool(&layer).await {
            Some(spool) => spool.get(piece).await,
            None => Ok(None),
        }
    };
    match timeout(PATIENCE, found).await {
        Ok(Ok(Some(content))) => send(&port, content).await,
        Ok(Ok(None)) => StatusCode::GONE.into_response(),
        Ok(Err(error)) => error.into_response(),
        Err(_late) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// The piece, with a turn that lasts until its last byte was taken.
async fn send(port: &Port, content: Bytes) -> Response {
    let turn = Arc::clone(&port.uploads).acquire_owned().await;
    let length = content.len();
    let parts = futures_util::stream::unfold((content, turn), |(mut rest, turn)| async move {
        let part = rest.split_to(rest.len().min(PART));
        (!part.is_empty()).then_some((Ok::<_, Infallible>(part), (rest, turn)))
    });
    ([(CONTENT_LENGTH, length)], Body::from_stream(parts)).into_response()
}
