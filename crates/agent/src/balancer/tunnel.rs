//! The proxy for docker, which asks registries by their own names: connections for the domains that the site's registry stands for go to
//! a registry in good health, all others to where they want to go. Bytes pass unread; TLS is between the two ends.

use super::connect::{self, Asked, MOST_HEAD, Refusal};
use super::health::Servers;
use super::relay::{Busy, exchange, first_of};
use sealer_model::balancer::Tunnel;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a client may take to say where it wants to go.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a name may take to be found and its host to accept.
const FAR: Duration = Duration::from_secs(15);

const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

/// Where it leads, and who is well there.
pub(super) struct Ways {
    pub(super) tunnel: Tunnel,
    pub(super) servers: Arc<Servers>,
}

/// Answers one client. How the connection ends, its two ends tell each other.
pub(super) async fn pass(mut client: TcpStream, ways: &Ways) {
    let answer = match timeout(PATIENCE, asked(&mut client)).await {
        Ok(Ok((asked, early))) => lead(&mut client, ways, &asked, &early).await,
        Ok(Err(refusal)) => Err(refusal),
        Err(_late) => Err(Refusal::Malformed),
    };
    if let Err(refusal) = answer {
        // a client that has gone need not be told
        let _gone = timeout(PATIENCE, client.write_all(refusal.answer().as_bytes())).await;
    }
}

/// What it wants, and what it has sent already of what shall pass.
async fn asked(client: &mut TcpStream) -> Result<(Asked, Vec<u8>), Refusal> {
    let mut said = Vec::with_capacity(1024);
    loop {
        if let Some(asked) = connect::read(&said)? {
            let early = said.split_off(asked.length);
            return Ok((asked, early));
        }
        let mut piece = [0; 1024];
        let room = (MOST_HEAD - said.len()).min(piece.len());
        match client.read(&mut piece[..room]).await {
            Ok(0) | Err(_) => return Err(Refusal::Malformed),
            Ok(length) => said.extend_from_slice(&piece[..length]),
        }
    }
}

async fn lead(client: &mut TcpStream, ways: &Ways, asked: &Asked, early: &[u8]) -> Result<(), Refusal> {
    if ways.tunnel.leads(&asked.target) {
        let (server, mut stream) = first_of(&ways.servers).await.ok_or(Refusal::Unreachable)?;
        let _busy = Busy::with(&server.connections);
        begin(client, &mut stream, early).await?;
        tokio::select! {
            () = exchange(client, &mut stream) => {}
            () = server.illness() => {}
        }
        return Ok(());
    }
    let connecting = timeout(FAR, TcpStream::connect((asked.host.as_str(), asked.port))).await;
    let mut stream = connecting.map_err(|_late| Refusal::Unreachable)?.map_err(|_| Refusal::Unreachable)?;
    begin(client, &mut stream, early).await?;
    exchange(client, &mut stream).await;
    Ok(())
}

/// Tells the client that it is through, and the other side what it has said early.
async fn begin(client: &mut TcpStream, stream: &mut TcpStream, early: &[u8]) -> Result<(), Refusal> {
    let nobody = |_| Refusal::Unreachable;
    // only a matter of speed
    let _refused = (client.set_nodelay(true), stream.set_nodelay(true));
    stream.write_all(early).await.map_err(nobody)?;
    client.write_all(ESTABLISHED).await.map_err(nobody)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;
    use tokio::net::TcpListener;

    /// Somebody who says a word to each client, then what it hears.
    async fn server(word: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut heard = [0; 5];
                    client.read_exact(&mut heard).await.unwrap();
                    client.write_all(word.as_bytes()).await.unwrap();
                    client.write_all(&heard).await.unwrap();
                });
            }
        });
        address
    }

    async fn tunnel(servers: &[SocketAddr]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listen = listener.local_addr().unwrap();
        let domains = vec!["quay.io".to_owned()];
        let tunnel = Tunnel { listen, domains, servers: servers.to_vec(), probe: String::new() };
        let ways = Arc::new(Ways { tunnel, servers: Arc::new(Servers::new(servers, true)) });
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let ways = Arc::clone(&ways);
                tokio::spawn(async move { pass(client, &ways).await });
            }
        });
        listen
    }

    /// Everything that comes back to who says this.
    async fn said(tunnel: SocketAddr, text: &str) -> String {
        let mut client = TcpStream::connect(tunnel).await.unwrap();
        client.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn domains_of_the_registry_are_led_to_it_and_others_straight_on() {
        let (ours, theirs) = (server("ours ").await, server("theirs ").await);
        let nobody = "127.0.0.1:1".parse().unwrap();
        let tunnel = tunnel(&[nobody, ours]).await;
        let through = |rest: &str| format!("HTTP/1.1 200 Connection established\r\n\r\n{rest}");
        // what is sent before the answer is not lost
        let led = said(tunnel, "CONNECT quay.io:443 HTTP/1.1\r\nHost: quay.io\r\n\r\nhello").await;
        assert_eq!(led, through("ours hello"));
        let straight = said(tunnel, &format!("CONNECT {theirs} HTTP/1.1\r\n\r\nhello")).await;
        assert_eq!(straight, through("theirs hello"));
    }

    #[tokio::test]
    async fn whoever_cannot_be_helped_is_told() {
        let nobody = "127.0.0.1:1".parse().unwrap();
        let tunnel = tunnel(&[nobody]).await;
        for (text, answer) in [
            ("CONNECT quay.io:443 HTTP/1.1\r\n\r\n", "502"),
            ("CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n", "502"),
            ("GET / HTTP/1.1\r\n\r\n", "405"),
            ("nonsense\r\n\r\n", "400"),
        ] {
            let found = said(tunnel, text).await;
            assert!(found.starts_with(&format!("HTTP/1.1 {answer} ")), "{text:?}: {found:?}");
        }
        let endless = "a".repeat(MOST_HEAD);
        assert!(said(tunnel, &endless).await.starts_with("HTTP/1.1 400 "));
    }
}
