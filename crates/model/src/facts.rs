//! What is true of a host before anything is done to it. Facts are read by one fixed shell script that needs nothing on the
//! host but a shell and the usual small tools; this module holds what they mean.

mod disk;
mod docker;
mod machine;
mod network;
mod surroundings;

pub use disk::{Disk, Inodes};
pub use docker::Docker;
pub use machine::Machine;
pub use network::{HostsLine, Link, Network, Reach, Reached, Route, Subnet};
pub use surroundings::{Former, Proxy, Surroundings};

use crate::Platform;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Facts about one host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// What the host calls itself.
    pub hostname: String,
    /// Operating system and processor.
    pub platform: Platform,
    /// `uname -r`.
    pub kernel: String,
    /// `ID`, `VERSION_ID`, `PRETTY_NAME` and the rest of `/etc/os-release`.
    pub os_release: BTreeMap<String, String>,
    /// `/etc/machine-id`.
    pub machine_id: String,
    /// Processors.
    pub processors: u32,
    /// Memory in bytes.
    pub memory: u64,
    /// Swap in bytes.
    pub swap: u64,
    /// The file system below each path that was asked for.
    pub disks: BTreeMap<String, Disk>,
    /// Microseconds that each of some small synchronous writes took, where they were asked for.
    pub write_latencies: Vec<u64>,
    /// TCP ports that something listens on.
    pub listening: Vec<u16>,
    /// The interfaces' IPv4 and IPv6 addresses, without prefix length.
    pub addresses: Vec<String>,
    /// Seconds since 1970 by the host's clock.
    pub clock: i64,
    /// Seconds by which the host's clock is ahead of the delivering machine's; one or two are within the way of asking.
    pub clock_ahead: i64,
    /// Whether systemd runs the host.
    pub systemd: bool,
    /// Cgroup version, 1 or 2.
    pub cgroup: u8,
    /// Effective user id of the session.
    pub user_id: u32,
    /// Kernel file systems and modules that are there without loading: `overlay`, `br_netfilter`.
    pub kernel_features: Vec<String>,
    /// The capability bounding set as in `/proc/self/status`.
    pub capabilities: u64,
    /// Paths from the list of leftovers that exist: `/etc/kubernetes/admin.conf`, `/var/lib/etcd/member`.
    pub leftovers: Vec<String>,
    /// The cluster that the host's ledger names, if sealer has been here.
    pub cluster: Option<String>,
    /// Whether the ledger holds more than what checks put right: then what is on the host may be that cluster's.
    pub delivered: bool,
    /// More of the machine and its kernel.
    pub machine: Machine,
    /// How it is connected.
    pub network: Network,
    /// What else runs or is set up on it.
    pub surroundings: Surroundings,
    /// What an earlier cluster left.
    pub former: Former,
}

/// Bit of `CAP_SYS_RESOURCE` in [`Facts::capabilities`].
const SYS_RESOURCE: u32 = 24;

impl Facts {
    /// Whether root may raise limits on this host. Containers often may not, and containerd must then be told.
    #[must_use]
    pub fn may_raise_limits(&self) -> bool {
        self.capabilities & (1 << SYS_RESOURCE) != 0
    }

    /// The system's name for people: `Debian GNU/Linux 12 (bookworm)`.
    #[must_use]
    pub fn system(&self) -> &str {
        self.os_release.get("PRETTY_NAME").map_or("unknown", String::as_str)
    }

    /// A kernel setting as a number: `net.ipv4.ip_forward`.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<i64> {
        self.machine.settings.get(key)?.split_whitespace().next()?.parse().ok()
    }
}
