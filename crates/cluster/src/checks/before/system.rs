//! The machine and its operating system.

use super::Subject;
use super::kernel::missing_features;
use crate::checks::check::{Check, when};
use sealer_model::checks::Severity::{Error, Warning};

pub(super) const CHECKS: &[Check] = &[
    Check::host(
        ("platform", Error),
        "the image has content for this kind of machine, and there is an agent for it",
        "programs for another processor do not run",
        "build the image with --platform and --program for this host, too; or take another host",
        platform,
    ),
    Check::host(
        ("operating-system", Warning),
        "the operating system is one that clusters are known to run on",
        "nobody has tried this one, so what is different is found out on the site",
        "try a delivery on one host of this kind first",
        operating_system,
    ),
    Check::host(
        ("systemd", Error),
        "systemd runs the host",
        "the registry, the container runtime and the kubelet are systemd units",
        "take a host that systemd runs",
        |subject| when(!subject.facts.systemd, || "systemd does not run this host".into()),
    ),
    Check::host(
        ("processor-count", Warning),
        "a master has at least 2 processors",
        "the control plane alone asks for more than half of one, and what is late there is late everywhere",
        "give the host more processors",
        |subject| {
            let few = subject.is_master() && subject.facts.processors < 2;
            when(few, || format!("the master has {} processor", subject.facts.processors))
        },
    ),
    Check::host(
        ("processor-level", Warning),
        "an x86 processor is of level x86-64-v2",
        "container images of recent distributions are built for it, and crash elsewhere with an illegal instruction",
        "have the virtual machine show the real processor (host-passthrough)",
        processor_level,
    ),
    Check::host(
        ("reboot-pending", Warning),
        "no update waits for a reboot",
        "the reboot comes sooner or later, and then with another kernel than the one that was checked",
        "reboot the host before the delivery",
        |subject| when(subject.facts.machine.reboot_required, || "an update waits for a reboot".into()),
    ),
    Check::host(
        ("automatic-updates", Warning),
        "no service installs updates by itself",
        "an update in the night may restart services and hosts that a cluster runs on",
        "switch it off, and update hosts one after the other, drained before",
        automatic_updates,
    ),
    Check::host(
        ("required-programs", Error),
        "the host has the programs that the kubelet and sealer start",
        "the kubelet mounts volumes with the host's own programs",
        "install the packages that hold them (util-linux, kmod, coreutils, findutils)",
        required_programs,
    ),
];

fn platform(subject: &Subject<'_>) -> Vec<String> {
    let (before, host) = (subject.before, &subject.facts.platform);
    let rootfs = before.bundle.rootfs_for(host).err().map(|error| error.to_string());
    let agent = before.programs.choose(host).err().map(|none| none.to_string());
    rootfs.into_iter().chain(agent).collect()
}

/// `ID` in `/etc/os-release` of the distributions that clusters are run on.
const KNOWN: [&str; 26] = [
    "debian",
    "ubuntu",
    "rhel",
    "centos",
    "rocky",
    "almalinux",
    "ol",
    "fedora",
    "sles",
    "sled",
    "opensuse-leap",
    "opensuse-tumbleweed",
    "amzn",
    "anolis",
    "alinux",
    "openEuler",
    "openeuler",
    "kylin",
    "uos",
    "deepin",
    "tencentos",
    "opencloudos",
    "euleros",
    "hce",
    "photon",
    "flatcar",
];

fn operating_system(subject: &Subject<'_>) -> Vec<String> {
    let id = subject.facts.os_release.get("ID").map_or("", String::as_str);
    when(!KNOWN.contains(&id), || format!("the operating system is {} (ID \"{id}\")", subject.facts.system()))
}

/// What separates the second level from the first, in the kernel's words.
const LEVEL_2: [&str; 6] = ["cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"];

fn processor_level(subject: &Subject<'_>) -> Vec<String> {
    let flags = &subject.facts.machine.processor_flags;
    if subject.facts.platform.architecture != "amd64" || flags.is_empty() {
        return Vec::new();
    }
    let missing: Vec<&str> = LEVEL_2.into_iter().filter(|flag| !flags.contains(*flag)).collect();
    when(!missing.is_empty(), || format!("the processor lacks {}", missing.join(", ")))
}

fn automatic_updates(subject: &Subject<'_>) -> Vec<String> {
    let units = ["unattended-upgrades.service", "dnf-automatic.timer"];
    units.into_iter().filter(|unit| subject.runs(unit)).map(|unit| format!("{unit} is active")).collect()
}

const REQUIRED: [&str; 5] = ["mount", "umount", "systemctl", "sha256sum", "find"];

fn required_programs(subject: &Subject<'_>) -> Vec<String> {
    let programs = &subject.facts.surroundings.programs;
    // what is loaded already needs no program to load it
    let loader = (!missing_features(subject).is_empty()).then_some("modprobe");
    let required = REQUIRED.into_iter().chain(loader);
    let missing: Vec<&str> = required.filter(|program| !programs.contains_key(*program)).collect();
    when(!missing.is_empty(), || format!("there is no {}", missing.join(", ")))
}
