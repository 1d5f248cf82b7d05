//! What has to go before a host can be made a node again, or left as it was: running containers, their mounts, and the files
//! that kubeadm and the kubelet wrote.

use crate::delivery::{self, Delivery};
use crate::step::On;
use crate::{Error, Fleet};
use sealer_model::agent::{EndProcesses, Unmount};

/// Folders whose mounts belong to Kubernetes and containerd.
const MOUNTS: [&str; 4] = ["/var/lib/kubelet", "/run/containerd", "/var/lib/containerd", "/run/netns"];

/// Ends kubelet, containerd and everything they started, and unmounts what they mounted.
pub(crate) async fn stop_everything<C: AsRef<Fleet>>(on: &On<'_, C>) -> Result<(), Error> {
    let rootfs = on.cluster().rootfs();
    for unit in ["kubelet.service", "containerd.service"] {
        let stop = delivery::command(on.cluster(), "systemctl", &["stop", unit]);
        // A unit that is not there, or not any more, is stopped: what counts is that no process is left.
        on.agent()?.command(&stop, |_| ()).await?;
    }
    let processes = EndProcesses {
        below: vec![format!("{rootfs}/cri"), format!("{rootfs}/bin")],
        control_groups: vec!["kubepods".into(), "kubepods.slice".into()],
    };
    on.agent()?.end_processes(&processes).await?;
    let mounts = Unmount { below: MOUNTS.map(Into::into).into() };
    on.agent()?.unmount(&mounts).await?;
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
    let start = on.context.command("systemctl", &["start", "containerd.service"]);
    on.fleet().run(on.address(), "clean", start).await?;
    Ok(true)
}
