//! What earlier clusters left. A host of this very cluster is none of that.

use super::Subject;
use crate::checks::check::{Check, when};
use sealer_model::checks::Severity::{Error, Warning};
use sealer_model::cluster::ContainerRuntime;

pub(super) const CHECKS: &[Check] = &[
    Check::host(
        ("other-cluster", Error),
        "the host belongs to no other cluster of sealer",
        "its node there would be destroyed",
        "remove it from that cluster first, with `sealer delete`",
        |subject| {
            let other = subject.facts.cluster.as_ref().filter(|other| **other != subject.before.cluster.name);
            other.map(|other| format!("the host belongs to sealer's cluster \"{other}\"")).into_iter().collect()
        },
    ),
    Check::host(
        ("half-done", Warning),
        "no earlier delivery of this cluster stopped part-way",
        "nothing is wrong: the delivery goes on where it stopped",
        "nothing; `sealer delete --all` if the cluster is not wanted any more",
        |subject| when(subject.before.half_done && subject.is_ours(), || "an earlier delivery stopped part-way".into()),
    ),
    Check::host(
        ("leftovers", Error),
        "no files of another Kubernetes are there",
        "kubeadm and the kubelet take them for their own, and join or start what is long gone",
        "remove it with the tool that installed it, for instance `kubeadm reset`",
        |subject| {
            let left = &subject.facts.leftovers;
            when(foreign(subject) && !left.is_empty(), || format!("another Kubernetes left {}", left.join(", ")))
        },
    ),
    Check::host(
        ("leftovers-network", Error),
        "no configuration of another pod network is there",
        "of several the first one by name is used, which need not be the new one",
        "remove the files from /etc/cni/net.d",
        |subject| {
            let left = &subject.facts.former.network_files;
            when(foreign(subject) && !left.is_empty(), || format!("/etc/cni/net.d holds {}", left.join(", ")))
        },
    ),
    Check::host(
        ("leftovers-links", Warning),
        "no interfaces of another pod network are there",
        "their routes and addresses may be the new network's",
        "reboot the host, or remove them with `ip link delete`",
        links,
    ),
    Check::host(
        ("leftovers-filter", Warning),
        "no rules of another Kubernetes are in the packet filter",
        "they send packets for service addresses to pods that are gone",
        "reboot the host, or flush them with iptables or nft",
        |subject| {
            let chains = subject.facts.network.kubernetes_chains;
            when(foreign(subject) && chains > 0, || format!("{chains} chains of another Kubernetes are there"))
        },
    ),
    Check::host(
        ("leftovers-balancing", Warning),
        "the kernel's load balancer has no services",
        "the Go sealer and kube-proxy's ipvs mode leave them; they catch packets before anything else does",
        "run `ipvsadm --clear`, or reboot the host",
        |subject| {
            let services = subject.facts.network.virtual_services;
            when(foreign(subject) && services > 0, || {
                format!("{services} virtual services are there (/proc/net/ip_vs)")
            })
        },
    ),
    Check::host(
        ("leftovers-mounts", Warning),
        "nothing is mounted in the folders of kubelet and runtime",
        "volumes of pods that are gone are still held, and the data in them is deleted with the folders",
        "unmount them, or reboot the host",
        |subject| {
            let mounts = mounts(subject);
            let found = || format!("{} mounts, for instance {}", mounts.len(), mounts[0]);
            when(foreign(subject) && !mounts.is_empty(), found)
        },
    ),
    Check::host(
        ("leftovers-services", Error),
        "no other Kubernetes runs",
        "two of them fight for ports, addresses and rules",
        "stop and remove it with the tool that installed it",
        services,
    ),
];

fn foreign(subject: &Subject<'_>) -> bool {
    !subject.is_ours()
}

/// Names that only pod networks give to interfaces.
const LINKS: [&str; 9] =
    ["cni", "flannel", "cali", "vxlan.calico", "cilium", "lxc_health", "kube-ipvs", "kube-bridge", "nodelocaldns"];

/// Folders where a docker that the host keeps has mounts of its own.
const OF_DOCKER: [&str; 2] = ["/var/lib/docker/", "/run/containerd/"];

fn mounts<'a>(subject: &Subject<'a>) -> Vec<&'a str> {
    let keeps_docker = subject.before.cluster.container_runtime == ContainerRuntime::Docker
        && subject.facts.surroundings.has_own_docker();
    let docker_s = |mount: &str| keeps_docker && OF_DOCKER.iter().any(|folder| mount.starts_with(folder));
    let mounts = subject.facts.former.mounts.iter().map(String::as_str);
    mounts.filter(|mount| !docker_s(mount)).collect()
}

fn links(subject: &Subject<'_>) -> Vec<String> {
    let links = subject.facts.network.links.iter().map(|link| link.name.as_str());
    let theirs: Vec<&str> = links.filter(|name| LINKS.iter().any(|prefix| name.starts_with(prefix))).collect();
    when(foreign(subject) && !theirs.is_empty(), || format!("there are the interfaces {}", theirs.join(", ")))
}

const SERVICES: [&str; 6] = [
    "kubelet.service",
    "k3s.service",
    "k3s-agent.service",
    "rke2-server.service",
    "rke2-agent.service",
    "etcd.service",
];

fn services(subject: &Subject<'_>) -> Vec<String> {
    let running = SERVICES.into_iter().filter(|unit| foreign(subject) && subject.runs(unit));
    running.map(|unit| format!("{unit} is active")).collect()
}
