//! The balancer: on every node it stands between the programs there and the masters, so that the API and the registry are one address
//! whichever master is alive. It passes TCP connections on unread; who is at the other end, TLS tells the programs themselves.
//! A server that stops answering gets no more connections and loses those it has, so that nobody waits for a host that has vanished.

mod health;
mod relay;

use crate::error::{Error, IoContext as _, Result};
use health::Servers;
use sealer_model::balancer::{Balancer, Service};
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
    shutdown.await;
    Ok(())
}

async fn start(service: Service, tasks: &mut JoinSet<()>) -> Result<()> {
    let listening = TcpListener::bind(service.listen).await;
    let listener = listening.map_err(|source| Error::Listen { address: service.listen, source })?;
    let servers = Arc::new(Servers::new(&service.servers, service.sticky));
    let client = health::client()?;
    for number in 0..service.servers.len() {
        tasks.spawn(health::watch(
            Arc::clone(&servers),
            number,
            client.clone(),
            (service.probe.clone(), service.plain),
        ));
    }
    tasks.spawn(relay::serve(listener, servers));
    Ok(())
}
