//! All hosts together: whether they make a sound cluster.

use super::{Before, Subject};
use crate::checks::check::Check;
use sealer_model::checks::Severity::{Error, Warning};
use sealer_model::facts::Facts;
use std::collections::BTreeMap;
use std::net::IpAddr;

pub(super) const CHECKS: &[Check] = &[
    Check::fleet(
        ("host-unreached", Error),
        "every host is reached by SSH, and sealer becomes root there",
        "nothing can be done on the others without it",
        "check the address, that its SSH server runs, and that --user, --passwd, --pk and --port fit",
        |before| before.unreached.clone(),
    ),
    Check::fleet(
        ("quorum", Warning),
        "the number of masters is odd",
        "an even number survives no more losses than the odd one below it, and has one more machine to lose",
        "take 1, 3 or 5 masters",
        |before| {
            let masters = before.cluster.masters().count();
            on_first(before, (masters % 2 == 0).then(|| format!("there are {masters} masters")))
        },
    ),
    Check::fleet(
        ("address-range-overlap", Error),
        "pods and services have different ranges of addresses",
        "an address must be a pod's or a service's",
        "set networking.podSubnet and networking.serviceSubnet apart",
        range_overlap,
    ),
    Check::fleet(
        ("address-range-hosts", Error),
        "no host has an address of pods or services",
        "packets to that host would go to a pod",
        "set networking.podSubnet and networking.serviceSubnet to ranges that are free on this site",
        hosts_in_range,
    ),
    Check::fleet(
        ("address-range-small", Error),
        "the pods' range has a part for every host",
        "each node gets a part of it, usually 256 addresses, and a node that gets none is never ready",
        "take a larger networking.podSubnet, or smaller parts: node-cidr-mask-size of the controller manager",
        range_small,
    ),
    Check::fleet(
        ("mixed-systems", Warning),
        "all hosts have the same operating system",
        "what works on one may not on another, and each has to be looked after",
        "install the same version on all of them",
        |before| different(before, |facts| facts.system().to_owned()),
    ),
    Check::fleet(
        ("mixed-kernels", Warning),
        "all hosts have the same kernel",
        "a fault that only some hosts show is the hardest to find",
        "install the same kernel on all of them",
        |before| different(before, |facts| facts.kernel.clone()),
    ),
    Check::fleet(
        ("mixed-mtu", Warning),
        "packets may be equally large on all hosts",
        "large packets from one host are lost on the way to another, and small ones are not: connections open and then hang",
        "set the same MTU on all hosts",
        |before| different_texts(before, mtu),
    ),
    Check::fleet(
        ("mixed-cgroups", Warning),
        "all hosts have the same version of control groups",
        "limits of pods mean different things on them",
        "set systemd.unified_cgroup_hierarchy= to the same value on all of them",
        |before| different(before, |facts| format!("version {}", facts.cgroup)),
    ),
];

fn on_first(before: &Before<'_>, found: Option<String>) -> Vec<(IpAddr, String)> {
    let first = before.cluster.members.first().map(|member| member.address);
    first.zip(found).into_iter().collect()
}

fn range_overlap(before: &Before<'_>) -> Vec<(IpAddr, String)> {
    let settings = &before.settings;
    let pairs = settings.pods.iter().flat_map(|pods| settings.services.iter().map(move |services| (pods, services)));
    let found = pairs.filter(|(pods, services)| pods.overlaps(services));
    let found = found.map(|(pods, services)| format!("pods ({pods}) and services ({services}) share addresses")).next();
    on_first(before, found)
}

fn hosts_in_range(before: &Before<'_>) -> Vec<(IpAddr, String)> {
    let ranges = || before.settings.pods.iter().chain(&before.settings.services);
    let addresses = before.cluster.members.iter().map(|member| member.address);
    let inside = |address: IpAddr| ranges().find(|range| range.contains(address)).map(|range| (address, range));
    addresses.filter_map(inside).map(|(address, range)| (address, format!("its address lies in {range}"))).collect()
}

/// Of IPv6 there is always enough.
fn range_small(before: &Before<'_>) -> Vec<(IpAddr, String)> {
    let hosts = before.cluster.members.len();
    let Some(node_prefix) = before.settings.node_prefix else { return Vec::new() };
    let parts = |prefix: u8| node_prefix.checked_sub(prefix).map_or(0, |bits| 1_usize << bits.min(24));
    let small = before.settings.pods.iter().filter(|range| range.address.is_ipv4());
    let small = small.map(|range| (range, parts(range.prefix))).find(|(_, parts)| *parts < hosts);
    on_first(before, small.map(|(range, parts)| format!("{range} has parts for {parts} of {hosts} hosts")))
}

fn mtu(subject: &Subject<'_>) -> Option<String> {
    let link = subject.facts.network.link_of(subject.member.address)?;
    Some(format!("an MTU of {}", link.mtu))
}

fn different(before: &Before<'_>, of: fn(&Facts) -> String) -> Vec<(IpAddr, String)> {
    let texts: Vec<(IpAddr, String)> =
        before.subjects().map(|subject| (subject.member.address, of(subject.facts))).collect();
    unusual(&texts)
}

fn different_texts(before: &Before<'_>, of: fn(&Subject<'_>) -> Option<String>) -> Vec<(IpAddr, String)> {
    let texts = before.subjects().filter_map(|subject| Some((subject.member.address, of(&subject)?)));
    unusual(&texts.collect::<Vec<_>>())
}

/// Hosts that have something else than most; where none is most, the first one sets the measure.
fn unusual(texts: &[(IpAddr, String)]) -> Vec<(IpAddr, String)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, text) in texts {
        *counts.entry(text).or_default() += 1;
    }
    let most = counts.values().max().copied().unwrap_or(0);
    let usual = texts.iter().map(|(_, text)| text.as_str()).find(|text| counts[text] == most).unwrap_or("");
    let others = texts.iter().filter(|(_, text)| text != usual);
    others.map(|(address, text)| (*address, format!("{text}, and others have {usual}"))).collect()
}
