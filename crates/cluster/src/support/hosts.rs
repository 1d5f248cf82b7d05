//! What the hosts of a cluster say, for a support bundle: their journals, their units and disks, and the files that they are set up by.

use super::Collector;
use crate::delivery::command;
use crate::{Error, Fleet};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use std::net::IpAddr;

/// Hosts that are asked at the same time: each holds one part in memory.
const PARALLEL_HOSTS: usize = 4;
const SECONDS: u64 = 60;

/// Programs that only look: the part, what it is, the program and its arguments.
const PROGRAMS: [(&str, &str, &str, &[&str]); 14] = [
    ("kubelet.log", "the kubelet's journal", "journalctl", &["--no-pager", "--lines=5000", "--unit=kubelet.service"]),
    (
        "containerd.log",
        "the container runtime's journal",
        "journalctl",
        &["--no-pager", "--lines=3000", "--unit=containerd.service"],
    ),
    ("docker.log", "docker's journal", "journalctl", &["--no-pager", "--lines=3000", "--unit=docker.service"]),
    (
        "sealer.log",
        "the journals of sealer's own units",
        "journalctl",
        &["--no-pager", "--lines=3000", "--unit=sealer*"],
    ),
    ("kernel.log", "what the kernel said last", "journalctl", &["--no-pager", "--lines=1000", "--dmesg"]),
    ("failed.txt", "units that failed", "systemctl", &["--no-pager", "--all", "--failed"]),
    (
        "units.txt",
        "the units of the cluster",
        "systemctl",
        &[
            "--no-pager",
            "--full",
            "--lines=0",
            "status",
            "kubelet.service",
            "containerd.service",
            "docker.service",
            "sealer*",
        ],
    ),
    ("disks.txt", "how full disks are", "df", &["-hT"]),
    ("inodes.txt", "how many files disks can take", "df", &["-i"]),
    ("mounts.txt", "what is mounted where", "cat", &["/proc/self/mounts"]),
    ("memory.txt", "memory", "cat", &["/proc/meminfo"]),
    ("pressure.txt", "how busy the host is", "cat", &["/proc/loadavg", "/proc/uptime"]),
    ("sockets.txt", "who listens and who is connected", "ss", &["-tlnp"]),
    ("routes.txt", "the routes", "ip", &["route", "show", "table", "all"]),
];

/// Files that the host is set up by.
const FILES: [&str; 12] = [
    "/var/lib/sealer/ledger.json",
    "/etc/os-release",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/fstab",
    "/etc/sysctl.d/99-sealer.conf",
    "/etc/containerd/config.toml",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/kubelet/kubeadm-flags.env",
    "/etc/kubernetes/manifests/kube-apiserver.yaml",
    "/etc/kubernetes/manifests/kube-controller-manager.yaml",
    "/etc/kubernetes/manifests/etcd.yaml",
];

/// Everything that every host says.
pub(super) async fn collect(fleet: &Fleet, collector: &Collector) {
    let members = fleet.cluster.members.iter();
    let asking: Vec<BoxFuture<'_, ()>> = members.map(|it| of_host(fleet, it.address, collector).boxed()).collect();
    stream::iter(asking).buffer_unordered(PARALLEL_HOSTS).collect().await
}

async fn of_host(fleet: &Fleet, host: IpAddr, collector: &Collector) {
    let facts = fleet.facts_of(host).map_err(|error| error.chain());
    let facts = facts.and_then(|facts| serde_json::to_string(facts).map_err(|error| error.to_string()));
    collector.json(&format!("hosts/{host}/facts.json"), "what checks know of the host", facts).await;
    for (name, about, program, arguments) in PROGRAMS {
        let text = program_says(fleet, host, program, arguments).await.map_err(|error| error.chain());
        collector.text(&format!("hosts/{host}/{name}"), about, text).await;
    }
    for file in FILES {
        let text = match file_says(fleet, host, file).await {
            Ok(None) => continue,
            Ok(Some(text)) => Ok(text),
            Err(error) => Err(error.chain()),
        };
        collector.text(&format!("hosts/{host}/files{file}"), "a file of the host", text).await;
    }
}

/// What a program prints counts whatever it ends with: `systemctl status` ends with 3 where a unit does not run.
async fn program_says(fleet: &Fleet, host: IpAddr, program: &str, arguments: &[&str]) -> Result<String, Error> {
    let mut asked = command(&fleet.cluster, program, arguments);
    asked.timeout_seconds = SECONDS;
    let ended = fleet.agent(host)?.command(&asked, |_| ()).await?;
    Ok(if ended.errors.is_empty() { ended.output } else { format!("{}\n{}", ended.output, ended.errors) })
}

async fn file_says(fleet: &Fleet, host: IpAddr, path: &str) -> Result<Option<String>, Error> {
    let bytes = fleet.agent(host)?.read_file(path).await?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}
