//! Nodes: whether every host is one, and whether they are well.

use super::After;
use super::objects::{Found, Object};
use crate::checks::check::Check;
use sealer_model::checks::Severity::{Error, Warning};
use std::net::IpAddr;

pub(super) const CHECKS: &[Check] = &[
    Check::cluster(
        ("host-lost", Error),
        "every host is reached by SSH",
        "what is wrong there is not seen, and nothing can be done about it",
        "check that the host runs and that the network reaches it",
        |after| after.unreached.iter().map(|(host, why)| (host.to_string(), why.clone())).collect(),
    ),
    Check::cluster(
        ("host-silent", Error),
        "every host answers what it is asked",
        "a host that takes connections and does nothing more may have a full disk, or no memory left",
        "log in there and look at `df -h`, `free` and `dmesg`",
        |after| after.silent_hosts.clone().into_iter().map(|(host, why)| (host.to_string(), why)).collect(),
    ),
    Check::cluster(
        ("node-missing", Error),
        "every host is a node",
        "a host that never joined, or was removed by hand, takes no work",
        "look at `journalctl -u kubelet` there, and give the command of the delivery again",
        missing,
    ),
    Check::cluster(
        ("node-not-ready", Error),
        "every node is ready",
        "its pods count as lost after five minutes and are started elsewhere",
        "look at `journalctl -u kubelet -u containerd -u docker` on the host",
        not_ready,
    ),
    Check::cluster(
        ("node-pressure", Error),
        "no node is short of memory, disk or process numbers",
        "no pod starts there, and those that run are ended one by one",
        "free what is short; the thresholds are evictionHard in the KubeletConfiguration",
        pressure,
    ),
    Check::cluster(
        ("node-unschedulable", Warning),
        "every node takes new pods",
        "a node that was cordoned for an update is easily forgotten",
        "run `kubectl uncordon` if the work on it is done",
        |after| {
            let nodes = after.objects.of("Node").filter(|node| node.spec.unschedulable);
            nodes.map(|node| (node.subject(), "it is cordoned".into())).collect()
        },
    ),
    Check::cluster(
        ("node-version", Warning),
        "kubelets are of the delivered version",
        "a kubelet may be older than the API server, but never newer",
        "upgrade the node, or find out who replaced its kubelet",
        versions,
    ),
];

fn missing(after: &After) -> Found {
    let nodes: Vec<&Object> = after.objects.of("Node").collect();
    if nodes.is_empty() && !after.silent_api.is_empty() {
        // nobody said what nodes there are
        return Vec::new();
    }
    let absent = after.members.iter().filter(|host| !nodes.iter().any(|node| has_address(node, host.address)));
    absent.map(|host| (host.address.to_string(), "the host is not a node of the cluster".into())).collect()
}

pub(super) fn has_address(node: &Object, host: IpAddr) -> bool {
    let host = host.to_string();
    node.status.addresses.iter().any(|address| address.kind == "InternalIP" && address.address == host)
}

fn not_ready(after: &After) -> Found {
    let reason = |node: &Object| match node.condition("Ready") {
        Some(ready) if ready.status == "True" => None,
        Some(ready) => Some(format!("{}: {}", ready.reason, ready.message)),
        None => Some("it has not reported yet".into()),
    };
    after.objects.of("Node").filter_map(|node| Some((node.subject(), reason(node)?))).collect()
}

fn pressure(after: &After) -> Found {
    let kinds = ["MemoryPressure", "DiskPressure", "PIDPressure"];
    let short = |node: &Object| {
        let conditions = kinds.into_iter().filter(|kind| node.is(kind)).filter_map(|kind| node.condition(kind));
        conditions.map(|it| (node.subject(), format!("{}: {}", it.kind, it.message))).collect::<Found>()
    };
    after.objects.of("Node").flat_map(short).collect()
}

fn versions(after: &After) -> Found {
    let Some(wanted) = after.image.as_ref().and_then(|image| image.kubernetes.as_ref()) else { return Vec::new() };
    let other = |node: &Object| {
        let version = &node.status.node_info.kubelet_version;
        (!version.is_empty() && version != wanted).then(|| format!("its kubelet is {version} instead of {wanted}"))
    };
    after.objects.of("Node").filter_map(|node| Some((node.subject(), other(node)?))).collect()
}
