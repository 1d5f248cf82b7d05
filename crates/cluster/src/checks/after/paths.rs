//! The ways between hosts and between their pods, and the room on their disks: what hosts found out when they tried.

use super::After;
use super::objects::Found;
use super::probe::Room;
use crate::checks::check::Check;
use sealer_model::agent::PodReached;
use sealer_model::checks::Severity::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

pub(super) const CHECKS: &[Check] = &[
    Check::cluster(
        ("host-cut-off", Error),
        "every host gets through to every master",
        "a node that is cut off takes no orders, and its pods are started elsewhere after five minutes",
        "look for a firewall, a route or a cable between the two hosts; both run, for they were reached from here",
        cut_off,
    ),
    Check::cluster(
        ("pod-network", Error),
        "pods on each host get through to pods on every other",
        "a service leads to any of its pods, so what uses it fails now and then",
        "look at the pods of the network add-on, at `ip route` on both hosts, and for firewalls: overlays need a port of their own, such \
         as 8472/udp or 4789/udp",
        |after| between(after, apart, "nothing passes between pods here and"),
    ),
    Check::cluster(
        ("pod-network-mtu", Error),
        "packets of full size get from pods on each host to pods on every other",
        "connections open, small questions are answered, and all else hangs",
        "set the network add-on's MTU to that of the hosts' network less what it adds to packets: 50 for VXLAN, 20 for IPIP, 60 for WireGuard",
        |after| between(after, stuck, "connections open, and large packets do not pass between pods here and"),
    ),
    Check::cluster(
        ("disk-full", Error),
        "no file system that the cluster writes to is full",
        "what cannot write ends, and seldom says that it was the disk",
        "free space there, logs and images that nothing uses first; `du -x` shows what takes it",
        full,
    ),
];

/// One attempt of the pods on one host to reach a pod on another.
#[derive(Debug)]
pub(crate) struct PodPath {
    /// The host that tried.
    pub(crate) from: IpAddr,
    /// The host that was to be reached.
    pub(crate) to: IpAddr,
    /// What came of it.
    pub(crate) reached: PodReached,
}

fn apart(reached: &PodReached) -> Option<&str> {
    if let PodReached::Apart(why) = reached { Some(why) } else { None }
}

fn stuck(reached: &PodReached) -> Option<&str> {
    if let PodReached::Stuck(why) = reached { Some(why) } else { None }
}

/// The host that most of what fails has in common is told first, and once; then what that does not explain.
fn between(after: &After, failure: fn(&PodReached) -> Option<&str>, what: &str) -> Found {
    let failed = |path: &PodPath| Some((path.from, path.to, failure(&path.reached)?.to_owned()));
    let mut left: Vec<(IpAddr, IpAddr, String)> = after.pod_paths.iter().filter_map(failed).collect();
    let mut found = Vec::new();
    while let Some(host) = in_most(&left) {
        let (of_host, others): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|(from, to, _)| *from == host || *to == host);
        let partners: BTreeSet<IpAddr> =
            of_host.iter().flat_map(|(from, to, _)| [*from, *to]).filter(|it| *it != host).collect();
        let (from, to, why) = &of_host[0];
        let whom = match partners.len() {
            1 => partners.iter().map(ToString::to_string).collect(),
            count => format!("{count} other hosts"),
        };
        found.push((host.to_string(), format!("{what} {whom}; from {from} to {to}: {why}")));
        left = others;
    }
    found
}

/// Of several the first one, so that the same is told each time.
fn in_most(pairs: &[(IpAddr, IpAddr, String)]) -> Option<IpAddr> {
    let mut counts: BTreeMap<IpAddr, usize> = BTreeMap::new();
    for host in pairs.iter().flat_map(|(from, to, _)| [*from, *to]) {
        *counts.entry(host).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(host, count)| (*count, std::cmp::Reverse(*host))).map(|(host, _)| host)
}

fn cut_off(after: &After) -> Found {
    let of = |(host, probed): (&IpAddr, &super::Probed)| {
        let failed = probed.masters.iter().filter_map(|(master, reached)| Some((master, reached.as_ref().err()?)));
        let told = failed.map(|(master, why)| (host.to_string(), format!("the master {master} is not reached: {why}")));
        told.collect::<Found>()
    };
    after.probed.iter().flat_map(of).collect()
}

/// Below this a share says something: large disks are never so full.
const LITTLE: u64 = 1 << 30;

fn full(after: &After) -> Found {
    let mut found = Vec::new();
    for (host, probed) in &after.probed {
        let mut told: BTreeSet<&str> = BTreeSet::new();
        let is_full = |room: &&Room| room.free < LITTLE && room.free < room.total / 20;
        for room in probed.rooms.iter().filter(is_full) {
            if told.insert(&room.mount_point) {
                let (free, total) = (room.free >> 20, room.total >> 20);
                let text = format!("{} has {free} of {total} MiB free (at {})", room.path, room.mount_point);
                found.push((host.to_string(), text));
            }
        }
    }
    found
}
