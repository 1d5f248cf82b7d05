//! Trying to reach something from this host: a page, or a port. Whoever is asked may be slow, endless or hostile, so an answer is bounded
//! in time and size.

use crate::error::Error;
use reqwest::{Client, Url, redirect};
use sealer_model::agent::{Probe, Probed};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The most of a page that is looked at.
const MOST_BYTES: usize = 64 * 1024;

/// What came of it; whatever went wrong is an answer, too.
pub(crate) async fn probe(probe: &Probe) -> Probed {
    let limit = Duration::from_secs(probe.seconds);
    match timeout(limit, answer(probe)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(reason)) => Probed::Failed(reason),
        Err(_) => Probed::Failed(format!("no answer in {} s", probe.seconds)),
    }
}

async fn answer(probe: &Probe) -> Result<Probed, String> {
    let url = Url::parse(&probe.url).map_err(|error| format!("{}: {error}", probe.url))?;
    if url.scheme() == "tcp" {
        return connect(&url, probe.address).await.map(|()| Probed::Connected);
    }
    page(url, probe.address).await
}

async fn connect(url: &Url, address: Option<IpAddr>) -> Result<(), String> {
    let port = url.port().ok_or_else(|| format!("{url} names no port"))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let connected = match address {
        Some(address) => TcpStream::connect((address, port)).await,
        None => TcpStream::connect((host, port)).await,
    };
    connected.map(drop).map_err(|error| error.to_string())
}

/// Whether there is an answer is asked, not who answers: pages of a site mostly have certificates that nobody signed.
async fn page(url: Url, address: Option<IpAddr>) -> Result<Probed, String> {
    let mut client =
        Client::builder().tls_danger_accept_invalid_certs(true).no_proxy().redirect(redirect::Policy::none());
    if let (Some(address), Some(host)) = (address, url.host_str()) {
        client = client.resolve(host, SocketAddr::new(address, url.port_or_known_default().unwrap_or(80)));
    }
    let failed =
        |source: reqwest::Error| Error::Registry { url: url.to_string(), source: source.without_url() }.chain();
    let client = client.build().map_err(failed)?;
    let mut response = client.get(url.clone()).send().await.map_err(failed)?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(failed)? {
        body.extend_from_slice(&piece[..piece.len().min(MOST_BYTES - body.len())]);
        if body.len() == MOST_BYTES {
            break;
        }
    }
    Ok(Probed::Page { status, body: String::from_utf8_lossy(&body).into_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    /// As the program does when it starts; the second test finds it done.
    fn with_cryptography() {
        let _ = rustls::crypto::ring::default_provider().install_default();
    }

    /// Answers one request with a head and then a body that has no end.
    async fn endless() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _read = stream.read(&mut request).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        });
        address
    }

    fn wanted(url: String, address: Option<IpAddr>, seconds: u64) -> Probe {
        Probe { url, address, seconds }
    }

    #[tokio::test]
    async fn a_page_without_an_end_is_cut_off() {
        with_cryptography();
        let address = endless().await;
        let url = format!("http://web.shop.svc:{}/", address.port());
        let Probed::Page { status, body } = probe(&wanted(url, Some(address.ip()), 20)).await else {
            panic!("no page")
        };
        assert_eq!((status, body.len()), (200, MOST_BYTES));
    }

    #[tokio::test]
    async fn ports_take_connections_or_do_not() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("tcp://db.shop.svc:{}", listener.local_addr().unwrap().port());
        let address = Some(listener.local_addr().unwrap().ip());
        assert_eq!(probe(&wanted(url.clone(), address, 5)).await, Probed::Connected);
        drop(listener);
        let Probed::Failed(reason) = probe(&wanted(url, address, 5)).await else { panic!("connected") };
        assert!(reason.contains("refused"), "{reason}");
        assert!(matches!(probe(&wanted("nonsense".into(), None, 5)).await, Probed::Failed(_)));
    }

    #[tokio::test]
    async fn somebody_who_is_silent_is_not_waited_for() {
        with_cryptography();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        assert_eq!(probe(&wanted(url, None, 1)).await, Probed::Failed("no answer in 1 s".into()));
    }
}
