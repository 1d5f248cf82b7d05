//! The control plane: its programs on every master, and etcd.

use super::After;
use super::nodes::has_address;
use super::objects::{Found, MIRROR, Object};
use super::probe::Etcd;
use crate::checks::check::Check;
use sealer_model::checks::Severity::{Error, Warning};
use sealer_model::cluster::Role;

pub(super) const CHECKS: &[Check] = &[
    Check::cluster(
        ("api-silent", Error),
        "the API answers on every master that is asked",
        "nothing can be changed in the cluster through this master, and its controllers may stand still",
        "look at `crictl ps -a` and /var/log/pods for kube-apiserver and etcd; certificates that have ended are renewed \
         with `sealer cert renew`",
        |after| after.silent_api.iter().map(|(host, why)| (host.to_string(), why.clone())).collect(),
    ),
    Check::cluster(
        ("control-plane", Error),
        "every master runs the API server, the controller manager, the scheduler and etcd",
        "the loss of another master is then the loss of the cluster",
        "look at `journalctl -u kubelet` and /var/log/pods on the master",
        programs,
    ),
    Check::cluster(
        ("etcd-health", Error),
        "every member of etcd says that it is well",
        "a member that cannot write, be it for a full database, makes the whole cluster read-only",
        "look at its log in /var/log/pods; a full database is made smaller with `etcdctl defrag`, and the alarm disarmed",
        |after| etcd(after, |etcd| (etcd.healthy == Some(false)).then(|| "etcd says that it is not well".into())),
    ),
    Check::cluster(
        ("etcd-leader", Error),
        "every member of etcd has a leader",
        "a member without one sees less than half of the others: the network between masters is broken",
        "check that masters reach one another on ports 2379 and 2380",
        |after| etcd(after, |etcd| (etcd.leader == Some(false)).then(|| "etcd has no leader".into())),
    ),
    Check::cluster(
        ("etcd-size", Warning),
        "etcd's database is smaller than four fifths of what it may be",
        "at the limit nothing can be written any more",
        "make it smaller with `etcdctl defrag`, and look for what writes so many objects or events",
        |after| etcd(after, size),
    ),
    Check::cluster(
        ("etcd-silent", Warning),
        "etcd answers on every master when it is asked how it is",
        "what does not answer cannot be judged",
        "look at its log in /var/log/pods",
        silent,
    ),
];

const PROGRAMS: [&str; 4] = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"];

/// Only of clusters whose control plane are pods at all: an etcd outside of the cluster is no fault.
fn programs(after: &After) -> Found {
    let mut found = Vec::new();
    let mirrors: Vec<&Object> =
        after.objects.of("Pod").filter(|pod| pod.metadata.annotations.contains_key(MIRROR)).collect();
    for program in PROGRAMS {
        let of = |pod: &&&Object| pod.metadata.name.starts_with(&format!("{program}-"));
        if !mirrors.iter().any(|pod| of(&pod)) {
            continue;
        }
        for master in after.members.iter().filter(|member| member.role == Role::Master) {
            let Some(node) = after.objects.of("Node").find(|node| has_address(node, master.address)) else { continue };
            let there = |pod: &&&Object| pod.spec.node_name == node.metadata.name;
            if !mirrors.iter().filter(of).any(|pod| there(&pod)) {
                found.push((node.subject(), format!("it runs no {program}")));
            }
        }
    }
    found
}

fn etcd(after: &After, of: fn(&Etcd) -> Option<String>) -> Found {
    let each = after.probed.iter().filter_map(|(host, probed)| Some((host, probed.etcd.as_ref()?)));
    each.filter_map(|(host, etcd)| Some((host.to_string(), of(etcd)?))).collect()
}

fn size(etcd: &Etcd) -> Option<String> {
    let (size, most) = (etcd.size?, etcd.most?);
    (most > 0 && size > most / 5 * 4).then(|| format!("etcd's database has {} of {} MiB", size >> 20, most >> 20))
}

/// Where one member answers, all have to: then it is a cluster whose etcd can be asked.
fn silent(after: &After) -> Found {
    let masters = after.members.iter().filter(|member| member.role == Role::Master);
    let probed = masters.filter_map(|master| Some((master.address, after.probed.get(&master.address)?)));
    let (answered, mute): (Vec<_>, Vec<_>) = probed.partition(|(_, probed)| probed.etcd.is_some());
    let mute = mute.into_iter().filter(|_| !answered.is_empty());
    mute.map(|(host, _)| (host.to_string(), "etcd does not answer on port 2381".into())).collect()
}
