//! The network: ports, routes, ranges of addresses, filters, and the way from host to host.

use super::{Subject, fixes};
use crate::checks::check::{Check, when};
use sealer_model::checks::Severity::{Error, Warning};
use sealer_model::cluster::{API_SERVER_PORT, ContainerRuntime, Role};
use sealer_model::facts::{Reach, Reached, Subnet};

pub(super) const CHECKS: &[Check] = &[
    Check::host(
        ("address", Error),
        "the host has the address by which it is to be reached",
        "a node tells the others its own address; one behind address translation tells one that leads nowhere",
        "name the address that `ip address` shows on the host, and deliver from a machine that reaches it",
        address,
    ),
    Check::host(
        ("port-in-use", Error),
        "the ports of the cluster are free",
        "a program that does not get its port ends at once, again and again",
        "stop what listens there; `ss -ltnp` on the host names it",
        port_in_use,
    ),
    Check::host(
        ("node-port-in-use", Warning),
        "nothing listens on the ports that services may be given",
        "a service with such a port would take it away from what listens there now",
        "let it listen elsewhere, or give services' ports by hand",
        |subject| {
            let ports = subject.facts.listening.iter().filter(|port| NODE_PORTS.contains(port) && !subject.is_ours());
            ports.map(|port| format!("something listens on port {port}")).collect()
        },
    ),
    Check::host(
        ("local-ports", Warning),
        "connections of the host itself do not begin at ports that services may be given",
        "a connection that happens to begin there makes a service of that port unreachable",
        "set net.ipv4.ip_local_port_range to \"32768 60999\"",
        |subject| {
            let first = subject.facts.setting("net.ipv4.ip_local_port_range");
            let low = first.filter(|first| *first <= i64::from(*NODE_PORTS.end()));
            low.map(|first| format!("local ports begin at {first}")).into_iter().collect()
        },
    )
    .fixable("sets it", fixes::local_ports),
    Check::host(
        ("unreachable", Error),
        "hosts get through to one another on the ports that will be used",
        "a firewall between hosts is silent, and what waits for an answer fails late and far away",
        "open the ports between all hosts: 6443, 2379, 2380, 10250 and the registry's, and what the network add-on needs",
        unreachable,
    ),
    Check::host(
        ("registry-unreachable", Error),
        "hosts get through to the registry that the site has already",
        "every container image comes from there, and a pod whose image does not come waits without end",
        "open the way from all hosts to externalRegistry's domain and port; a name has to be known to every host",
        registry_unreachable,
    ),
    Check::host(
        ("default-route", Warning),
        "there is a default route",
        "addresses of services lie in no connected network; without any route some programs say \"network is unreachable\"",
        "add one, if only to an address that leads nowhere",
        |subject| {
            let none = !subject.facts.network.has_default_route(subject.member.address);
            when(none, || "there is no default route".into())
        },
    ),
    Check::host(
        ("address-range-clash", Error),
        "addresses of pods and services are in use nowhere else",
        "what lies behind a route of the host would not be reached any more, or pods would not be",
        "set networking.podSubnet and networking.serviceSubnet to ranges that are free on this site",
        range_clash,
    ),
    Check::host(
        ("mtu-small", Warning),
        "packets may hold 1,280 bytes and more",
        "an overlay network takes up to 60 bytes of each, and IPv6 asks for 1,280",
        "set the link's MTU to what the network really takes, usually 1500",
        mtu,
    ),
    Check::host(
        ("conntrack-table", Warning),
        "the kernel can follow 65,536 connections and more",
        "when the table is full, packets are dropped and the kernel's log is the only place that says so",
        "raise net.netfilter.nf_conntrack_max",
        |subject| {
            let most = subject.facts.setting("net.netfilter.nf_conntrack_max").filter(|most| *most < 65_536);
            most.map(|most| format!("net.netfilter.nf_conntrack_max is {most}")).into_iter().collect()
        },
    ),
    Check::host(
        ("ipv6-off", Warning),
        "the kernel knows IPv6",
        "programs that listen on every address of both families do not start where one is switched off",
        "set net.ipv6.conf.all.disable_ipv6 to 0; no address is needed",
        |subject| {
            let off = subject.facts.setting("net.ipv6.conf.all.disable_ipv6") == Some(1);
            when(off, || "net.ipv6.conf.all.disable_ipv6 is 1".into())
        },
    ),
    Check::host(
        ("firewalld", Warning),
        "firewalld does not run",
        "its rules know nothing of pods and services, and each reload puts them before those of the cluster",
        "switch it off, or give the interfaces and the pods' range to the zone trusted",
        |subject| when(subject.runs("firewalld.service"), || "firewalld is active".into()),
    ),
    Check::host(
        ("ufw", Warning),
        "ufw does not run",
        "it forwards nothing unless told to, and pods' packets are forwarded",
        "switch it off, or set DEFAULT_FORWARD_POLICY to ACCEPT and allow the cluster's ports",
        |subject| when(subject.runs("ufw.service"), || "ufw is active".into()),
    ),
    Check::host(
        ("filter-drops", Warning),
        "no chain of the packet filter drops what no rule accepts",
        "packets to pods pass such chains, and network add-ons do not always accept them before",
        "set the chain's policy to accept, or accept the pods' range there",
        |subject| {
            let chains = subject.facts.network.dropping_chains.iter();
            chains.map(|chain| format!("chain {chain} drops what no rule accepts")).collect()
        },
    ),
];

const NODE_PORTS: std::ops::RangeInclusive<u16> = 30_000..=32_767;
const KUBELET_PORT: u16 = 10250;
const MASTER_PORTS: [u16; 6] = [API_SERVER_PORT, 2379, 2380, KUBELET_PORT, 10257, 10259];

fn address(subject: &Subject<'_>) -> Vec<String> {
    let (wanted, present) = (subject.member.address.to_string(), &subject.facts.addresses);
    let absent = !present.is_empty() && !present.contains(&wanted) && !subject.member.address.is_loopback();
    when(absent, || format!("the host has the addresses {}, and not {wanted}", present.join(", ")))
}

fn port_in_use(subject: &Subject<'_>) -> Vec<String> {
    if subject.is_ours() {
        return Vec::new();
    }
    let registry = subject.before.cluster.registry.port;
    let needed: Vec<u16> = match subject.member.role {
        // the balancer listens on both of the others
        Role::Node => vec![KUBELET_PORT, API_SERVER_PORT, registry],
        Role::Master => MASTER_PORTS.into_iter().chain([registry]).collect(),
    };
    let cluster = subject.before.cluster;
    let docker = (cluster.container_runtime == ContainerRuntime::Docker).then(|| cluster.registry.tunnel_port());
    let taken = needed.into_iter().chain(docker).filter(|port| subject.facts.listening.contains(port));
    taken.map(|port| format!("port {port} is in use")).collect()
}

/// Nothing listens on other hosts yet: one that refuses is reached.
fn unreachable(subject: &Subject<'_>) -> Vec<String> {
    let reach = subject.facts.network.reach.iter();
    reach.filter(|reach| reach.reached != Reached::Refused && !is_external(subject, reach)).filter_map(missed).collect()
}

fn registry_unreachable(subject: &Subject<'_>) -> Vec<String> {
    subject.facts.network.reach.iter().filter(|reach| is_external(subject, reach)).filter_map(missed).collect()
}

/// Whether it was knocked at the registry that the site has already.
fn is_external(subject: &Subject<'_>, reach: &Reach) -> bool {
    let external = subject.before.cluster.registry.external.as_ref();
    external.is_some_and(|registry| registry.domain == reach.host && registry.port() == reach.port)
}

fn missed(reach: &Reach) -> Option<String> {
    let why = match &reach.reached {
        Reached::Answered => return None,
        Reached::Refused => "connection refused",
        Reached::Silent => "no answer in 3 s",
        Reached::Failed(said) => said.as_str(),
    };
    Some(format!("port {} of {} is not reached: {why}", reach.port, reach.host))
}

/// The cluster's own routes lie inside its ranges, so hosts that are the cluster's already are not looked at.
fn range_clash(subject: &Subject<'_>) -> Vec<String> {
    let settings = &subject.before.settings;
    let mut found = Vec::new();
    let ranges = settings.pods.iter().map(|range| ("pods", range));
    for (whose, range) in ranges.chain(settings.services.iter().map(|range| ("services", range))) {
        let clashes = |route: &&Subnet| route.prefix > 0 && route.overlaps(range);
        let routes = subject.facts.network.routes.iter().map(|route| &route.destination);
        let routes = routes.filter(|_| !subject.is_ours()).filter(clashes);
        found.extend(routes.map(|route| format!("the host has a route to {route}, and {whose} are to have {range}")));
    }
    found
}

fn mtu(subject: &Subject<'_>) -> Vec<String> {
    let link = subject.facts.network.link_of(subject.member.address).filter(|link| link.mtu < 1280);
    link.map(|link| format!("{} has an MTU of {}", link.name, link.mtu)).into_iter().collect()
}
