//! What has to go before a host can be made a node again, or left as it was: running containers, their mounts, and the files
//! that kubeadm and the kubelet wrote.

use super::containerd::UNIT as CONTAINERD;
use super::docker;
use crate::delivery::{self, Delivery};
use crate::registry::docker::UNIT as DOCKER;
use crate::step::On;
use crate::{Error, Fleet};
use sealer_model::agent::{EndProcesses, Unmount};
use sealer_model::cluster::{Cluster, ContainerRuntime};

/// Folders whose mounts belong to Kubernetes and containerd.
const MOUNTS: [&str; 4] = ["/var/lib/kubelet", "/run/containerd", "/var/lib/containerd", "/run/netns"];

/// And to a docker of ours.
const MOUNTS_OF_DOCKER: [&str; 2] = ["/var/lib/docker", "/run/docker"];

/// The socket of the kubelet's part for docker, which it leaves behind.
const DOCKERSHIM: &str = "/run/dockershim.sock";

/// The units of the container runtime, in the order in which they start.
pub(crate) fn runtime_units(cluster: &Cluster) -> &'static [&'static str] {
    match cluster.container_runtime {
        ContainerRuntime::Containerd => &[CONTAINERD],
        ContainerRuntime::Docker => &[CONTAINERD, DOCKER],
    }
}

/// Those of them that are ours: a docker that the host had already brings its own.
pub(crate) async fn units_of_ours<C: AsRef<Fleet>>(on: &On<'_, C>) -> Result<Vec<&'static str>, Error> {
    let cluster = on.cluster();
    let owners = cluster.container_runtime == ContainerRuntime::Docker && !docker::is_ours(on).await?;
    Ok(if owners { Vec::new() } else { runtime_units(cluster).to_vec() })
}

/// Ends kubelet, container runtime and everything they started, and unmounts what they mounted. A docker of the host's owner goes on, with
/// what is not of Kubernetes.
pub(crate) async fn stop_everything<C: AsRef<Fleet>>(on: &On<'_, C>) -> Result<(), Error> {
    let cluster = on.cluster();
    let units = units_of_ours(on).await?;
    let of_docker = cluster.container_runtime == ContainerRuntime::Docker;
    stop(on, "kubelet.service").await?;
    if of_docker {
        docker::remove_containers(on, units.contains(&DOCKER)).await?;
        let forget = delivery::command(cluster, "rm", &["--force", DOCKERSHIM]);
        on.fleet().run_silently(on.address(), &forget).await?;
    }
    for unit in units.iter().rev() {
        stop(on, unit).await?;
    }
    let processes = EndProcesses {
        // not only the rootfs: what has lived through an upgrade runs from the former one, which was moved aside and removed
        below: vec![cluster.folder()],
        control_groups: vec!["kubepods".into(), "kubepods.slice".into()],
    };
    on.agent()?.end_processes(&processes).await?;
    on.agent()?.unmount(&Unmount { below: mounts(cluster, &units) }).await?;
    Ok(())
}

/// Of a docker that is not ours only the kubelet's: others may have containers there.
fn mounts(cluster: &Cluster, units: &[&str]) -> Vec<String> {
    let ours: &[&str] = match (cluster.container_runtime, units.contains(&DOCKER)) {
        (ContainerRuntime::Containerd, _) => &MOUNTS,
        (ContainerRuntime::Docker, true) => &[&MOUNTS[..], &MOUNTS_OF_DOCKER].concat(),
        (ContainerRuntime::Docker, false) => &MOUNTS[..1],
    };
    ours.iter().map(|path| (*path).to_owned()).collect()
}

/// A unit that is not there, or not any more, is stopped: what counts is that no process is left.
async fn stop<C: AsRef<Fleet>>(on: &On<'_, C>, unit: &str) -> Result<(), Error> {
    let stop = delivery::command(on.cluster(), "systemctl", &["stop", unit]);
    on.agent()?.command(&stop, |_| ()).await?;
    Ok(())
}

/// Cleans a host on which kubeadm was interrupted, so that it can begin again, and says whether there was anything to clean; `trace`
/// is a file that kubeadm writes early.
pub(crate) async fn half_made_node(on: &On<'_, Delivery>, trace: &str) -> Result<bool, Error> {
    if on.agent()?.read_file(trace).await?.is_none() {
        return Ok(false);
    }
    stop_everything(on).await?;
    let folders = ["/etc/kubernetes", "/var/lib/etcd", "/var/lib/kubelet"];
    let arguments = [&folders[..], &["-xdev", "-mindepth", "1", "-delete"]].concat();
    let delete = on.context.command("find", &arguments);
    on.fleet().run(on.address(), "clean", delete).await?;
    for unit in units_of_ours(on).await? {
        let start = on.context.command("systemctl", &["start", unit]);
        on.fleet().run(on.address(), "clean", start).await?;
    }
    Ok(true)
}
