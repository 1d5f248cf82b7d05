//! Forgets the masters that a backup was taken of and that are none any more: what the API holds came with the backup and still has their
//! nodes and pods, whom nobody would answer for.

use crate::delivery::Delivery;
use crate::kubectl;
use crate::step::{Answer, On, Step, first_master};
use crate::{Error, Fleet};
use sealer_model::cluster::{Cluster, Member};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Forget the former masters.
pub(crate) struct ForgetMasters;

const STEP: &str = "forget-masters";

impl Step<Delivery> for ForgetMasters {
    fn id(&self) -> &'static str {
        STEP
    }

    fn title(&self) -> &'static str {
        "Forget the former masters"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        first_master(cluster)
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(former(on).await?.is_empty()) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            for node in former(on).await? {
                let forget = ["delete", "node", &node, "--ignore-not-found", "--timeout=60s"];
                kubectl::tell(on.fleet(), on.address(), STEP, &forget).await?;
                // nobody is there who would end them
                let field = format!("--field-selector=spec.nodeName={node}");
                let pods =
                    ["delete", "pods", "--all-namespaces", &field, "--force", "--grace-period=0", "--wait=false"];
                kubectl::tell(on.fleet(), on.address(), STEP, &pods).await?;
            }
            Ok(())
        })
    }
}

/// The nodes of former masters that the API still knows.
async fn former(on: &On<'_, Delivery>) -> Result<Vec<String>, Error> {
    let masters = on.context.backup.as_ref().map(|backup| backup.masters()).unwrap_or_default();
    let nodes = kubectl::node_names(on.fleet(), on.address()).await?;
    Ok(gone(&masters, &nodes, &names(on.fleet()), on.cluster()))
}

fn names(fleet: &Fleet) -> BTreeSet<String> {
    fleet.facts().values().map(|facts| facts.hostname.clone()).collect()
}

/// Of the nodes those at an address of a master that is no host of the cluster any more. A host that is called as a former one has taken over
/// its node, whatever address that has until the kubelet says its own.
fn gone(
    masters: &BTreeSet<IpAddr>,
    nodes: &kubectl::NodeNames,
    present: &BTreeSet<String>,
    cluster: &Cluster,
) -> Vec<String> {
    let is_host = |host: &IpAddr| cluster.members.iter().any(|member| member.address == *host);
    let left = masters.iter().filter(|host| !is_host(host)).filter_map(|host| nodes.get(host));
    left.filter(|node| !present.contains(*node)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;

    #[test]
    fn only_masters_that_are_no_hosts_any_more_are_forgotten() {
        let cluster = cluster(&["10.0.0.9", "10.0.0.2"], &["10.0.0.4"]);
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let masters = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(address).into();
        let node = |(host, name): (&str, &str)| (address(host), name.to_owned());
        let nodes = [("10.0.0.1", "a"), ("10.0.0.2", "b"), ("10.0.0.3", "c"), ("10.0.0.4", "d"), ("10.0.0.8", "e")];
        let nodes = nodes.map(node).into();
        let present = ["b", "c", "d"].map(str::to_owned).into();
        assert_eq!(gone(&masters, &nodes, &present, &cluster), ["a"]);
    }
}
