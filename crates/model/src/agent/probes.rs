//! Messages about what a host, and pods on it, can reach.

use serde::{Deserialize, Serialize};

/// Something that the host shall try to reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Probe {
    /// `http://web.shop.svc/`, or `tcp://web.shop.svc:80` where only a connection is wanted.
    pub url: String,
    /// Where the name in it leads to, where the host cannot know that.
    pub address: Option<std::net::IpAddr>,
    /// How long it may take.
    pub seconds: u64,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Probed {
    /// The port takes connections.
    Connected,
    /// A page was answered.
    Page {
        /// The status.
        status: u16,
        /// Its first 64 KiB.
        body: String,
    },
    /// Nothing of it; the whole chain of causes.
    Failed(String),
}

/// A listener in the network of a pod, for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenPod {
    /// Addresses of pods; the first one that is on this host counts.
    pub pods: Vec<std::net::IpAddr>,
    /// How long it listens.
    pub seconds: u64,
}

/// Where it listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenedPod {
    /// An address of the pod; none where none of the pods is here.
    pub listening: Option<std::net::SocketAddr>,
}

/// Listeners of other hosts to be tried, with as many bytes as fill packets of every size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReachPods {
    /// Addresses of pods; the first one that is on this host tries, or the host itself.
    pub pods: Vec<std::net::IpAddr>,
    /// The listeners.
    pub targets: Vec<std::net::SocketAddr>,
    /// How long each may take to answer, and again to pass the bytes.
    pub seconds: u64,
}

/// What came of one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PodReached {
    /// All bytes came back.
    Passed,
    /// There was no connection, and why.
    Apart(String),
    /// There was a connection, and bytes did not pass, and why.
    Stuck(String),
}
