//! What is wrong with what hosts are called, with what tells them apart, and with their clocks.

use crate::scenarios::checks::fault::Kind::{Posed, Real, Said};
use crate::scenarios::checks::fault::{Case, case, on, script};

pub(super) const CASES: &[Case] = &[
    case(
        ("hostname", 0),
        "the host is called Node-A",
        Real,
        &[script(0, "hostname >$KEPT/hostname; hostname Node-A", "hostname \"$(cat $KEPT/hostname)\"")],
    ),
    case(
        ("duplicate-hostname", 2),
        "two hosts are called twin",
        Real,
        &[
            script(1, "hostname >$KEPT/hostname; hostname twin", "hostname \"$(cat $KEPT/hostname)\""),
            script(2, "hostname >$KEPT/hostname; hostname twin", "hostname \"$(cat $KEPT/hostname)\""),
        ],
    ),
    case(("own-name", 1), "the same: nobody knows the address of twin", Real, &[]),
    case(
        ("hostname-not-kept", 1),
        "/etc/hostname has another name",
        Real,
        &[script(1, "echo another >/etc/hostname", "cat $KEPT/hostname >/etc/hostname")],
    ),
    case(("machine-id-missing", 2), "/etc/machine-id is empty", Real, &[on(2, "text /etc/machine-id d")]),
    case(
        ("duplicate-machine-id", 1),
        "two hosts have one /etc/machine-id",
        Real,
        &[
            on(0, "text /etc/machine-id s/.*/0123456789abcdef0123456789abcdef/"),
            on(1, "text /etc/machine-id s/.*/0123456789abcdef0123456789abcdef/"),
        ],
    ),
    case(
        ("duplicate-mac", 2),
        "/sys/class/net/eth0/address of two hosts is the same",
        Said,
        &[
            on(1, "says /sys/class/net/eth0/address 02:00:00:00:00:01"),
            on(2, "says /sys/class/net/eth0/address 02:00:00:00:00:01"),
        ],
    ),
    case(
        ("duplicate-product-uuid", 2),
        "/sys/class/dmi/id/product_uuid of two hosts is the same",
        Said,
        &[
            on(1, "says /sys/class/dmi/id/product_uuid 4c4c4544-0000-2010-8020-80c04f202020"),
            on(2, "says /sys/class/dmi/id/product_uuid 4c4c4544-0000-2010-8020-80c04f202020"),
        ],
    ),
    case(
        ("time-service", 1),
        "no time service runs",
        Real,
        &[script(1, "un_unit chrony.service", "unit chrony.service")],
    ),
    case(
        ("time-not-synchronised", 2),
        "systemd-timesyncd.service runs and has not set the clock",
        Posed,
        &[script(
            2,
            "mkdir -p /run/systemd/timesync; unit systemd-timesyncd.service",
            "un_unit systemd-timesyncd.service; rmdir /run/systemd/timesync",
        )],
    ),
    case(
        ("time-zone", 2),
        "/etc/localtime leads to Asia/Shanghai",
        Real,
        &[script(
            2,
            "readlink /etc/localtime >$KEPT/zone; ln -sf /usr/share/zoneinfo/Asia/Shanghai /etc/localtime",
            "ln -sf \"$(cat $KEPT/zone)\" /etc/localtime",
        )],
    ),
];
