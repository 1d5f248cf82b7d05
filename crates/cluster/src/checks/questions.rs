//! What the checks need to be told about a host: the questions for its facts, all asked at once.

use sealer_host::Questions;
use sealer_model::cluster::{API_SERVER_PORT, Cluster, Member, Role};
use std::net::IpAddr;

/// Where the site's registry keeps the image, on every master.
pub(super) const REGISTRY: &str = "/var/lib/sealer/registry";
/// Where etcd keeps the cluster's state, on every master.
pub(super) const ETCD: &str = "/var/lib/etcd";
/// Where the kubelet keeps what belongs to pods.
pub(super) const KUBELET: &str = "/var/lib/kubelet";
/// Where programs are put.
pub(super) const PROGRAMS: &str = "/usr/local/bin";
/// Where the agent is put.
pub(super) const AGENT: &str = "/var/lib/sealer/bin";
/// Where programs log.
pub(super) const LOGS: &str = "/var/log";
/// Where programs put what they need for a moment.
pub(super) const TEMPORARY: &str = "/tmp";
/// Where units and configuration are put.
pub(super) const CONFIGURATION: &str = "/etc";

/// Files that only another Kubernetes leaves behind.
const LEFTOVERS: [&str; 8] = [
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/kubelet.conf",
    "/etc/kubernetes/manifests/kube-apiserver.yaml",
    "/var/lib/etcd/member",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/rancher/k3s",
    "/var/lib/rancher/rke2",
    "/var/lib/sealos",
];

/// Services that keep the time.
pub(super) const TIME_SERVICES: [&str; 6] =
    ["chronyd.service", "chrony.service", "ntpd.service", "ntp.service", "ntpsec.service", "systemd-timesyncd.service"];

/// Other services that concern a delivery.
const UNITS: [&str; 18] = [
    "firewalld.service",
    "ufw.service",
    "docker.service",
    "containerd.service",
    "crio.service",
    "kubelet.service",
    "k3s.service",
    "k3s-agent.service",
    "rke2-server.service",
    "rke2-agent.service",
    "etcd.service",
    "keepalived.service",
    "fapolicyd.service",
    "unattended-upgrades.service",
    "dnf-automatic.timer",
    "systemd-resolved.service",
    "NetworkManager.service",
    "haproxy.service",
];

/// Programs that the kubelet or sealer start on the host.
const PROGRAMS_ASKED: [&str; 16] = [
    "mount",
    "umount",
    "systemctl",
    "modprobe",
    "sha256sum",
    "find",
    "apparmor_parser",
    "kubelet",
    "kubeadm",
    "containerd",
    "runc",
    "docker",
    "podman",
    "skopeo",
    "buildah",
    "crio",
];

const SETTINGS: [&str; 18] = [
    "net.ipv4.ip_local_port_range",
    "net.netfilter.nf_conntrack_max",
    "net.ipv6.conf.all.disable_ipv6",
    "fs.inotify.max_user_instances",
    "fs.inotify.max_user_watches",
    "fs.file-max",
    "fs.nr_open",
    "fs.may_detach_mounts",
    "kernel.pid_max",
    "kernel.threads-max",
    "kernel.modules_disabled",
    "kernel.panic",
    "kernel.panic_on_oops",
    "vm.overcommit_memory",
    "vm.panic_on_oom",
    "vm.max_map_count",
    "crypto.fips_enabled",
    "user.max_user_namespaces",
];

/// What is asked of one host.
pub(crate) fn questions(cluster: &Cluster, member: &Member) -> Questions {
    let master = member.role == Role::Master;
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    let mut disks =
        words(&[KUBELET, cluster.actual_runtime().folder(), PROGRAMS, AGENT, LOGS, TEMPORARY, CONFIGURATION]);
    disks.push(cluster.data_root.clone());
    if master {
        disks.extend(words(&[REGISTRY, ETCD]));
    }
    Questions {
        disks,
        writes: if master { words(&[ETCD]) } else { Vec::new() },
        leftovers: words(&LEFTOVERS),
        units: words(&[&TIME_SERVICES[..], &UNITS[..]].concat()),
        programs: words(&PROGRAMS_ASKED),
        settings: words(&SETTINGS),
        peers: knocks(cluster, member),
    }
}

/// Where the host knocks: at what it will need of other hosts, and at the registry that the site has already.
fn knocks(cluster: &Cluster, member: &Member) -> Vec<(String, u16)> {
    let peers = peers(cluster, member).into_iter().map(|(address, port)| (address.to_string(), port));
    let external = cluster.registry.external.as_ref();
    peers.chain(external.map(|registry| (registry.domain.clone(), registry.port()))).collect()
}

/// The ports of other hosts that this one will need: everybody the API and the registry on the masters, masters one another's
/// etcd and every kubelet, and nodes their neighbour's kubelet, which shows that there is a way from node to node.
pub(super) fn peers(cluster: &Cluster, member: &Member) -> Vec<(IpAddr, u16)> {
    const ETCD_PORTS: [u16; 2] = [2379, 2380];
    const KUBELET_PORT: u16 = 10250;
    let master = member.role == Role::Master;
    let others = |other: &&Member| other.address != member.address;
    let mut peers = Vec::new();
    for other in cluster.masters().filter(others) {
        peers.extend([(other.address, API_SERVER_PORT), (other.address, cluster.registry.port)]);
        if master {
            peers.extend(ETCD_PORTS.map(|port| (other.address, port)));
        }
    }
    if master {
        peers.extend(cluster.members.iter().filter(others).map(|other| (other.address, KUBELET_PORT)));
    } else {
        let nodes: Vec<&Member> = cluster.nodes().collect();
        let here = nodes.iter().position(|node| node.address == member.address).unwrap_or(0);
        let next = nodes.get((here + 1) % nodes.len().max(1)).copied();
        peers.extend(next.filter(others).map(|node| (node.address, KUBELET_PORT)));
    }
    peers
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::cluster::ExternalRegistry;

    #[test]
    fn every_host_knocks_where_it_will_have_to_go_and_never_at_itself() {
        let cluster = crate::step::tests::cluster(&["10.0.0.1", "10.0.0.2"], &["10.0.0.3", "10.0.0.4"]);
        let of = |position: usize| -> Vec<String> {
            let peers = peers(&cluster, &cluster.members[position]);
            peers
                .iter()
                .map(|(address, port)| format!("{}:{port}", address.to_string().replace("10.0.0.", "")))
                .collect()
        };
        assert_eq!(of(0), ["2:6443", "2:5000", "2:2379", "2:2380", "2:10250", "3:10250", "4:10250"]);
        assert_eq!(of(3), ["1:6443", "1:5000", "2:6443", "2:5000", "3:10250"]);
    }

    #[test]
    fn every_host_knocks_at_the_registry_that_the_site_has() {
        let mut cluster = crate::step::tests::cluster(&["10.0.0.1"], &[]);
        let member = cluster.members[0].clone();
        assert_eq!(knocks(&cluster, &member), []);
        let external = |insecure| ExternalRegistry { domain: "harbor.example".into(), insecure, ..Default::default() };
        cluster.registry.external = Some(external(false));
        assert_eq!(knocks(&cluster, &member), [("harbor.example".into(), 443)]);
        cluster.registry.external = Some(ExternalRegistry { port: Some(8443), ..external(true) });
        assert_eq!(knocks(&cluster, &member), [("harbor.example".into(), 8443)]);
    }

    #[test]
    fn a_lone_node_has_no_neighbour() {
        let cluster = crate::step::tests::cluster(&["10.0.0.1"], &["10.0.0.2"]);
        assert_eq!(peers(&cluster, &cluster.members[1]).len(), 2);
    }
}
