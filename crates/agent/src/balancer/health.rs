//! Which servers are in good health, found out by asking each of them again and again over one kept connection.

use crate::error::{Error, Result};
use reqwest::{Client, StatusCode};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Between two questions to one server.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers that must fail in a row before a server counts as ill: one lost packet is no illness.
const FAILURES: u32 = 2;

/// The servers of one service.
pub(super) struct Servers {
    all: Vec<Server>,
    turn: AtomicUsize,
    sticky: bool,
}

/// One server.
pub(super) struct Server {
    /// Where it is.
    pub(super) address: SocketAddr,
    /// Connections that it has from here.
    pub(super) connections: AtomicUsize,
    well: watch::Sender<bool>,
}

impl Servers {
    /// Servers of which nothing is known yet; that counts as well, because something has to be tried.
    pub(super) fn new(addresses: &[SocketAddr], sticky: bool) -> Self {
        let server = |address: &SocketAddr| Server {
            address: *address,
            connections: AtomicUsize::new(0),
            well: watch::Sender::new(true),
        };
        Self { all: addresses.iter().map(server).collect(), turn: AtomicUsize::new(0), sticky }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// The order in which to try them: those in good health first, the least busy of them first, and each in turn where they are
    /// equally busy; or in their own order, where connections belong together. Those that seem ill come last: a probe may be wrong, and nothing is worse than not trying.
    pub(super) fn order(&self) -> Vec<&Server> {
        if self.sticky {
            let mut order: Vec<&Server> = self.all.iter().collect();
            order.sort_by_key(|server| !server.is_well());
            return order;
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.all.len().max(1);
        let (before, after) = self.all.split_at(turn);
        let mut order: Vec<&Server> = after.iter().chain(before).collect();
        order.sort_by_key(|server| (!server.is_well(), server.connections.load(Ordering::Relaxed)));
        order
    }
}

impl Server {
    fn is_well(&self) -> bool {
        *self.well.borrow()
    }

    /// Resolves when the server has become ill; a server that is ill already has to be well first.
    pub(super) async fn illness(&self) {
        let mut well = self.well.subscribe();
        // the sender lives as long as this server does, so neither wait can fail
        let _ = well.wait_for(|well| *well).await;
        let _ = well.wait_for(|well| !*well).await;
    }

    fn note(&self, well: bool) {
        self.well.send_if_modified(|before| std::mem::replace(before, well) != well);
    }
}

/// A client that asks servers for their health, whoever they say they are: it only decides which server gets connections, and the
/// programs that make those verify the server themselves. A node that has not joined yet knows no authority to verify against.
pub(super) fn client() -> Result<Client> {
    let broken = |error: &dyn std::fmt::Display| Error::Broken(error.to_string());
    Client::builder()
        .tls_backend_preconfigured(sealer_image::tls::believing_anyone().map_err(|error| broken(&error))?)
        .no_proxy()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| broken(&error))
}

/// Asks one server for its health for ever.
pub(super) async fn watch(servers: Arc<Servers>, number: usize, client: Client, (probe, plain): (String, bool)) {
    let server = &servers.all[number];
    let scheme = if plain { "http" } else { "https" };
    let url = format!("{scheme}://{}{probe}", server.address);
    let mut failures = 0;
    loop {
        failures = if answers(&client, &url).await { 0 } else { failures + 1 };
        match failures {
            0 => server.note(true),
            FAILURES.. => server.note(false),
            _ => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A server that refuses strangers is as well as one that greets them; one that says it cannot serve is not.
async fn answers(client: &Client, url: &str) -> bool {
    let answer = client.get(url).send().await;
    answer.is_ok_and(|answer| answer.status() < StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers() -> Servers {
        these(false)
    }

    fn these(sticky: bool) -> Servers {
        Servers::new(&["10.0.0.1:6443", "10.0.0.2:6443", "10.0.0.3:6443"].map(|text| text.parse().unwrap()), sticky)
    }

    fn ports(order: &[&Server]) -> Vec<u8> {
        order.iter().map(|server| server.address.ip().to_string().as_bytes()[7] - b'0').collect()
    }

    #[test]
    fn equal_servers_are_tried_in_turn() {
        let servers = servers();
        assert_eq!(ports(&servers.order()), [1, 2, 3]);
        assert_eq!(ports(&servers.order()), [2, 3, 1]);
        assert_eq!(ports(&servers.order()), [3, 1, 2]);
    }

    #[test]
    fn the_ill_come_last_and_the_busy_after_the_idle() {
        let servers = servers();
        servers.all[0].note(false);
        servers.all[1].connections.store(5, Ordering::Relaxed);
        assert_eq!(ports(&servers.order()), [3, 2, 1]);
    }

    #[test]
    fn connections_that_belong_together_meet_the_same_server_until_it_falls_ill() {
        let servers = these(true);
        servers.all[0].connections.store(5, Ordering::Relaxed);
        assert_eq!(ports(&servers.order()), [1, 2, 3]);
        assert_eq!(ports(&servers.order()), [1, 2, 3]);
        servers.all[0].note(false);
        assert_eq!(ports(&servers.order()), [2, 3, 1]);
    }
}
