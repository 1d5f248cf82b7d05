//! Messages about hosts that give one another the rootfs and the agent.

use super::Text;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// Hosts that relay layers to one another, as one of them is told: see [`crate::relay`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Relayed {
    /// The number of the host that is told, from 0.
    pub own: u64,
    /// Where each of them has opened its relay.
    pub hosts: Vec<SocketAddr>,
    /// Addresses of the hosts whose registries have everything: `192.0.2.1`.
    pub registries: Vec<String>,
}

/// Open the port at which other hosts of the cluster get pieces of layers, until the agent ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenRelay {
    /// The address to listen on.
    pub address: IpAddr,
    /// Who the host is.
    pub identity: Identity,
}

/// Who a host is to the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The cluster's CA, PEM.
    pub authority: String,
    /// The host's certificate, PEM.
    pub certificate: String,
    /// Its key, PEM.
    pub key: Text,
}

/// Where a relay was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenedRelay {
    /// The port.
    pub port: u16,
}

/// Let other hosts fetch the agent's program from this one for as long as this agent runs. The program is no secret, and who fetches it
/// knows its digest from the delivering machine; so this is the one thing that is served without TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferProgram {
    /// The address by which the other hosts reach this one.
    pub address: std::net::IpAddr,
}

/// Where a program is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferedProgram {
    /// The address of the offering host.
    pub address: std::net::IpAddr,
    /// A port that the kernel chose.
    pub port: u16,
    /// The name by which the program is asked for, and nothing else is there: letters and digits.
    pub name: String,
}
