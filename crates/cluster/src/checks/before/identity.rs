//! What makes a host itself: names and identifiers, each its own.

use super::{Before, Subject};
use crate::checks::check::{Check, when};
use sealer_model::checks::Severity::{Error, Warning};
use sealer_model::facts::Facts;
use std::net::IpAddr;

pub(super) const CHECKS: &[Check] = &[
    Check::host(
        ("hostname", Error),
        "the host's name can be a node's name",
        "the kubelet takes it over, and Kubernetes takes lower-case names only",
        "set one of lower-case letters, digits, dots and dashes with hostnamectl",
        |subject| {
            let name = &subject.facts.hostname;
            when(!is_node_name(name), || format!("hostname \"{name}\" cannot be a node's name"))
        },
    ),
    Check::host(
        ("hostname-localhost", Error),
        "the host's name is its own",
        "a node called localhost is reached by nobody but itself",
        "set a name with hostnamectl",
        |subject| {
            let name = &subject.facts.hostname;
            when(name == "localhost" || name.starts_with("localhost."), || {
                format!("hostname \"{name}\" is everybody's")
            })
        },
    ),
    Check::host(
        ("hostname-not-kept", Warning),
        "the host's name survives a reboot",
        "a node that comes back under another name is another node",
        "set it with hostnamectl, which writes /etc/hostname, too",
        hostname_not_kept,
    ),
    Check::fleet(
        ("duplicate-hostname", Error),
        "no two hosts have the same name",
        "the second one would take over the first one's node",
        "give every host a name of its own with hostnamectl",
        |before| twins(before, "hostname", |facts| facts.hostname.clone()),
    ),
    Check::host(
        ("machine-id-missing", Warning),
        "the host has a machine id",
        "the kubelet, systemd and journals tell hosts apart by it",
        "run systemd-machine-id-setup",
        |subject| when(subject.facts.machine_id.is_empty(), || "/etc/machine-id is missing or empty".into()),
    ),
    Check::fleet(
        ("duplicate-machine-id", Error),
        "no two hosts have the same machine id",
        "copies of one virtual machine get the same addresses by DHCP, and network add-ons mistake them for one another",
        "run systemd-machine-id-setup after removing /etc/machine-id on one of them",
        |before| twins(before, "/etc/machine-id", |facts| facts.machine_id.clone()),
    ),
    Check::fleet(
        ("duplicate-mac", Error),
        "no two hosts have the same hardware address",
        "switches send packets of one to the other, now and then",
        "have the hypervisor make a new address for one of them",
        duplicate_mac,
    ),
    Check::fleet(
        ("duplicate-product-uuid", Warning),
        "no two machines have the same product uuid",
        "they are copies, and storage and cloud add-ons tell machines apart by it",
        "have the hypervisor make a new one; containers on one machine share it rightly",
        |before| twins(before, "the product uuid", |facts| facts.machine.product_uuid.clone()),
    ),
    Check::fleet(
        ("same-host", Error),
        "no host is named twice by different addresses",
        "one machine cannot be two nodes",
        "name each host once",
        same_host,
    ),
];

fn is_node_name(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=253).contains(&text.len())
        && text.bytes().all(|byte| word(byte) || byte == b'-' || byte == b'.')
        && text.bytes().next().is_some_and(word)
        && text.bytes().next_back().is_some_and(word)
}

fn hostname_not_kept(subject: &Subject<'_>) -> Vec<String> {
    let (now, kept) = (&subject.facts.hostname, &subject.facts.machine.static_hostname);
    let differs = !kept.is_empty() && now != kept;
    when(differs, || format!("the name is {now} now and {kept} after a reboot"))
}

/// Each host that has the same as one before it.
fn twins(before: &Before<'_>, what: &str, of: fn(&Facts) -> String) -> Vec<(IpAddr, String)> {
    let subjects: Vec<Subject<'_>> = before.subjects().collect();
    let mut found = Vec::new();
    for (position, subject) in subjects.iter().enumerate() {
        let value = of(subject.facts);
        let same = |other: &&Subject<'_>| !value.is_empty() && of(other.facts) == value;
        if let Some(other) = subjects[..position].iter().find(same) {
            let text = format!("{what} ({value}) is the same as on {}", other.member.address);
            found.push((subject.member.address, text));
        }
    }
    found
}

/// The hardware address of the link that holds the host's address; bridges of runtimes have addresses that follow from names.
fn duplicate_mac(before: &Before<'_>) -> Vec<(IpAddr, String)> {
    let mac = |subject: &Subject<'_>| {
        let link = subject.facts.network.link_of(subject.member.address)?;
        (!link.mac.is_empty() && link.mac != "00:00:00:00:00:00").then(|| link.mac.clone())
    };
    let subjects: Vec<Subject<'_>> = before.subjects().collect();
    let mut found = Vec::new();
    for (position, subject) in subjects.iter().enumerate() {
        let Some(own) = mac(subject) else { continue };
        if let Some(other) = subjects[..position].iter().find(|other| mac(other).as_ref() == Some(&own)) {
            let text = format!("hardware address {own} is the same as on {}", other.member.address);
            found.push((subject.member.address, text));
        }
    }
    found
}

fn same_host(before: &Before<'_>) -> Vec<(IpAddr, String)> {
    let subjects: Vec<Subject<'_>> = before.subjects().collect();
    let mut found = Vec::new();
    for (position, subject) in subjects.iter().enumerate() {
        let address = subject.member.address.to_string();
        let holds = |other: &&Subject<'_>| other.facts.addresses.contains(&address);
        if let Some(other) = subjects[..position].iter().find(holds) {
            found.push((subject.member.address, format!("this is the host {}, too", other.member.address)));
        }
    }
    found
}
