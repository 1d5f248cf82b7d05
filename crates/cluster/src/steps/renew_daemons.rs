//! Has a node's daemons start anew after etcd went back. Whoever watches the API waits for numbers that are higher than the last one that he
//! was told, and after a way back these come again only late; until then he hears nothing. The kubelet starts anew on the way, and all
//! other pods have left the node; what a DaemonSet runs there would stay.

use crate::delivery::Delivery;
use crate::kubectl;
use crate::step::{Answer, On, Step, everywhere};
use crate::steps::upgrade_node::is_upgraded;
use crate::{Error, Fleet};
use sealer_model::cluster::{Cluster, Member};
use sealer_model::image::Extension;
use std::collections::BTreeMap;

/// Start the node's daemons anew.
pub(crate) struct RenewDaemons;

const STEP: &str = "renew-daemons";

impl Step<Delivery> for RenewDaemons {
    fn id(&self) -> &'static str {
        STEP
    }

    fn title(&self) -> &'static str {
        "Start the node's daemons anew"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    fn touches(&self, _cluster: &Cluster, _: &Extension) -> Vec<String> {
        vec!["Pod".into()]
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(is_upgraded(on))
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(renew(on, STEP))
    }

    /// They were asked to go; that all are there again is seen at the end.
    fn verify<'a>(&'a self, _: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async { Ok::<_, Error>(true) })
    }
}

/// Asks the daemons of a node to go. Nobody waits until they are gone: that is for the kubelet, which starts anew, too.
pub(super) async fn renew<C: AsRef<Fleet>>(on: &On<'_, C>, step: &str) -> Result<(), Error> {
    let master = on.cluster().first_master()?.address;
    let node = kubectl::node_of(on.fleet(), master, on.address()).await?;
    for (namespace, pods) in daemons(&kubectl::pods_on(on.fleet(), master, &node).await?) {
        let mut words = vec!["delete", "pods", "--wait=false", "--ignore-not-found", "--namespace", namespace];
        words.extend(pods);
        kubectl::tell(on.fleet(), master, step, &words).await?;
    }
    Ok(())
}

/// The pods of DaemonSets by namespace, of lines of a namespace, a name and the kinds of owners.
fn daemons(lines: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in lines.lines() {
        let mut words = line.split_whitespace();
        if let (Some(namespace), Some(name)) = (words.next(), words.next())
            && words.any(|kind| kind == "DaemonSet")
        {
            all.entry(namespace).or_default().push(name);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pods_of_daemon_sets_are_started_anew() {
        let lines = "kube-system etcd-a Node\nkube-system proxy-1 DaemonSet\ndefault web-1 ReplicaSet\nsite agent DaemonSet\n\
                     kube-system net-1 DaemonSet\ndefault lone\n";
        let expected = BTreeMap::from([("kube-system", vec!["proxy-1", "net-1"]), ("site", vec!["agent"])]);
        assert_eq!(daemons(lines), expected);
    }
}
