//! Listening ports and addresses as the kernel writes them under `/proc/net`, for hosts may lack `ip` and `ss`.

use super::Sections;
use sealer_model::facts::{HostsLine, Link, Network, Reach, Reached, Route, Subnet};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The state of a listening socket in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// Ports from `/proc/net/tcp` and `/proc/net/tcp6`, sorted.
pub(super) fn listening(text: &str) -> Vec<u16> {
    let port = |line: &str| {
        let mut words = line.split_whitespace();
        let local = words.nth(1)?;
        let state = words.nth(1)?;
        let (_, port) = local.rsplit_once(':')?;
        (state == LISTEN).then(|| u16::from_str_radix(port, 16).ok())?
    };
    text.lines().filter_map(port).collect::<BTreeSet<u16>>().into_iter().collect()
}

/// The interfaces' addresses from `/proc/net/fib_trie` and `/proc/net/if_inet6`, without loopback.
pub(super) fn addresses(fib_trie: &str, if_inet6: &str) -> Vec<String> {
    let mut all: Vec<String> = local_ipv4(fib_trie).into_iter().collect();
    all.extend(if_inet6.lines().filter_map(ipv6));
    all
}

/// A leaf `|-- 192.0.2.7` is an address of this host where a line `/32 host LOCAL` follows it.
fn local_ipv4(fib_trie: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut leaf = "";
    for line in fib_trie.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address;
        } else if line == "/32 host LOCAL" && !leaf.starts_with("127.") {
            found.insert(leaf.to_owned());
        }
    }
    found
}

/// `fd000000000000000000000000000001 02 40 00 80 eth0`: 32 hex digits first.
fn ipv6(line: &str) -> Option<String> {
    let digits = line.split_whitespace().next().filter(|word| word.len() == 32)?;
    let address = Ipv6Addr::from(u128::from_str_radix(digits, 16).ok()?);
    (!address.is_loopback()).then(|| address.to_string())
}

/// How the host is connected.
pub(super) fn network(sections: &Sections<'_>) -> Network {
    let filter = sections.get("filter");
    let mut routes: Vec<Route> = sections.get("routes4").lines().filter_map(route4).collect();
    routes.extend(sections.get("routes6").lines().filter_map(route6));
    Network {
        links: sections.get("links").lines().filter_map(link).collect(),
        routes,
        hosts: hosts(sections.get("hosts")),
        own_name: own_name(sections.get("own-name")),
        nameservers: nameservers(sections.get("resolver")),
        dropping_chains: dropping_chains(filter),
        kubernetes_chains: kubernetes_chains(filter),
        virtual_services: sections.get("virtual-services").lines().filter(|line| is_service(line)).count(),
        reach: sections.get("reach").lines().filter_map(reach).collect(),
    }
}

/// `eth0 1500 02:42:ac:1e:00:02`; the loopback interface tells nothing.
fn link(line: &str) -> Option<Link> {
    let mut words = line.split_whitespace();
    let (name, mtu) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
    let mac = words.next().unwrap_or_default().to_lowercase();
    (name != "lo").then_some(Link { name, mac, mtu })
}

/// A route that is up, but for those to this host itself and those that refuse.
const UP: u32 = 1;
const REJECT: u32 = 0x200;
const LOCAL: u32 = 0x8000_0000;

/// `eth0 0000001E 00000000 0001 0 0 0 0000FFFF ...`: numbers are hexadecimal, addresses in the processor's byte order, which is
/// little endian wherever Kubernetes runs.
fn route4(line: &str) -> Option<Route> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let address = |text: &str| Some(Ipv4Addr::from(u32::from_str_radix(text, 16).ok()?.swap_bytes()));
    let (destination, mask) = (address(words.get(1)?)?, address(words.get(7)?)?);
    let flags = u32::from_str_radix(words.get(3)?, 16).ok()?;
    let prefix = u8::try_from(mask.to_bits().leading_ones()).ok()?;
    let destination = Subnet { address: destination.into(), prefix };
    (flags & UP != 0 && flags & REJECT == 0).then(|| Route { destination, link: words[0].to_owned() })
}

/// Ten columns: destination, its prefix length, source, its prefix length, next hop, metric, two counters, flags, interface.
fn route6(line: &str) -> Option<Route> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let address = Ipv6Addr::from(u128::from_str_radix(words.first()?, 16).ok()?);
    let prefix = u8::from_str_radix(words.get(1)?, 16).ok()?;
    let flags = u32::from_str_radix(words.get(8)?, 16).ok()?;
    let link = (*words.get(9)?).to_owned();
    let usual = flags & UP != 0 && flags & (REJECT | LOCAL) == 0 && link != "lo";
    let everywhere = address.is_multicast() || (address.segments()[0] & 0xffc0) == 0xfe80;
    (usual && !everywhere).then_some(Route { destination: Subnet { address: address.into(), prefix }, link })
}

/// The lines of `/etc/hosts` without those between our own markers.
fn hosts(text: &str) -> Vec<HostsLine> {
    let mut ours = false;
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with("# BEGIN sealer ") {
            ours = true;
        } else if line.starts_with("# END sealer ") {
            ours = false;
        } else if !ours {
            lines.extend(hosts_line(line));
        }
    }
    lines
}

fn hosts_line(line: &str) -> Option<HostsLine> {
    let mut words = line.split('#').next()?.split_whitespace();
    let address = words.next()?.parse().ok()?;
    Some(HostsLine { address, names: words.map(str::to_owned).collect() })
}

/// What `getent ahosts` prints, then a line that says that it was asked.
fn own_name(text: &str) -> Option<Vec<String>> {
    let asked = text.lines().any(|line| line == "asked");
    let addresses = text.lines().filter(|line| *line != "asked").filter_map(|line| line.split_whitespace().next());
    let addresses: BTreeSet<String> = addresses.map(str::to_owned).collect();
    asked.then(|| addresses.into_iter().collect())
}

fn nameservers(text: &str) -> Vec<String> {
    let server = |line: &str| Some(line.trim().strip_prefix("nameserver")?.trim().to_owned());
    text.lines().filter_map(server).filter(|server| !server.is_empty()).collect()
}

/// From `iptables-save` (`:INPUT DROP [0:0]`) and from `nft list ruleset` (`chain input {`, then `type filter hook input ... policy
/// drop;`).
fn dropping_chains(text: &str) -> Vec<String> {
    let mut chain = "";
    let mut found = BTreeSet::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("chain ") {
            chain = name.trim_end_matches('{').trim();
        } else if line.contains("policy drop") && line.contains("hook ") {
            found.insert(chain.to_owned());
        } else if let Some((name, "DROP")) = old_chain(line) {
            found.insert(name.to_owned());
        }
    }
    found.into_iter().collect()
}

/// `:INPUT DROP [0:0]`.
fn old_chain(line: &str) -> Option<(&str, &str)> {
    let mut words = line.strip_prefix(':')?.split_whitespace();
    Some((words.next()?, words.next()?))
}

/// Names that only Kubernetes and its networks give to chains.
const CHAINS: [&str; 5] = ["KUBE-", "CNI-", "cali-", "CILIUM_", "FLANNEL-"];

fn kubernetes_chains(text: &str) -> usize {
    let name = |line: &str| {
        let line = line.trim();
        let name = old_chain(line).map(|(name, _)| name).or_else(|| line.strip_prefix("chain "))?;
        Some(CHAINS.iter().any(|prefix| name.starts_with(prefix)))
    };
    text.lines().filter_map(name).filter(|kubernetes| *kubernetes).count()
}

/// `TCP  0A600001:01BB rr`.
fn is_service(line: &str) -> bool {
    ["TCP ", "UDP ", "SCTP "].iter().any(|protocol| line.starts_with(protocol))
}

/// `timeout` ends with this status when it had to end the program.
const TIMED_OUT: &str = "124";

/// Host, port, exit status of the attempt, what it said.
fn reach(line: &str) -> Option<Reach> {
    let mut words = line.splitn(4, ' ');
    let (host, port) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
    let (status, said) = (words.next()?, words.next().unwrap_or_default());
    let reached = match status {
        "0" => Reached::Answered,
        _ if said.contains("refused") => Reached::Refused,
        TIMED_OUT => Reached::Silent,
        _ => Reached::Failed(said.rsplit(": ").next().unwrap_or(said).trim().to_owned()),
    };
    Some(Reach { host, port, reached })
}
