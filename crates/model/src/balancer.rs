//! What the balancer on a host listens for and passes on: plain data, written by the cluster room and read by the agent room.

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Everything one balancer does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Balancer {
    /// One for each address that is listened on.
    pub services: Vec<Service>,
}

/// One address of this host behind which several servers stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// What programs on this host connect to: `127.0.0.1:6443`.
    pub listen: SocketAddr,
    /// Where the servers are.
    pub servers: Vec<SocketAddr>,
    /// The path of a request that a server in good health answers: `/readyz`.
    pub probe: String,
    /// Whether it is asked over plain HTTP.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub plain: bool,
    /// Whether all connections go to the first server that is well, so that what takes several of them meets the same one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sticky: bool,
}
