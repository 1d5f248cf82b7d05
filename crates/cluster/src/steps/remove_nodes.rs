//! Takes hosts out of Kubernetes and etcd: each node is drained, its etcd member removed, and the node forgotten. A host that cannot be
//! reached is not drained, because nobody there would end its pods; everything else works without it.

use crate::Error;
use crate::delivery::Delivery;
use crate::kubectl::{self, NodeNames};
use crate::step::{Answer, On, Step, first_master};
use crate::steps::drain_node::drain;
use crate::steps::snapshot_etcd::etcd_access;
use sealer_model::agent::RemoveEtcdMember;
use sealer_model::cluster::{Cluster, Member, Role};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Drain and forget the nodes that leave.
pub(crate) struct RemoveNodes(pub(crate) Leaving);

/// Hosts on their way out.
#[derive(Clone, Debug)]
pub(crate) struct Leaving {
    /// The hosts.
    pub(crate) members: Vec<Member>,
    /// Those of them that cannot be reached.
    pub(crate) unreachable: BTreeSet<IpAddr>,
    /// Whether pods that do not go are left behind.
    pub(crate) force: bool,
}

impl Step<Delivery> for RemoveNodes {
    fn id(&self) -> &'static str {
        "remove-nodes"
    }

    fn title(&self) -> &'static str {
        "Drain and forget the nodes that leave"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        first_master(cluster)
    }

    /// etcd's members are asked for as part of removing them.
    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move {
            let masters = self.0.members.iter().any(|member| member.role == Role::Master);
            Ok(!masters && self.left(on).await?.is_empty())
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let nodes = kubectl::node_names(on.fleet(), on.address()).await?;
            for member in &self.0.members {
                let node = nodes.get(&member.address);
                if let Some(node) = node.filter(|_| !self.0.unreachable.contains(&member.address)) {
                    self.drain(on, node).await?;
                }
                if member.role == Role::Master {
                    on.agent()?.remove_etcd_member(&etcd_member(member.address, on.address())).await?;
                }
                if let Some(node) = node {
                    let delete = ["delete", "node", node, "--ignore-not-found", "--timeout=60s"];
                    kubectl::tell(on.fleet(), on.address(), "remove-nodes", &delete).await?;
                }
            }
            Ok(())
        })
    }

    fn verify<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(self.left(on).await?.is_empty()) })
    }
}

impl RemoveNodes {
    /// The nodes that are still there.
    async fn left(&self, on: &On<'_, Delivery>) -> Result<Vec<String>, Error> {
        let nodes: NodeNames = kubectl::node_names(on.fleet(), on.address()).await?;
        Ok(self.0.members.iter().filter_map(|member| nodes.get(&member.address).cloned()).collect())
    }

    /// Pods that do not go are left behind only when that was asked for.
    async fn drain(&self, on: &On<'_, Delivery>, node: &str) -> Result<(), Error> {
        let minor = on.context.bundle.kubernetes_version()?.minor;
        match drain(on.fleet(), on.address(), node, minor, on.context.deadline).await {
            Err(error) if self.0.force => {
                on.fleet()
                    .listener
                    .warn(format!("node {node} goes with pods that did not leave it: {}", error.chain()));
                Ok(())
            }
            drained => drained,
        }
    }
}

/// The request to the etcd of a master that stays.
fn etcd_member(leaving: IpAddr, master: IpAddr) -> RemoveEtcdMember {
    RemoveEtcdMember { address: leaving, etcd: etcd_access(master) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_etcd_of_the_master_that_stays_is_asked() {
        let request = etcd_member("10.0.0.3".parse().unwrap(), "fd00::1".parse().unwrap());
        assert_eq!(
            (request.address.to_string(), request.etcd.endpoint.as_str()),
            ("10.0.0.3".into(), "https://[fd00::1]:2379")
        );
    }
}
