//! The balancer: on every node it stands between the programs there and the masters, so that the API and the registry are one address
//! whichever master is alive. It passes TCP connections on unread; who is at the other end, TLS tells the programs themselves.
//! Where docker runs it is also that program's proxy, which leads it to the registry whatever name it asks (`tunnel`).
//! A server that stops answering gets no more connections and loses those it has, so that nobody waits for a host that has vanished.

mod connect;
mod health;
mod relay;
mod tunnel;

use crate::error::{Error, IoContext as _, Result};
use health::Servers;
use sealer_model::balancer::{Balancer, Service, Tunnel};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Listens as the file says, until `shutdown`.
///
/// # Errors
/// When the file is no configuration or an address cannot be listened on.
pub async fn balance(configuration: &Path, shutdown: impl Future<Output = ()>) -> Result<()> {
    let text = std::fs::read(configuration).at("read", configuration)?;
    let balancer: Balancer = serde_json::from_slice(&text).map_err(|error| Error::Request {
        reason: format!("{} is no configuration: {error}", configuration.display()),
    })?;
    let mut services = JoinSet::new();
    for service in balancer.services {
        start(service, &mut services).await?;
    }
    if let Some(tunnel) = balancer.tunnel {
        start_tunnel(tunnel, &mut services).await?;
    }
    shutdown.await;
    Ok(())
}

async fn start(service: Service, tasks: &mut JoinSet<()>) -> Result<()> {
    let listener = listen(service.listen).await?;
    let servers = Arc::new(Servers::new(&service.servers, service.sticky));
    watch(&servers, (&service.probe, service.plain), tasks)?;
    tasks.spawn(relay::serve(listener, move |client| {
        let servers = Arc::clone(&servers);
        async move { relay::pass(client, &servers).await }
    }));
    Ok(())
}

/// The registries that it leads to speak TLS, or docker would not ask them by the names of others.
async fn start_tunnel(tunnel: Tunnel, tasks: &mut JoinSet<()>) -> Result<()> {
    let listener = listen(tunnel.listen).await?;
    let servers = Arc::new(Servers::new(&tunnel.servers, true));
    watch(&servers, (&tunnel.probe, false), tasks)?;
    let ways = Arc::new(tunnel::Ways { tunnel, servers });
    tasks.spawn(relay::serve(listener, move |client| {
        let ways = Arc::clone(&ways);
        async move { tunnel::pass(client, &ways).await }
    }));
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|source| Error::Listen { address, source })
}

/// Asks each of them for its health, for ever.
fn watch(servers: &Arc<Servers>, (probe, plain): (&str, bool), tasks: &mut JoinSet<()>) -> Result<()> {
    let client = health::client()?;
    for number in 0..servers.count() {
        tasks.spawn(health::watch(Arc::clone(servers), number, client.clone(), (probe.to_owned(), plain)));
    }
    Ok(())
}
