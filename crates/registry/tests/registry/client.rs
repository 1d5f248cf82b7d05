//! A registry on a loopback port, and a client that sends exactly what a test says. Several test programs use it, each some of
//! it.

#![allow(dead_code, reason = "not every test program needs all of it")]

use axum::http::{HeaderMap, Method, Request, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use sealer_image::Store;
use sealer_registry::{Configuration, serve};
use std::net::SocketAddr;
use std::path::Path;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A registry that serves until it is dropped.
pub(crate) struct Served {
    pub(crate) store: Store,
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<sealer_registry::Result<()>>,
    _folder: Option<TempDir>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Served {
    /// A registry over an empty store.
    pub(crate) async fn new() -> Self {
        Self::with(Configuration::default()).await
    }

    pub(crate) async fn with(configuration: Configuration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let served = Self::within(folder.path(), configuration).await;
        Self { _folder: Some(folder), ..served }
    }

    /// A registry over a folder that outlives it.
    pub(crate) async fn within(folder: &Path, configuration: Configuration) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), folder, configuration).await
    }

    /// A registry that listens where others expect it.
    pub(crate) async fn at(address: SocketAddr, folder: &Path, configuration: Configuration) -> Self {
        let store = Store::open(folder).unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { drop(stopped.await) };
        let server = tokio::spawn(serve(listener, store.clone(), configuration, shutdown));
        Self { store, address, stop: Some(stop), server, _folder: None }
    }

    /// Tells it to stop and waits until it has.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        self.server.await.unwrap().unwrap();
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    pub(crate) async fn head(&self, path: &str) -> Answer {
        self.send(Method::HEAD, path, &[], "").await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        ask(self.address, method, path, headers, body).await.unwrap()
    }
}

/// Sends a request to a registry that may be gone at any moment; what comes back is whole.
///
/// # Errors
/// When the connection breaks before the answer has ended.
pub(crate) async fn ask(
    address: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
    ask_over(TcpStream::connect(address).await?, address, method, path, headers, body).await
}

/// As [`ask`], over a connection that is there.
///
/// # Errors
/// As [`ask`].
pub(crate) async fn ask_over(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    address: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.header("host", address.to_string()).body(Full::new(body.into())).unwrap();
    let (parts, body) = sender.send_request(request).await?.into_parts();
    Ok(Answer { status: parts.status, headers: parts.headers, body: body.collect().await?.to_bytes() })
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status and error code together.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let code = self.json()["errors"][0]["code"].clone();
        (self.status.as_u16(), code.as_str().unwrap().to_owned())
    }

    pub(crate) fn expect(self, status: u16) -> Self {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status.as_u16(), status, "{body}");
        self
    }
}
