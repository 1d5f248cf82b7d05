//! What is wrong with a machine, its kernel and its memory.

use crate::scenarios::checks::fault::Kind::{Posed, Real, Said};
use crate::scenarios::checks::fault::{Case, case, on, script};

pub(super) const CASES: &[Case] = &[
    case(
        ("operating-system", 2),
        "/etc/os-release names a system that nobody tried",
        Real,
        &[on(2, "text /usr/lib/os-release 's/^ID=.*/ID=templeos/; s/^PRETTY_NAME=.*/PRETTY_NAME=\"TempleOS 5.03\"/'")],
    ),
    case(("mixed-systems", 2), "the same: two hosts have Debian", Real, &[]),
    case(
        ("processor-count", 0),
        "/proc/cpuinfo shows one processor",
        Said,
        &[on(0, "text /proc/cpuinfo '/^processor.*: 1$/,$d'")],
    ),
    case(("processor-level", 0), "/proc/cpuinfo shows no sse4_2", Said, &[on(0, "text /proc/cpuinfo 's/ sse4_2//'")]),
    case(
        ("reboot-pending", 1),
        "/run/reboot-required is there",
        Real,
        &[script(1, "touch /run/reboot-required", "rm -f /run/reboot-required")],
    ),
    case(
        ("automatic-updates", 1),
        "unattended-upgrades.service runs",
        Posed,
        &[on(1, "unit unattended-upgrades.service")],
    ),
    case(
        ("required-programs", 2),
        "sha256sum is gone",
        Real,
        &[script(2, "mv /usr/bin/sha256sum /usr/bin/sha256sum.gone", "mv /usr/bin/sha256sum.gone /usr/bin/sha256sum")],
    ),
    case(
        ("kernel-feature", 2),
        "/proc/filesystems and /sys/module show no overlay",
        Said,
        &[on(2, "text /proc/filesystems /overlay/d"), on(2, "disk /sys/module size=1m")],
    ),
    case(("kernel-modules-missing", 2), "the same, and there is no /lib/modules/<kernel>", Said, &[]),
    case(
        ("kernel-modules-blocked", 2),
        "the same, and modprobe.d has `install overlay /bin/true`",
        Real,
        &[script(
            2,
            "mkdir -p /etc/modprobe.d; echo 'install overlay /bin/true' >/etc/modprobe.d/fault.conf",
            "rm -f /etc/modprobe.d/fault.conf; rmdir --ignore-fail-on-non-empty /etc/modprobe.d",
        )],
    ),
    case(
        ("kernel-modules-locked", 2),
        "the same, and kernel.modules_disabled is 1",
        Said,
        &[on(2, "says /proc/sys/kernel/modules_disabled 1")],
    ),
    case(
        ("cgroup-version", 2),
        "/sys/fs/cgroup/cgroup.controllers is there, as in version 2, and Kubernetes is 1.20",
        Said,
        &[script(2, "echo cpu pids >/sys/fs/cgroup/cgroup.controllers", "rm -f /sys/fs/cgroup/cgroup.controllers")],
    ),
    case(("cgroup-controllers", 2), "the same: it names cpu and pids, and not memory", Said, &[]),
    case(("mixed-cgroups", 2), "the same: two hosts have version 1", Said, &[]),
    case(
        ("settings-reverted", 1),
        "/etc/sysctl.d/99-zz.conf has net.ipv4.ip_forward=0",
        Real,
        &[script(
            1,
            "mkdir -p /etc/sysctl.d; echo net.ipv4.ip_forward=0 >/etc/sysctl.d/99-zz.conf",
            "rm -f /etc/sysctl.d/99-zz.conf",
        )],
    ),
    case(
        ("kernel-defaults", 2),
        "protectKernelDefaults is true, and vm.overcommit_memory is 0",
        Said,
        &[on(2, "says /proc/sys/vm/overcommit_memory 0")],
    ),
    case(("process-limit", 2), "kernel.pid_max is 4096", Said, &[on(2, "says /proc/sys/kernel/pid_max 4096")]),
    case(("open-file-limit", 2), "fs.file-max is 8192", Said, &[on(2, "says /proc/sys/fs/file-max 8192")]),
    case(
        ("inotify-instances", 2),
        "fs.inotify.max_user_instances is 64",
        Said,
        &[on(2, "says /proc/sys/fs/inotify/max_user_instances 64")],
    ),
    case(
        ("inotify-watches", 2),
        "fs.inotify.max_user_watches is 1024",
        Said,
        &[on(2, "says /proc/sys/fs/inotify/max_user_watches 1024")],
    ),
    case(("memory-maps", 2), "vm.max_map_count is 1024", Said, &[on(2, "says /proc/sys/vm/max_map_count 1024")]),
    case(
        ("memory", 0),
        "/proc/meminfo shows 977 MiB on a master",
        Said,
        &[on(0, "text /proc/meminfo 's/^MemTotal:.*/MemTotal: 1000000 kB/'")],
    ),
    case(
        ("memory-available", 1),
        "/proc/meminfo shows 195 MiB that are available",
        Said,
        &[on(1, "text /proc/meminfo 's/^MemAvailable:.*/MemAvailable: 200000 kB/'")],
    ),
    case(
        ("memory-eviction", 2),
        "/proc/meminfo shows 49 MiB that are available, and the kubelet keeps 100",
        Said,
        &[on(2, "text /proc/meminfo 's/^MemAvailable:.*/MemAvailable: 50000 kB/'")],
    ),
    case(
        ("swap", 1),
        "/proc/meminfo shows swap, and failSwapOn is true",
        Said,
        &[on(1, "text /proc/meminfo 's/^SwapTotal:.*/SwapTotal: 1048576 kB/'")],
    ),
    case(
        ("huge-pages", 1),
        "/proc/meminfo shows huge pages that are more than half of the memory",
        Said,
        &[on(
            1,
            "text /proc/meminfo '/^HugePages_|^Hugepagesize/d; $a HugePages_Total: 4096\\nHugepagesize: 1048576 kB'",
        )],
    ),
];
