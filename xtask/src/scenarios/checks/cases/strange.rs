//! What is wrong with a site as its Clusterfile has it, with whole hosts, and with what their logins give.

use crate::scenarios::checks::fault::Kind::{Posed, Real};
use crate::scenarios::checks::fault::{Case, case, machine, network, on, script};
use crate::scenarios::checks::site::Whom;

const fn of_whom(whom: Whom, case: Case) -> Case {
    Case { whom, ..case }
}

pub(super) const CASES: &[Case] = &[
    case(("platform", 2), "`uname -m` says i686", Real, &[on(2, "personality '/usr/bin/setarch i686 --uname-2.6'")]),
    case(("kernel-version", 2), "`uname -r` says 2.6", Real, &[]),
    case(("mixed-kernels", 2), "the same: other hosts have a newer one", Real, &[]),
    case(("systemd", 1), "/run/systemd is empty", Real, &[on(1, "disk /run/systemd size=1m")]),
    case(("root", 2), "a user's sudo runs commands as that user", Posed, &[on(2, "user someone")]),
    case(
        ("hostname-localhost", 2),
        "the host is called localhost",
        Real,
        &[script(2, "hostname >$KEPT/hostname; hostname localhost", "hostname \"$(cat $KEPT/hostname)\"")],
    ),
    case(
        ("disk-latency-unusable", 1),
        "the disk of /var/lib/etcd takes 2 writes a second",
        Real,
        &[on(1, "slow /var/lib/etcd 2")],
    ),
    of_whom(
        Whom::Translated,
        case(
            ("address", 0),
            "an address is translated to the host's, which does not have it",
            Real,
            &[
                network(
                    0,
                    "iptables --table nat --append PREROUTING --destination \"$TRANSLATED\" --jump DNAT --to-destination \"$FIRST\"",
                    "iptables --table nat --delete PREROUTING --destination \"$TRANSLATED\" --jump DNAT --to-destination \"$FIRST\"",
                ),
                machine(
                    "ip neigh replace \"$TRANSLATED\" dev \"$BRIDGE\" nud permanent lladdr \
                     \"$(ip neigh show \"$FIRST\" dev \"$BRIDGE\" | sed -E 's/.*lladdr ([^ ]+).*/\\1/')\"",
                    "ip neigh delete \"$TRANSLATED\" dev \"$BRIDGE\"",
                ),
            ],
        ),
    ),
    of_whom(
        Whom::Second,
        case(
            ("same-host", 0),
            "a host is named a second time, by another address that it has",
            Real,
            &[network(0, "ip address add \"$ANOTHER/32\" dev eth0", "ip address delete \"$ANOTHER/32\" dev eth0")],
        ),
    ),
    of_whom(Whom::Nobody, case(("host-unreached", 0), "no machine has the address", Real, &[])),
    case(("registry-unreachable", 1), "nobody listens where the site is said to have a registry", Real, &[]),
    case(("quorum", 0), "there are two masters", Real, &[]),
    case(("address-range-overlap", 0), "serviceSubnet is half of podSubnet", Real, &[]),
    case(("address-range-hosts", 1), "podSubnet is the hosts' own network", Real, &[]),
    case(("address-range-small", 0), "podSubnet has a part for one node, and there are more", Real, &[]),
    case(
        ("resolver-missing", 0),
        "/etc/resolv.conf is empty",
        Real,
        &[script(0, "lines /etc/resolv.conf ''", "lines /etc/resolv.conf \"nameserver $GATEWAY\\n\"")],
    ),
    case(
        ("resolver-loop", 1),
        "/etc/resolv.conf names 127.0.0.1",
        Real,
        &[script(
            1,
            "lines /etc/resolv.conf 'nameserver 127.0.0.1\\n'",
            "lines /etc/resolv.conf \"nameserver $GATEWAY\\n\"",
        )],
    ),
    case(
        ("resolver-many", 2),
        "/etc/resolv.conf names four servers",
        Real,
        &[script(
            2,
            "lines /etc/resolv.conf 'nameserver 10.9.9.1\\nnameserver 10.9.9.2\\nnameserver 10.9.9.3\\nnameserver 10.9.9.4\\n'",
            "lines /etc/resolv.conf \"nameserver $GATEWAY\\n\"",
        )],
    ),
    case(("clock-drift", 1), "`date` is 7 s ahead", Posed, &[on(1, "clock 7")]),
    case(("clock-skew", 2), "`date` is a day behind", Posed, &[on(2, "clock -86400")]),
    case(("clock-certificates", 2), "the same", Posed, &[]),
];
