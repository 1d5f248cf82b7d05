//! A picture of a host: files with their digests, units, processes, addresses, routes and firewall rules. Taken from outside wherever
//! the host has no program for it.

use crate::delivery::Delivery;
use crate::error::Result;
use crate::hosts::engine::Engine;
use crate::hosts::host::Host;
use crate::hosts::network::Network;
use crate::scenarios::expect::same_lines;

/// The files of a host. Left out is what systemd and dpkg change by themselves on any host at any time.
const FILES: &str = r"
find /etc /usr /opt /root /var/lib /var/cache /var/spool /boot /home /srv \
    \( -path /var/lib/systemd -o -path /var/lib/private -o -path /etc/.pwd.lock -o -path /var/cache/ldconfig \) -prune \
    -o \( -type f -o -type l -o -type d \) -printf '%p %y %m %u:%g %l\n'
find /etc /usr /opt /root /var/lib \
    \( -path /var/lib/systemd -o -path /var/lib/private -o -path /etc/.pwd.lock \) -prune -o -type f -print0 |
    xargs -0 sha256sum | sed -E 's/^([0-9a-f]+)  (.*)/\2 \1/'
";
const UNITS: &str = "systemctl list-unit-files --no-legend --no-pager; systemctl --failed --no-legend --no-pager";
const MOUNTS: &str = "cut -d ' ' -f 2,3 /proc/mounts";
const SETTINGS: &str = "cd /proc/sys/net && grep -H . ipv4/ip_forward ipv?/conf/all/forwarding ipv6/conf/default/forwarding \
     ipv4/conf/all/rp_filter";
/// Programs that come and go with a login or by systemd's own timers say nothing about a cluster.
const TRANSIENT: [&str; 9] = ["sshd", "ps", "sh", "bash", "(sd-pam)", "systemd", "sort", "sd-worker", "systemctl"];

/// What one host looks like.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    /// Each aspect with its lines, sorted.
    parts: Vec<(&'static str, Vec<String>)>,
}

impl Snapshot {
    /// A picture of each host of the delivery.
    pub(super) fn take_all(delivery: &Delivery) -> Result<Vec<Self>> {
        delivery.hosts.iter().map(|host| Self::take(&delivery.fleet.engine, host)).collect()
    }

    /// The lines of one aspect.
    fn part(&self, name: &str) -> &[String] {
        self.parts.iter().find(|(part, _)| *part == name).map_or(&[], |(_, lines)| lines)
    }

    fn take(engine: &Engine, host: &Host) -> Result<Self> {
        let ask = |script: &str| host.run(engine, &["sh", "-c", script]);
        let outside = Network::of(engine, host)?;
        let parts = vec![
            ("files", lines(&ask(FILES)?)),
            ("name", lines(&ask("uname -n")?)),
            ("units", lines(&ask(UNITS)?)),
            ("mounts", lines(&ask(MOUNTS)?)),
            ("settings", lines(&ask(SETTINGS)?)),
            ("processes", processes(&ask("ps -eo comm=")?)),
            ("addresses", lines(&outside.run(&["ip", "-brief", "address"])?)),
            ("routes", lines(&outside.run(&["ip", "route"])?)),
            ("routes of IPv6", lines(&outside.run(&["ip", "-6", "route"])?)),
            ("firewall", rules(&outside.run(&["iptables-save"])?)),
            ("firewall of IPv6", rules(&outside.run(&["ip6tables-save"])?)),
        ];
        Ok(Self { parts })
    }
}

/// What has changed on the hosts, each aspect of each host in words of its own.
pub(super) fn differences(hosts: &[Host], before: &[Snapshot], after: &[Snapshot]) -> Vec<String> {
    let pictures = hosts.iter().zip(before.iter().zip(after));
    let aspects = pictures.flat_map(|(host, (before, after))| {
        before.parts.iter().map(move |(part, lines)| (format!("{part} of {}", host.name), lines, after.part(part)))
    });
    aspects
        .filter_map(|(what, before, after)| same_lines(&what, before, after).err())
        .map(|error| error.to_string())
        .collect()
}

fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> =
        text.lines().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect();
    lines.sort();
    lines
}

fn processes(text: &str) -> Vec<String> {
    let mut names = lines(text);
    names.retain(|name| !TRANSIENT.contains(&name.trim()));
    names.dedup();
    names
}

/// Rules, and chains that somebody made; the kernel's own chains appear when a table is first looked at.
fn rules(text: &str) -> Vec<String> {
    let mut lines = lines(text);
    lines.retain(|line| line.starts_with("-A") || (line.starts_with(':') && line.contains(" - ")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_own_chains_are_no_rules() {
        let text = "*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n-A PREROUTING -j KUBE-SERVICES\nCOMMIT\n";
        assert_eq!(rules(text), ["-A PREROUTING -j KUBE-SERVICES", ":KUBE-SERVICES - [0:0]"]);
    }

    #[test]
    fn processes_of_a_login_do_not_count() {
        assert_eq!(processes("systemd\nsshd\nbash\ncontainerd\ncontainerd\n"), ["containerd"]);
    }
}
