//! Connections: TLS with HTTP/2, a certificate that cannot be used, and the end of the server.

use crate::client::{Answer, Served, ask_over};
use axum::http::{Method, Request, Version};
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sealer_image::Store;
use sealer_registry::{Configuration, Error, Tls, serve};
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

/// A certificate for these names, and the folder that it is in.
pub(crate) fn certificate(names: &[&str]) -> (TempDir, Tls, CertificateDer<'static>) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tls = Tls { certificate: folder.path().join("registry.crt"), key: folder.path().join("registry.key") };
    fs::write(&tls.certificate, made.cert.pem()).unwrap();
    fs::write(&tls.key, made.signing_key.serialize_pem()).unwrap();
    let der = made.cert.der().clone();
    (folder, tls, der)
}

/// A request to a registry that is there, by somebody who believes its certificate.
pub(crate) async fn ask_over_tls(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Answer {
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::from(address.ip());
    let stream = connector(trusted.clone(), b"http/1.1").connect(name, stream).await.unwrap();
    ask_over(stream, address, method, path, headers, body).await.unwrap()
}

fn connector(trusted: CertificateDer<'static>, protocol: &[u8]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(trusted).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.alpn_protocols = vec![protocol.to_vec()];
    TlsConnector::from(Arc::new(client))
}

#[tokio::test]
async fn http_2_is_spoken_over_tls() {
    let (_folder, tls, trusted) = certificate(&["registry.test"]);
    let served = Served::with(Configuration { tls: Some(tls), read_only: true, ..Configuration::default() }).await;
    let stream = TcpStream::connect(served.address).await.unwrap();
    let name = ServerName::try_from("registry.test").unwrap();
    let stream = connector(trusted, b"h2").connect(name, stream).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (executor, io) = (TokioExecutor::new(), TokioIo::new(stream));
    let (mut sender, connection) = hyper::client::conn::http2::handshake(executor, io).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("https://registry.test/v2/");
    let request = request.body(Full::<Bytes>::default()).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_named() {
    let (_folder, good, _) = certificate(&["registry.test"]);
    let (_other_folder, other, _) = certificate(&["registry.test"]);
    let no_certificate = Tls { certificate: good.key.clone(), key: good.key.clone() };
    let not_its_key = Tls { certificate: good.certificate.clone(), key: other.key };
    let absent = Tls { certificate: good.certificate.with_file_name("absent"), key: good.key };
    for tls in [no_certificate, not_its_key, absent] {
        let path = tls.certificate.display().to_string();
        let error = refused(tls).await;
        assert!(error.to_string().contains(&path), "{error}");
    }
}

async fn refused(tls: Tls) -> Error {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let configuration = Configuration { tls: Some(tls), read_only: true, ..Configuration::default() };
    let served = serve(listener, store, configuration, std::future::pending()).await;
    served.unwrap_err()
}

#[tokio::test]
async fn a_request_under_way_ends_before_the_server_does() {
    let served = Served::new().await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let head = b"PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n";
    stream.write_all(head).await.unwrap();
    stream.write_all(b"Expect: 100-continue\r\n\r\n").await.unwrap();
    let mut answer = [0; 25];
    stream.read_exact(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 100 Continue"));
    let stopping = tokio::spawn(served.stop());
    stream.write_all(b"{}").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    stopping.await.unwrap();
}
