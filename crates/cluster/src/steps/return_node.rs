//! Starts the new container runtime and kubelet on a host, waits until the node is ready in its new version, and lets pods in again.

use crate::Error;
use crate::delivery::Delivery;
use crate::kubectl;
use crate::step::{Answer, On, Step, everywhere};
use crate::steps::clean;
use crate::steps::upgrade_node::{is_upgraded, mark};
use sealer_model::cluster::{Cluster, Member};
use std::time::{Duration, Instant};

/// Start the new kubelet and let pods in.
pub(crate) struct ReturnNode;

const PAUSE: Duration = Duration::from_secs(1);

impl Step<Delivery> for ReturnNode {
    fn id(&self) -> &'static str {
        "return-node"
    }

    fn title(&self) -> &'static str {
        "Start the new kubelet and let pods in"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(is_upgraded(on))
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            // in this order: a kubelet looks for its runtime when it starts
            let units = clean::units_of_ours(on).await?.into_iter().chain(["kubelet.service"]);
            let restarts = units.map(|unit| vec!["restart", unit]);
            for arguments in [vec!["daemon-reload"]].into_iter().chain(restarts) {
                on.fleet().run(on.address(), "return-node", on.context.command("systemctl", &arguments)).await?;
            }
            let master = on.cluster().first_master()?.address;
            let node = await_version(on).await?;
            kubectl::tell(on.fleet(), master, "return-node", &["uncordon", &node]).await?;
            on.change(mark(on.cluster()), false).await?;
            Ok(())
        })
    }
}

/// Waits until the node is ready and says that it runs the image's version. On a single master the API itself is away for a while.
async fn await_version(on: &On<'_, Delivery>) -> Result<String, Error> {
    let (master, started) = (on.cluster().first_master()?.address, Instant::now());
    let version = on.context.bundle.kubernetes_version()?.to_string();
    loop {
        let found = kubectl::node_state(on.fleet(), master, on.address()).await;
        match &found {
            Ok(node) if node.ready && node.version == version => return Ok(node.name.clone()),
            _ if started.elapsed() < on.context.deadline => tokio::time::sleep(PAUSE).await,
            Err(_) => return found.map(|node| node.name),
            Ok(node) => {
                let (node, host) = (node.clone(), on.address());
                return Err(Error::NotUpgraded {
                    host,
                    node: node.name,
                    version: node.version,
                    wanted: version,
                    ready: node.ready,
                });
            }
        }
    }
}
