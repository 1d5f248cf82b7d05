//! What is wrong with disks: all of these are file systems that are really like this.

use crate::scenarios::checks::fault::Kind::Real;
use crate::scenarios::checks::fault::{Case, case, on};

pub(super) const CASES: &[Case] = &[
    case(("disk", 2), "/var/lib/sealer is a disk of 16 MiB", Real, &[on(2, "disk /var/lib/sealer size=16m")]),
    case(
        ("disk-images", 2),
        "/var/lib/containerd is a disk of 16 MiB",
        Real,
        &[on(2, "disk /var/lib/containerd size=16m,nosuid")],
    ),
    case(("disk-nosuid", 2), "the same: it is mounted nosuid", Real, &[]),
    case(
        ("disk-images-nowhere", 0),
        "the same on every host",
        Real,
        &[on(0, "disk /var/lib/containerd size=16m"), on(1, "overlay /var/lib/containerd")],
    ),
    case(("disk-kind", 1), "/var/lib/containerd lies on an overlay", Real, &[]),
    case(
        ("disk-files", 2),
        "/var/lib/kubelet is a disk that takes 100 files",
        Real,
        &[on(2, "disk /var/lib/kubelet size=64m,nr_inodes=100,nodev")],
    ),
    case(("disk-nodev", 2), "the same: it is mounted nodev", Real, &[]),
    case(("disk-eviction", 2), "the same: it has 64 MiB, and the kubelet keeps 1 GiB", Real, &[]),
    case(("disk-read-only", 0), "/usr/local/bin is mounted read-only", Real, &[on(0, "disk /usr/local/bin ro")]),
    case(("disk-noexec", 2), "/usr/local/bin is mounted noexec", Real, &[on(2, "disk /usr/local/bin noexec")]),
    case(
        ("disk-latency", 0),
        "the disk of /var/lib/etcd takes 100 writes a second",
        Real,
        &[on(0, "slow /var/lib/etcd 100")],
    ),
    case(("disk-etcd", 0), "the same: it has 64 MiB", Real, &[]),
    case(("disk-logs", 2), "/var/log is a disk of 16 MiB", Real, &[on(2, "disk /var/log size=16m")]),
    case(("disk-temporary", 2), "/tmp is a disk of 4 MiB", Real, &[on(2, "disk /tmp size=4m,mode=1777")]),
];
