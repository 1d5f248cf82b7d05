//! Listening ports and addresses as the kernel writes them under `/proc/net`, for hosts may lack `ip` and `ss`.

use std::collections::BTreeSet;
use std::net::Ipv6Addr;

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
