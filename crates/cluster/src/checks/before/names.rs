//! Names: what `/etc/hosts` and the resolver make of them.

use super::{Subject, fixes};
use crate::checks::check::{Check, when};
use sealer_model::checks::Severity::{Error, Warning};
use sealer_model::cluster::API_SERVER_DOMAIN;
use std::net::IpAddr;

pub(super) const CHECKS: &[Check] = &[
    Check::host(
        ("hosts-file-clash", Error),
        "/etc/hosts gives the names of the API and the registry to nobody else",
        "the first line that has a name wins, and then the host asks a machine that is not the cluster's",
        "remove the line; sealer adds its own",
        |subject| {
            let ours = [API_SERVER_DOMAIN, subject.before.cluster.registry.domain.as_str()];
            lines_with(subject, &ours, |_| true)
        },
    ),
    Check::host(
        ("hosts-file-peer", Warning),
        "/etc/hosts gives the other hosts' names their own addresses",
        "whoever reaches hosts by name, as the API server does kubelets' logs, comes to the wrong one",
        "correct the line",
        peers,
    ),
    Check::host(
        ("hosts-file-localhost", Error),
        "localhost leads to this host",
        "health checks and etcd itself ask for localhost",
        "have the line `127.0.0.1 localhost` in /etc/hosts",
        |subject| lines_with(subject, &["localhost"], |address| !address.is_loopback()),
    ),
    Check::host(
        ("own-name", Warning),
        "the host knows its own name",
        "sudo, kubeadm and many programs ask for it, and wait for a name server that may not be there",
        "add a line with its name to /etc/hosts",
        own_name,
    )
    .fixable("adds it", fixes::own_name),
    Check::host(
        ("own-name-elsewhere", Warning),
        "the host's own name leads to itself",
        "programs that register themselves by name register somebody else",
        "correct the line in /etc/hosts or the record of the name server",
        own_name_elsewhere,
    ),
    Check::host(
        ("resolver-missing", Error),
        "the host has a name server, where the image's own passes questions on to it",
        "CoreDNS does not start with an empty /etc/resolv.conf",
        "write `nameserver <any address of the site>` into /etc/resolv.conf",
        |subject| {
            let none = subject.facts.network.nameservers.is_empty() && subject.before.settings.name_service;
            when(none, || "/etc/resolv.conf names no name server".into())
        },
    ),
    Check::host(
        ("resolver-loop", Warning),
        "the host's name server is not the host itself",
        "CoreDNS passes questions on to what the host asks; inside a pod that is CoreDNS itself, and it ends with \"Loop detected\"",
        "write the real name server into /etc/resolv.conf; that of systemd-resolved is known and no harm",
        resolver_loop,
    ),
    Check::host(
        ("resolver-many", Warning),
        "the host has at most 3 name servers",
        "more are cut off, with a warning at every pod",
        "leave three of them in /etc/resolv.conf",
        |subject| {
            let count = subject.facts.network.nameservers.len();
            when(count > 3, || format!("/etc/resolv.conf names {count} name servers"))
        },
    ),
];

/// Lines of `/etc/hosts` that give one of these names to an address that does not fit.
fn lines_with(subject: &Subject<'_>, names: &[&str], misfit: fn(IpAddr) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for line in subject.facts.network.hosts.iter().filter(|line| misfit(line.address)) {
        let clashing = line.names.iter().filter(|name| names.contains(&name.as_str()));
        found.extend(clashing.map(|name| format!("/etc/hosts says that {name} is {}", line.address)));
    }
    found
}

fn peers(subject: &Subject<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for other in subject.before.subjects().filter(|other| other.member.address != subject.member.address) {
        let (name, addresses) = (&other.facts.hostname, &other.facts.addresses);
        // every host calls itself localhost, so a peer of that name is another check's concern
        let lines = subject.facts.network.hosts.iter().filter(|line| line.names.contains(name) && name != "localhost");
        let wrong = lines.filter(|line| !addresses.is_empty() && !addresses.contains(&line.address.to_string()));
        found.extend(wrong.map(|line| {
            format!("/etc/hosts says that {name} is {}, and it is {}", line.address, other.member.address)
        }));
    }
    found
}

fn own_name(subject: &Subject<'_>) -> Vec<String> {
    let unknown = subject.facts.network.own_name.as_ref().is_some_and(Vec::is_empty);
    when(unknown, || format!("the host cannot tell the address of its own name {}", subject.facts.hostname))
}

fn own_name_elsewhere(subject: &Subject<'_>) -> Vec<String> {
    let addresses = subject.facts.network.own_name.iter().flatten();
    let own = |text: &String| {
        let loopback = text.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        loopback || text.starts_with("fe80:") || subject.facts.addresses.contains(text)
    };
    let elsewhere: Vec<&str> = addresses.filter(|text| !own(text)).map(String::as_str).collect();
    when(!elsewhere.is_empty(), || format!("{} leads to {}", subject.facts.hostname, elsewhere.join(", ")))
}

/// kubeadm has the kubelet read the real servers of systemd-resolved.
fn resolver_loop(subject: &Subject<'_>) -> Vec<String> {
    if !subject.before.settings.name_service || subject.runs("systemd-resolved.service") {
        return Vec::new();
    }
    let own = |text: &&String| text.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let servers = subject.facts.network.nameservers.iter().filter(own);
    servers.map(|server| format!("/etc/resolv.conf names {server}")).collect()
}
