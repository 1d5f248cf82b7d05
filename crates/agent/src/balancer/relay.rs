//! Passes connections on: to the first server that takes them, byte for byte, until either side ends or the server falls ill.

use super::health::{Server, Servers};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Connections that are passed on at the same time; more wait.
const MOST_CONNECTIONS: usize = 4096;

/// How long a server may take to accept.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is held of each direction of a connection: images pass through here.
const BUFFER: usize = 64 * 1024;

/// Accepts for ever; each connection is a task of its own.
pub(super) async fn serve<F>(listener: TcpListener, handle: impl Fn(TcpStream) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((client, _)) => {
                let handled = handle(client);
                tokio::spawn(async move {
                    handled.await;
                    drop(permit);
                });
            }
            // no descriptors left, or a connection that was gone before it was accepted: both pass
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// When nobody takes the connection it is closed, which is what the client would have met at the server.
pub(super) async fn pass(mut client: TcpStream, servers: &Servers) {
    let Some((server, mut stream)) = first_of(servers).await else { return };
    let _busy = Busy::with(&server.connections);
    tokio::select! {
        () = exchange(&mut client, &mut stream) => {}
        () = server.illness() => {}
    }
}

/// The first server, in the order of their health, that takes a connection.
pub(super) async fn first_of(servers: &Servers) -> Option<(&Server, TcpStream)> {
    for server in servers.order() {
        if let Ok(stream) = connect(server).await {
            return Some((server, stream));
        }
    }
    None
}

/// Passes bytes both ways. How a connection ends, its two ends tell each other.
pub(super) async fn exchange(client: &mut TcpStream, stream: &mut TcpStream) {
    let _ended = tokio::io::copy_bidirectional_with_sizes(client, stream, BUFFER, BUFFER).await;
}

async fn connect(server: &Server) -> io::Result<TcpStream> {
    let stream = tokio::time::timeout(PATIENCE, TcpStream::connect(server.address)).await??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Counts a connection for as long as it lasts.
pub(super) struct Busy<'a>(&'a AtomicUsize);

impl<'a> Busy<'a> {
    pub(super) fn with(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
