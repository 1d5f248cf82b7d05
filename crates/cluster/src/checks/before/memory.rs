//! Memory and swap.

use super::{Subject, fixes};
use crate::checks::check::{Check, when};
use sealer_model::checks::Severity::{Error, Warning};

pub(super) const CHECKS: &[Check] = &[
    Check::host(
        ("memory", Error),
        "a master has 1,700 MiB of memory, a node 512 MiB",
        "the control plane is killed where it has less, again and again",
        "give the host more memory",
        memory,
    ),
    Check::host(
        ("memory-available", Warning),
        "a third of the memory is free",
        "something else uses the host, and the cluster will share with it",
        "look with `ps aux --sort -rss` at what uses it",
        |subject| {
            let (free, all) = (subject.facts.machine.memory_available, subject.facts.memory);
            let found = || format!("{} MiB of {} MiB are free", free >> 20, all >> 20);
            when(!subject.is_ours() && free < all / 3, found)
        },
    ),
    Check::host(
        ("memory-eviction", Error),
        "more memory is free than the kubelet wants to keep",
        "a host that counts as short of memory takes no pod, and pods on it are ended",
        "free memory, or set evictionHard in the image's KubeletConfiguration",
        eviction,
    ),
    Check::host(
        ("swap", Error),
        "swap is off, or the kubelet is told that it may be on",
        "the kubelet does not start beside swap unless failSwapOn is false",
        "run `swapoff -a` and remove the line from /etc/fstab, or set failSwapOn: false in the image's KubeletConfiguration",
        |subject| {
            let swaps = subject.facts.swap > 0 && subject.before.settings.fails_beside_swap;
            when(swaps, || format!("{} MiB of swap are on", subject.facts.swap >> 20))
        },
    )
    .fixable("switches it off and makes its lines of /etc/fstab comments", fixes::swap),
    Check::host(
        ("huge-pages", Warning),
        "huge pages leave at least half of the memory",
        "memory set aside for them is lost for every pod that does not ask for them by name",
        "lower vm.nr_hugepages unless pods are to have them",
        |subject| {
            let pages = subject.facts.machine.huge_pages;
            when(pages > subject.facts.memory / 2, || format!("{} MiB are set aside as huge pages", pages >> 20))
        },
    ),
];

const MASTER: u64 = 1700 << 20;
const NODE: u64 = 512 << 20;

fn memory(subject: &Subject<'_>) -> Vec<String> {
    let least = if subject.is_master() { MASTER } else { NODE };
    when(subject.facts.memory < least, || format!("the host has {} MiB of memory", subject.facts.memory >> 20))
}

fn eviction(subject: &Subject<'_>) -> Vec<String> {
    let free = subject.facts.machine.memory_available;
    let Some(threshold) = subject.before.settings.memory else { return Vec::new() };
    let kept = threshold.of(subject.facts.memory);
    when((free as f64) < kept, || format!("{} MiB are free, the kubelet keeps {:.0} MiB", free >> 20, kept / 1048576.0))
}
