//! Disks: space, files, how they are mounted, and how quickly they write.

use super::{Before, Subject};
use crate::checks::check::{Check, when};
use crate::checks::image_settings::Threshold;
use crate::checks::questions::{AGENT, ETCD, KUBELET, LOGS, PROGRAMS, REGISTRY, TEMPORARY};
use sealer_model::checks::Severity::{Error, Warning};
use sealer_model::facts::Disk;
use sealer_model::plan::DiskForecast;
use std::collections::BTreeMap;
use std::net::IpAddr;

pub(super) const CHECKS: &[Check] = &[
    Check::host(
        ("disk", Error),
        "the disks have room for what this image brings to this host",
        "a disk that is full half-way costs more time than one that is looked at before",
        "free space or mount a larger disk there",
        room,
    ),
    Check::host(
        ("disk-images", Warning),
        "the disk takes every container image of the cluster image, should all of them run on this host",
        "the kubelet removes images when the disk is nearly full, and pods that are moved here wait for theirs",
        "mount a larger disk at /var/lib/containerd, or keep applications apart by labels and taints",
        images,
    ),
    Check::fleet(
        ("disk-images-nowhere", Error),
        "the hosts together have room for every container image of the cluster image",
        "each image runs on some host; where none has room its pods never start",
        "free space, mount larger disks at /var/lib/containerd, or add hosts",
        images_nowhere,
    ),
    Check::host(
        ("disk-eviction", Error),
        "the kubelet will not count the disks as full",
        "it goes by the free share: a large disk with many free gigabytes may be full to it, and then no pod starts there",
        "free space, or set evictionHard for imagefs.available and nodefs.available in the image's KubeletConfiguration",
        eviction,
    ),
    Check::host(
        ("disk-files", Error),
        "the disks can take more files",
        "a rootfs is ten thousands of files, and the kubelet counts a disk with few left as full",
        "remove small files, or make the file system anew with more inodes",
        files,
    ),
    Check::host(
        ("disk-read-only", Error),
        "the places that sealer writes to can be written to",
        "a disk with errors is often mounted read-only by the kernel itself",
        "mount it for writing; look into `dmesg` first",
        |subject| mounted(subject, "ro", &[AGENT, PROGRAMS, KUBELET, runtime(subject), "/etc"], "read-only"),
    ),
    Check::host(
        ("disk-noexec", Error),
        "programs may run from the places that they are put in",
        "the agent, the rootfs and containers are programs",
        "remount without noexec, and remove it from /etc/fstab",
        |subject| {
            mounted(
                subject,
                "noexec",
                &[AGENT, PROGRAMS, &subject.before.cluster.data_root, runtime(subject)],
                "noexec",
            )
        },
    ),
    Check::host(
        ("disk-nosuid", Warning),
        "containers' programs may change their user",
        "ping, su and sudo inside containers fail without a word otherwise",
        "remount without nosuid",
        |subject| mounted(subject, "nosuid", &[runtime(subject)], "nosuid"),
    ),
    Check::host(
        ("disk-nodev", Warning),
        "the kubelet's folder may hold devices",
        "raw block volumes are device files there",
        "remount without nodev if block volumes are used",
        |subject| mounted(subject, "nodev", &[KUBELET], "nodev"),
    ),
    Check::host(
        ("disk-kind", Error),
        "containers lie on a local file system that overlay can lie on",
        "overlay cannot be laid over network file systems and over itself",
        "mount a local ext4 or xfs there",
        kind,
    ),
    Check::host(
        ("disk-latency", Warning),
        "small synchronous writes take less than 10 ms on masters, 99 of 100",
        "etcd waits for each of them; slow ones make the masters lose sight of one another",
        "give /var/lib/etcd a disk of its own, SSD or better, without a network between",
        latency,
    ),
    Check::host(
        ("disk-latency-unusable", Error),
        "no small synchronous write takes as long as a heartbeat of etcd",
        "past half a second elections follow one another and the cluster cannot be written to",
        "give /var/lib/etcd a faster disk",
        |subject| {
            let slow = median(subject).filter(|slow| *slow > 500_000);
            slow.map(|slow| format!("half of the synchronous writes take more than {} ms", slow / 1000))
                .into_iter()
                .collect()
        },
    ),
    Check::host(
        ("disk-etcd", Warning),
        "a master has 4 GiB for etcd",
        "its database may grow to 2 GiB, and is written anew when it is made smaller",
        "free space or mount a larger disk at /var/lib/etcd",
        |subject| low(subject, ETCD, 4 << 30),
    ),
    Check::host(
        ("disk-logs", Warning),
        "there is 1 GiB for logs",
        "containers' logs lie there, up to 50 MiB for each",
        "free space or mount a larger disk there",
        |subject| low(subject, LOGS, 1 << 30),
    ),
    Check::host(
        ("disk-temporary", Warning),
        "there are 100 MiB for temporary files",
        "kubectl, kubeadm and scripts of images write there",
        "remove what is old there, or mount a larger disk",
        |subject| low(subject, TEMPORARY, 100 << 20),
    ),
];

/// Where the container runtime keeps images and containers.
fn runtime(subject: &Subject<'_>) -> &'static str {
    subject.before.cluster.container_runtime.folder()
}

/// Bytes that unpacked content takes for each compressed byte, rounded up from what base images show.
const UNPACKED: u64 = 4;

/// Bytes that the container runtime keeps for each compressed byte of an image: that one, and what it becomes.
const KEPT: u64 = 3;

/// What the runtime's disk has left for images when everything else is there, and what all images need.
fn left_for_images(subject: &Subject<'_>) -> Option<(u64, u64)> {
    let disk = subject.facts.disks.get(runtime(subject)).filter(|_| !subject.is_ours())?;
    let others = needs(subject).get(disk.mount_point.as_str()).map_or(0, |(_, bytes)| *bytes);
    Some((disk.free.saturating_sub(others), subject.before.bundle.container_images_size() * KEPT))
}

fn images(subject: &Subject<'_>) -> Vec<String> {
    let short = left_for_images(subject).filter(|(left, needed)| left < needed);
    let text = |(left, needed): (u64, u64)| {
        let (left, needed) = (left >> 20, needed.div_ceil(1 << 20));
        format!("{} will have {left} MiB free, and all container images together need {needed} MiB", runtime(subject))
    };
    short.map(text).into_iter().collect()
}

fn images_nowhere(before: &Before<'_>) -> Vec<(IpAddr, String)> {
    let all: Vec<(u64, u64)> = before.subjects().filter_map(|subject| left_for_images(&subject)).collect();
    let (left, needed) = (all.iter().map(|(left, _)| left).sum::<u64>(), all.first().map_or(0, |(_, needed)| *needed));
    let complete = all.len() == before.cluster.members.len();
    let first = before.cluster.members.first().filter(|_| complete && left < needed);
    let text = || {
        format!(
            "the hosts together will have {} MiB free at {}, and {} MiB are needed",
            left >> 20,
            before.cluster.container_runtime.folder(),
            needed >> 20
        )
    };
    first.map(|member| (member.address, text())).into_iter().collect()
}

/// Bytes that the delivery will bring to each file system, by its mount point, with a path that lies on it.
fn needs<'a>(subject: &'a Subject<'_>) -> BTreeMap<&'a str, (&'a str, u64)> {
    let bundle = subject.before.bundle;
    let Ok(rootfs) = bundle.rootfs_for(&subject.facts.platform) else { return BTreeMap::new() };
    if subject.is_ours() {
        return BTreeMap::new();
    }
    let registry = subject.is_master().then(|| (REGISTRY, bundle.sent.size()));
    let all = [(subject.before.cluster.data_root.as_str(), rootfs.size * UNPACKED)].into_iter().chain(registry);
    let mut needs: BTreeMap<&str, (&str, u64)> = BTreeMap::new();
    for (path, bytes) in all {
        if let Some(disk) = subject.facts.disks.get(path) {
            needs.entry(&disk.mount_point).or_insert((path, 0)).1 += bytes;
        }
    }
    needs
}

/// What the delivery will bring to a host's file systems, for plans.
pub(super) fn forecast(subject: &Subject<'_>) -> Vec<DiskForecast> {
    let of = |(mount_point, (path, needed)): (&str, (&str, u64))| {
        let free = subject.facts.disks.get(path)?.free;
        Some(DiskForecast { path: path.to_owned(), mount_point: mount_point.to_owned(), needed, free })
    };
    needs(subject).into_iter().filter_map(of).collect()
}

fn room(subject: &Subject<'_>) -> Vec<String> {
    let full = |(path, needed): (&str, u64)| {
        let free = subject.facts.disks.get(path)?.free;
        let found = || format!("{path} has {} MiB free, {} MiB are needed", free >> 20, needed.div_ceil(1 << 20));
        (free < needed).then(found)
    };
    needs(subject).into_values().filter_map(full).collect()
}

fn eviction(subject: &Subject<'_>) -> Vec<String> {
    let settings = &subject.before.settings;
    let needs = needs(subject);
    let mut found = Vec::new();
    for (path, name, threshold) in
        [(KUBELET, "nodefs", settings.node_disk), (runtime(subject), "imagefs", settings.image_disk)]
    {
        let (Some(disk), Some(threshold)) = (subject.facts.disks.get(path), threshold) else { continue };
        let needed = needs.get(disk.mount_point.as_str()).map_or(0, |(_, bytes)| *bytes);
        found.extend(would_be_full(path, name, disk, needed, threshold));
    }
    found
}

fn would_be_full(path: &str, name: &str, disk: &Disk, needed: u64, threshold: Threshold) -> Option<String> {
    let left = disk.free.saturating_sub(needed);
    let kept = threshold.of(disk.total);
    let share = left as f64 * 100.0 / disk.total.max(1) as f64;
    let (left_mib, kept_mib) = (left >> 20, kept / 1_048_576.0);
    ((left as f64) < kept).then(|| {
        format!(
            "{path} will have {left_mib} MiB ({share:.0} %) free after the delivery, and with less than {kept_mib:.0} MiB \
             ({name}.available) the kubelet takes it as full"
        )
    })
}

/// Files that a rootfs with its images may bring.
const FILES: u64 = 50_000;

fn files(subject: &Subject<'_>) -> Vec<String> {
    let needed = if subject.is_ours() { 0 } else { FILES };
    let full = |path: &&str| {
        let inodes = subject.facts.disks.get(*path)?.inodes?;
        let kept = subject.before.settings.node_files.map_or(0.0, |threshold| threshold.of(inodes.total));
        let few = (inodes.free.saturating_sub(needed) as f64) < kept || inodes.free < needed;
        few.then(|| format!("{path} can take {} more files of {}", inodes.free, inodes.total))
    };
    [KUBELET, runtime(subject)].iter().filter_map(full).collect()
}

fn mounted(subject: &Subject<'_>, option: &str, paths: &[&str], word: &str) -> Vec<String> {
    let disks = &subject.facts.disks;
    let with = |path: &&&str| disks.get(**path).is_some_and(|disk| disk.has(option));
    paths
        .iter()
        .filter(with)
        .map(|path| format!("{path} is mounted {word} (at {})", disks[*path].mount_point))
        .collect()
}

const UNFIT: [&str; 9] = ["nfs", "nfs4", "cifs", "smb3", "9p", "overlay", "aufs", "ceph", "glusterfs"];

fn kind(subject: &Subject<'_>) -> Vec<String> {
    let disk = subject.facts.disks.get(runtime(subject));
    let unfit = disk.filter(|disk| UNFIT.contains(&disk.kind.as_str()) || disk.kind.starts_with("fuse"));
    unfit
        .map(|disk| format!("{} lies on {} (at {})", runtime(subject), disk.kind, disk.mount_point))
        .into_iter()
        .collect()
}

fn sorted(subject: &Subject<'_>) -> Vec<u64> {
    let mut latencies = subject.facts.write_latencies.clone();
    latencies.sort_unstable();
    latencies
}

/// A few writes say nothing about one in a hundred.
const ENOUGH: usize = 10;

fn latency(subject: &Subject<'_>) -> Vec<String> {
    let latencies = sorted(subject);
    if latencies.len() < ENOUGH {
        return Vec::new();
    }
    let slow = latencies[(latencies.len() * 99).div_ceil(100) - 1];
    when(slow > 10_000, || format!("of {} synchronous writes the slowest took {} ms", latencies.len(), slow / 1000))
}

fn median(subject: &Subject<'_>) -> Option<u64> {
    let latencies = sorted(subject);
    latencies.get(latencies.len() / 2).copied()
}

fn low(subject: &Subject<'_>, path: &str, least: u64) -> Vec<String> {
    let disk = subject.facts.disks.get(path).filter(|disk| disk.free < least);
    disk.map(|disk| format!("{path} has {} MiB free", disk.free >> 20)).into_iter().collect()
}
