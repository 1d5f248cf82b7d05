//! Has pods leave a node before its container runtime and kubelet are replaced. It is the first thing that happens to the host, so from
//! here on the host counts as on its way, to whatever image somebody turns meanwhile.

use crate::delivery::Delivery;
use crate::kubectl;
use crate::step::{Answer, On, Step, everywhere};
use crate::steps::upgrade_node::{is_upgraded, mark_of_beginning};
use crate::{Error, Fleet};
use sealer_model::cluster::{Cluster, Member};
use std::net::IpAddr;
use std::time::Duration;

/// Drain the node.
pub(crate) struct DrainNode;

impl Step<Delivery> for DrainNode {
    fn id(&self) -> &'static str {
        "drain-node"
    }

    fn title(&self) -> &'static str {
        "Drain the node"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(is_upgraded(on))
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            on.change(mark_of_beginning(on.cluster()), false).await?;
            let master = on.cluster().first_master()?.address;
            let minor = on.context.bundle.kubernetes_version()?.minor;
            let node = kubectl::node_of(on.fleet(), master, on.address()).await?;
            drain(on.fleet(), master, &node, minor, on.context.deadline).await
        })
    }

    /// kubectl waits until the last pod is gone, or fails.
    fn verify<'a>(&'a self, _: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async { Ok(true) })
    }
}

/// The longest time that pods of one node have to end; a program on a host may take no longer.
const DRAIN_SECONDS: u64 = 540;

/// The first minor version of Kubernetes 1 whose kubectl calls the option by its new name.
const EMPTYDIR_OPTION: u32 = 20;

/// Pods that a disruption budget protects may keep a node from being drained; then somebody has to decide.
pub(crate) async fn drain(
    fleet: &Fleet,
    master: IpAddr,
    node: &str,
    minor: u32,
    deadline: Duration,
) -> Result<(), Error> {
    let empty = if minor < EMPTYDIR_OPTION { "--delete-local-data" } else { "--delete-emptydir-data" };
    let seconds = deadline.as_secs().min(DRAIN_SECONDS);
    let timeout = format!("--timeout={seconds}s");
    let arguments = ["drain", node, "--ignore-daemonsets", empty, "--force", &timeout];
    let drained = kubectl::tell(fleet, master, "drain-node", &arguments).await;
    drained.map_err(|error| Error::NotDrained { node: node.to_owned(), seconds, source: Box::new(error) })
}
