//! What is wrong with ports, routes, filters and names.

use crate::scenarios::checks::fault::Kind::{Posed, Real, Said};
use crate::scenarios::checks::fault::{Case, case, network, on, script};

pub(super) const CASES: &[Case] = &[
    case(("port-in-use", 0), "something listens on port 6443", Real, &[on(0, "port 6443")]),
    case(("node-port-in-use", 1), "something listens on port 30080", Real, &[on(1, "port 30080")]),
    case(
        ("local-ports", 1),
        "net.ipv4.ip_local_port_range is \"15000 65000\"",
        Real,
        &[script(
            1,
            "echo 15000 65000 >/proc/sys/net/ipv4/ip_local_port_range",
            "echo 32768 60999 >/proc/sys/net/ipv4/ip_local_port_range",
        )],
    ),
    case(
        ("unreachable", 0),
        "a firewall on another host drops what comes for port 10250",
        Real,
        &[network(
            1,
            "iptables --append INPUT --protocol tcp --dport 10250 --jump DROP",
            "iptables --delete INPUT --protocol tcp --dport 10250 --jump DROP",
        )],
    ),
    case(
        ("default-route", 2),
        "there is no default route",
        Real,
        &[network(2, "ip route del default", "ip route replace default via \"$GATEWAY\"")],
    ),
    case(
        ("address-range-clash", 2),
        "there is a route to a part of the services' range",
        Real,
        &[network(2, "ip route add 10.96.1.0/24 dev eth0", "ip route del 10.96.1.0/24 dev eth0")],
    ),
    case(
        ("mtu-small", 2),
        "packets may hold 1,000 bytes",
        Real,
        &[network(
            2,
            "ip link set eth0 mtu 1000",
            "ip link set eth0 mtu 1500; ip route replace default via \"$GATEWAY\"",
        )],
    ),
    case(("mixed-mtu", 2), "the same: on two hosts they may hold 1,500", Real, &[]),
    case(
        ("conntrack-table", 2),
        "net.netfilter.nf_conntrack_max is 8192",
        Said,
        &[on(2, "says /proc/sys/net/netfilter/nf_conntrack_max 8192")],
    ),
    case(
        ("ipv6-off", 1),
        "net.ipv6.conf.all.disable_ipv6 is 1",
        Real,
        &[script(
            1,
            "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6",
            "echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6",
        )],
    ),
    case(("firewalld", 1), "firewalld.service runs", Posed, &[on(1, "unit firewalld.service")]),
    case(("ufw", 1), "ufw.service runs", Posed, &[on(1, "unit ufw.service")]),
    case(
        ("filter-drops", 1),
        "the chain FORWARD drops what no rule accepts",
        Real,
        &[network(1, "iptables --policy FORWARD DROP", "iptables --policy FORWARD ACCEPT")],
    ),
    case(
        ("hosts-file-clash", 2),
        "/etc/hosts gives sea.hub another address",
        Real,
        &[on(2, "text /etc/hosts '$a 10.9.9.9 sea.hub'")],
    ),
    case(
        ("hosts-file-peer", 0),
        "/etc/hosts gives another host's name an address that it does not have",
        Real,
        &[on(0, "text /etc/hosts '$a 10.9.9.9 twin'")],
    ),
    case(
        ("hosts-file-localhost", 2),
        "/etc/hosts gives localhost another address",
        Real,
        &[on(2, "text /etc/hosts '$a 10.9.9.9 localhost'")],
    ),
    case(
        ("own-name-elsewhere", 2),
        "/etc/hosts gives the host's own name another address",
        Real,
        &[on(2, "text /etc/hosts '$a 10.9.9.9 twin'")],
    ),
];
