//! The kernel: its version, modules, control groups and settings.

use super::{Subject, fixes};
use crate::checks::check::{Check, when};
use sealer_model::checks::Severity::{Error, Warning};

pub(super) const CHECKS: &[Check] = &[
    Check::host(
        ("kernel-version", Warning),
        "the kernel is 4.18 or newer",
        "older ones leak memory of control groups until no pod can start, and lack what container images count on",
        "update the kernel",
        kernel_version,
    ),
    Check::host(
        ("kernel-feature", Warning),
        "the kernel has overlay and br_netfilter",
        "containers are layers of overlay, and services need to see packets on bridges",
        "nothing, as long as the host has its kernel's modules: they will be loaded",
        kernel_features,
    )
    .fixable("loads them; run does so, too", fixes::modules),
    Check::host(
        ("kernel-modules-missing", Warning),
        "modules of the running kernel are on the disk where some are still to be loaded",
        "what is not there cannot be loaded; after an update of the kernel only a reboot brings them back",
        "install the kernel's modules, or reboot if the kernel was updated",
        |subject| {
            let missing = !subject.facts.machine.modules_folder && !missing_features(subject).is_empty();
            when(missing, || format!("/lib/modules/{} does not exist", subject.facts.kernel))
        },
    ),
    Check::host(
        ("kernel-modules-blocked", Error),
        "modprobe.d does not forbid modules that are needed",
        "hardened hosts replace the loading of some modules by nothing at all",
        "remove the line `install <module> /bin/true` from /etc/modprobe.d",
        modules_blocked,
    ),
    Check::host(
        ("kernel-modules-locked", Error),
        "the kernel may load modules where some are still to be loaded",
        "kernel.modules_disabled cannot be taken back without a reboot",
        "load overlay and br_netfilter at boot, before the lock, or remove the lock",
        |subject| {
            let locked = subject.facts.setting("kernel.modules_disabled") == Some(1);
            when(locked && !missing_features(subject).is_empty(), || "kernel.modules_disabled is 1".into())
        },
    ),
    Check::host(
        ("cgroup-controllers", Error),
        "the control groups cpu, memory and pids are enabled",
        "the kubelet does not start without them",
        "remove cgroup_disable= from the kernel's command line, or add cgroup_enable=memory there",
        cgroup_controllers,
    ),
    Check::host(
        ("cgroup-version", Warning),
        "the version of control groups is one that this Kubernetes counts with",
        "Kubernetes before 1.22 does not know version 2, and from 1.35 on it refuses version 1",
        "set systemd.unified_cgroup_hierarchy= on the kernel's command line",
        cgroup_version,
    ),
    Check::host(
        ("settings-reverted", Warning),
        "no file of the administrator takes back what the cluster needs",
        "files after 99-sealer.conf win at the next boot, and then no pod reaches another host",
        "remove the line",
        settings_reverted,
    ),
    Check::host(
        ("kernel-defaults", Error),
        "kernel settings are as the kubelet wants them where it does not set them itself",
        "with protectKernelDefaults the kubelet does not start otherwise",
        "set vm.overcommit_memory=1, vm.panic_on_oom=0, kernel.panic=10 and kernel.panic_on_oops=1",
        |subject| kernel_defaults(subject).map(|(key, value, now)| format!("{key} is {now} instead of {value}")).collect(),
    )
    .fixable("sets them", fixes::defaults),
    Check::host(
        ("process-limit", Warning),
        "the kernel allows 32,768 processes and more",
        "what cannot make a process fails in strange ways, and pods share one limit with the host",
        "raise kernel.pid_max",
        |subject| too_small(subject, "kernel.pid_max", 32_768),
    )
    .fixable("raises it to 65536", fixes::process_limit),
    Check::host(
        ("open-file-limit", Warning),
        "the kernel allows 65,536 open files and more",
        "container runtimes and databases keep tens of thousands of files open",
        "raise fs.file-max",
        |subject| too_small(subject, "fs.file-max", 65_536),
    )
    .fixable("raises it to 1048576", fixes::open_file_limit),
    Check::host(
        ("inotify-instances", Warning),
        "programs of one user may watch files 128 times and more",
        "kubelet and containers share the limit; past it, `kubectl logs -f` and reloads fail with \"too many open files\"",
        "raise fs.inotify.max_user_instances, for instance to 8192",
        |subject| too_small(subject, "fs.inotify.max_user_instances", 128),
    )
    .fixable("raises it to 8192", fixes::inotify_instances),
    Check::host(
        ("inotify-watches", Warning),
        "programs of one user may watch 8,192 files and more",
        "past the limit, changes of configuration files go unnoticed",
        "raise fs.inotify.max_user_watches, for instance to 524288",
        |subject| too_small(subject, "fs.inotify.max_user_watches", 8_192),
    )
    .fixable("raises it to 524288", fixes::inotify_watches),
    Check::host(
        ("memory-maps", Warning),
        "a program may have 65,530 memory maps and more",
        "search engines and databases need that many at least, and refuse to start",
        "raise vm.max_map_count; Elasticsearch and OpenSearch want 262144",
        |subject| too_small(subject, "vm.max_map_count", 65_530),
    )
    .fixable("raises it to 262144", fixes::memory_maps),
];

/// `4.18.0-553.el8.x86_64` as numbers.
fn version(kernel: &str) -> Option<(u32, u32)> {
    let mut numbers = kernel.split(|letter: char| !letter.is_ascii_digit()).map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

fn kernel_version(subject: &Subject<'_>) -> Vec<String> {
    let old = version(&subject.facts.kernel).is_some_and(|version| version < (4, 18));
    when(old, || format!("the kernel is {}", subject.facts.kernel))
}

pub(super) fn missing_features(subject: &Subject<'_>) -> Vec<&'static str> {
    let present = |feature: &&str| subject.facts.kernel_features.iter().any(|present| present == feature);
    ["overlay", "br_netfilter"].into_iter().filter(|feature| !present(feature)).collect()
}

fn kernel_features(subject: &Subject<'_>) -> Vec<String> {
    let missing = missing_features(subject);
    missing.into_iter().map(|feature| format!("the kernel does not have {feature} yet")).collect()
}

fn modules_blocked(subject: &Subject<'_>) -> Vec<String> {
    let blocked = |feature: &&str| subject.facts.machine.modules_blocked.contains(*feature);
    let missing = missing_features(subject).into_iter().filter(blocked);
    missing.map(|module| format!("modprobe.d forbids {module}")).collect()
}

fn cgroup_controllers(subject: &Subject<'_>) -> Vec<String> {
    let enabled = &subject.facts.machine.controllers;
    if enabled.is_empty() {
        return Vec::new();
    }
    let missing: Vec<&str> = ["cpu", "memory", "pids"].into_iter().filter(|name| !enabled.contains(*name)).collect();
    when(!missing.is_empty(), || format!("the kernel has no control group {}", missing.join(", ")))
}

fn cgroup_version(subject: &Subject<'_>) -> Vec<String> {
    let (minor, version) = (subject.before.settings.minor, subject.facts.cgroup);
    let misfit = minor > 0 && ((version == 2 && minor < 22) || (version == 1 && minor >= 35));
    when(misfit, || format!("control groups are of version {version}, and Kubernetes is 1.{minor}"))
}

/// Files are read in the order of their names, and `/etc/sysctl.conf` is linked as `99-sysctl.conf` where it counts at all.
fn settings_reverted(subject: &Subject<'_>) -> Vec<String> {
    let needed = ["net.ipv4.ip_forward", "net.bridge.bridge-nf-call-iptables"];
    let reverts = |line: &&String| {
        let Some((file, setting)) = line.split_once(": ") else { return false };
        let later = file.rsplit('/').next().is_some_and(|name| name > "99-sealer.conf");
        later && needed.iter().any(|key| setting == format!("{key} = 0"))
    };
    subject.facts.machine.settings_files.iter().filter(reverts).cloned().collect()
}

/// Settings that are not as the kubelet wants them: the key, what it shall be, and what it is.
pub(super) fn kernel_defaults(subject: &Subject<'_>) -> impl Iterator<Item = (&'static str, i64, i64)> {
    let wanted =
        [("vm.overcommit_memory", 1), ("vm.panic_on_oom", 0), ("kernel.panic", 10), ("kernel.panic_on_oops", 1)];
    let counts = subject.before.settings.protects_kernel_settings;
    let differs = move |(key, value): (&'static str, i64)| {
        let now = subject.facts.setting(key).filter(|now| counts && *now != value)?;
        Some((key, value, now))
    };
    wanted.into_iter().filter_map(differs)
}

fn too_small(subject: &Subject<'_>, key: &str, least: i64) -> Vec<String> {
    let now = subject.facts.setting(key).filter(|now| *now < least);
    now.map(|now| format!("{key} is {now}")).into_iter().collect()
}
