//! What else is set up on a host, and what an earlier cluster left there.

use super::Docker;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What else is set up on a host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Surroundings {
    /// The units that were asked for that run.
    pub active_units: BTreeSet<String>,
    /// The units that were asked for that could be started: neither masked nor another name of one of them.
    pub installed_units: BTreeSet<String>,
    /// The programs that were asked for that are there, with their paths.
    pub programs: BTreeMap<String, String>,
    /// Whether SELinux enforces its policy.
    pub selinux_enforces: bool,
    /// Whether AppArmor is on.
    pub apparmor: bool,
    /// `Europe/Berlin`; empty where the host does not say.
    pub time_zone: String,
    /// Whether the host's clock follows another one; none where the host does not say.
    pub synchronised: Option<bool>,
    /// Settings of the SSH server that matter here, in lower case: `maxsessions`.
    pub ssh: BTreeMap<String, String>,
    /// Proxy variables for logins and services.
    pub proxies: Vec<Proxy>,
    /// What docker says of itself.
    #[serde(default)]
    pub docker: Docker,
}

impl Surroundings {
    /// Whether the host's owner has a docker, running or not.
    #[must_use]
    pub fn has_own_docker(&self) -> bool {
        let unit = "docker.service";
        let is_there = self.installed_units.contains(unit) || self.active_units.contains(unit) || self.docker.answers();
        is_there && !self.docker.ours
    }
}

/// A variable that sends programs to a proxy, or keeps them from one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proxy {
    /// The file that sets it, or `systemd`.
    pub place: String,
    /// `HTTPS_PROXY`, `no_proxy`.
    pub name: String,
    /// The value of a `no_proxy`; others may hold a password and are not read.
    pub value: String,
}

/// What an earlier cluster left on a host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Former {
    /// Files in `/etc/cni/net.d`.
    pub network_files: Vec<String>,
    /// Mount points below the folders of the kubelet and of container runtimes.
    pub mounts: Vec<String>,
}
