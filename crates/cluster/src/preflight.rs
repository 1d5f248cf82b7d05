//! The checks before anything is touched, as a pure function of the facts: what would make the delivery fail later is found
//! here, in seconds, with the host's name and a remedy. Errors stop a run, warnings are told.

use sealer_model::bundle::Bundle;
use sealer_model::cluster::{API_SERVER_PORT, Cluster, Member, Role};
use sealer_model::facts::Facts;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Facts of every host of a cluster.
pub type FleetFacts = BTreeMap<IpAddr, Facts>;

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check's name: `port-in-use`.
    pub id: &'static str,
    /// Whether it stops a run.
    pub severity: Severity,
    /// Where.
    pub host: IpAddr,
    /// What was found.
    pub found: String,
    /// What to do.
    pub remedy: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The run would fail.
    Error,
    /// The run may go on.
    Warning,
}

const NODE_PORTS: [u16; 1] = [10250];
const MASTER_PORTS: [u16; 6] = [API_SERVER_PORT, 2379, 2380, 10250, 10257, 10259];

/// Files that only another Kubernetes leaves behind; [`Facts::leftovers`] names those that exist.
pub const LEFTOVERS: [&str; 4] = [
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/kubelet.conf",
    "/var/lib/etcd/member",
    "/var/lib/kubelet/config.yaml",
];

/// Bytes that unpacked content takes for each compressed byte, rounded up from what base images show.
const UNPACKED: u64 = 4;

/// Checks every host; the result is ordered by host.
#[must_use]
pub fn check(cluster: &Cluster, bundle: &Bundle, facts: &FleetFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in &cluster.members {
        let Some(of_host) = facts.get(&member.address) else {
            continue;
        };
        let mut inspection = Inspection { cluster, member, facts: of_host, findings: Vec::new() };
        inspection.system();
        inspection.former_use();
        inspection.disk(bundle);
        inspection.platform(bundle);
        inspection.twins(facts);
        findings.append(&mut inspection.findings);
    }
    findings
}

struct Inspection<'a> {
    cluster: &'a Cluster,
    member: &'a Member,
    facts: &'a Facts,
    findings: Vec<Finding>,
}

impl Inspection<'_> {
    fn find(&mut self, severity: Severity, id: &'static str, found: String, remedy: &str) {
        let host = self.member.address;
        self.findings.push(Finding { id, severity, host, found, remedy: remedy.to_owned() });
    }

    fn is_ours(&self) -> bool {
        self.facts.cluster.as_ref() == Some(&self.cluster.name)
    }

    fn system(&mut self) {
        if !self.facts.systemd {
            let remedy = "use a host that systemd runs";
            self.find(Severity::Error, "systemd", "systemd does not run this host".into(), remedy);
        }
        if !is_node_name(&self.facts.hostname) {
            let found = format!("hostname \"{}\" cannot be a node's name", self.facts.hostname);
            let remedy = "set one with hostnamectl: lower-case letters, digits, - and .";
            self.find(Severity::Error, "hostname", found, remedy);
        }
        for feature in ["overlay", "br_netfilter"] {
            if !self.facts.kernel_features.iter().any(|present| present == feature) {
                let found = format!("the kernel does not have {feature} yet");
                let remedy = "it will be loaded; install the kernel's modules if that fails";
                self.find(Severity::Warning, "kernel-feature", found, remedy);
            }
        }
    }

    fn former_use(&mut self) {
        if self.is_ours() {
            return;
        }
        if let Some(other) = self.facts.cluster.clone() {
            let found = format!("the host belongs to sealer's cluster \"{other}\"");
            let remedy = "remove it from that cluster first, with `sealer delete`";
            self.find(Severity::Error, "other-cluster", found, remedy);
        }
        if !self.facts.leftovers.is_empty() {
            let found = format!("another Kubernetes left {}", self.facts.leftovers.join(", "));
            let remedy = "remove it with the tool that installed it, for instance `kubeadm reset`";
            self.find(Severity::Error, "leftovers", found, remedy);
        }
        for port in self.needed_ports() {
            if self.facts.listening.contains(&port) {
                let found = format!("port {port} is in use");
                let remedy = "stop what listens there; `ss -ltnp` on the host names it";
                self.find(Severity::Error, "port-in-use", found, remedy);
            }
        }
    }

    fn needed_ports(&self) -> Vec<u16> {
        match self.member.role {
            // the balancer listens on both of the others
            Role::Node => NODE_PORTS.into_iter().chain([API_SERVER_PORT, self.cluster.registry.port]).collect(),
            Role::Master => MASTER_PORTS.into_iter().chain([self.cluster.registry.port]).collect(),
        }
    }

    fn disk(&mut self, bundle: &Bundle) {
        if self.is_ours() {
            return;
        }
        let Ok(rootfs) = bundle.rootfs_for(&self.facts.platform) else {
            return;
        };
        let registry = if self.member.role == Role::Master { bundle.size() } else { 0 };
        let needed = rootfs.size * UNPACKED + registry;
        for (path, free) in self.facts.disk_free.clone() {
            if free < needed {
                let found = format!("{path} has {} MiB free, {} MiB are needed", free >> 20, needed.div_ceil(1 << 20));
                self.find(Severity::Error, "disk", found, "free space or mount a larger disk there");
            }
        }
    }

    fn platform(&mut self, bundle: &Bundle) {
        if let Err(error) = bundle.rootfs_for(&self.facts.platform) {
            let remedy = "build the image with --platform for this host too";
            self.find(Severity::Error, "platform", error.to_string(), remedy);
        }
    }

    fn twins(&mut self, facts: &FleetFacts) {
        let others = facts.iter().filter(|(address, _)| **address < self.member.address);
        let (mut names, mut machines) = (Vec::new(), Vec::new());
        for (address, other) in others {
            if other.hostname == self.facts.hostname {
                names.push(*address);
            }
            if other.machine_id == self.facts.machine_id && !other.machine_id.is_empty() {
                machines.push(*address);
            }
        }
        for address in names {
            let found = format!("hostname \"{}\" is {address}'s too", self.facts.hostname);
            let remedy = "give every host a name of its own with hostnamectl";
            self.find(Severity::Error, "duplicate-hostname", found, remedy);
        }
        for address in machines {
            let remedy = "run systemd-machine-id-setup after removing /etc/machine-id on one of them";
            let found = format!("/etc/machine-id is the same as on {address}");
            self.find(Severity::Error, "duplicate-machine-id", found, remedy);
        }
    }
}

fn is_node_name(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=253).contains(&text.len())
        && text.bytes().all(|byte| word(byte) || byte == b'-' || byte == b'.')
        && text.bytes().next().is_some_and(word)
        && text.bytes().next_back().is_some_and(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::Platform;
    use sealer_model::bundle::Rootfs;
    use sealer_model::image::{Descriptor, Extension, media_type};

    const MASTER: &str = "10.0.0.1";
    const NODE: &str = "10.0.0.2";

    fn cluster() -> Cluster {
        crate::step::tests::cluster(&[MASTER], &[NODE])
    }

    fn bundle() -> Bundle {
        let index = Descriptor::of(media_type::INDEX, b"{}");
        let platform = Platform::linux("amd64");
        Bundle {
            name: "i:v1".parse().unwrap(),
            blobs: vec![index.clone()],
            rootfs: vec![Rootfs { platform, manifest: index.clone(), size: 100 << 20 }],
            index,
            extension: Extension::default(),
            container_images: Vec::new(),
        }
    }

    fn facts(hostname: &str) -> Facts {
        Facts {
            hostname: hostname.into(),
            platform: Platform::linux("amd64"),
            kernel: "6.1".into(),
            os_release: BTreeMap::new(),
            machine_id: hostname.into(),
            processors: 2,
            memory: 4 << 30,
            swap: 0,
            disk_free: BTreeMap::from([("/var/lib/sealer/data".into(), 10 << 30)]),
            listening: vec![22],
            addresses: Vec::new(),
            clock: 0,
            systemd: true,
            cgroup: 2,
            user_id: 0,
            kernel_features: vec!["overlay".into(), "br_netfilter".into()],
            capabilities: u64::MAX,
            leftovers: Vec::new(),
            cluster: None,
        }
    }

    /// What is found when the second host is as `change` makes it.
    fn found(change: impl FnOnce(&mut Facts)) -> Vec<String> {
        let mut node = facts("b");
        change(&mut node);
        let facts = FleetFacts::from([(MASTER.parse().unwrap(), facts("a")), (NODE.parse().unwrap(), node)]);
        let findings = check(&cluster(), &bundle(), &facts);
        findings.iter().map(|each| format!("{} {}: {}", each.host, each.id, each.found)).collect()
    }

    #[test]
    fn two_good_hosts_pass() {
        assert_eq!(found(|_| ()), Vec::<String>::new());
    }

    #[test]
    fn what_would_fail_later_is_found_with_the_host() {
        let busy = found(|facts| facts.listening.push(10250));
        assert_eq!(busy, ["10.0.0.2 port-in-use: port 10250 is in use"]);
        let full = found(|facts| facts.disk_free.values_mut().for_each(|free| *free = 1 << 20));
        assert_eq!(full, ["10.0.0.2 disk: /var/lib/sealer/data has 1 MiB free, 400 MiB are needed"]);
        let twin = found(|facts| facts.hostname = "a".into());
        assert_eq!(twin, ["10.0.0.2 duplicate-hostname: hostname \"a\" is 10.0.0.1's too"]);
        let arm = found(|facts| facts.platform = Platform::linux("arm64"));
        assert!(arm[0].contains("no rootfs for linux/arm64; it has linux/amd64"), "{arm:?}");
    }

    #[test]
    fn a_host_of_this_cluster_may_use_its_own_ports_and_files() {
        let ours = found(|facts| {
            facts.cluster = Some("my-cluster".into());
            facts.listening.push(10250);
            facts.leftovers.push("/etc/kubernetes/kubelet.conf".into());
        });
        assert_eq!(ours, Vec::<String>::new());
        let other = found(|facts| facts.cluster = Some("other".into()));
        assert_eq!(other, ["10.0.0.2 other-cluster: the host belongs to sealer's cluster \"other\""]);
    }
}
