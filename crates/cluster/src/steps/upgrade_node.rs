//! Upgrades what kubeadm keeps on a host: on a master the control plane's static pods, one after the other, back to the old ones when one
//! does not come up; everywhere the kubelet's configuration.

use crate::Error;
use crate::delivery::Delivery;
use crate::step::{Answer, On, Step, everywhere};
use crate::steps::registry::{cluster_folder, file};
use sealer_model::agent::Change;
use sealer_model::cluster::{Cluster, Member};

/// Upgrade what kubeadm keeps on the host.
pub(crate) struct UpgradeNode;

impl Step<Delivery> for UpgradeNode {
    fn id(&self) -> &'static str {
        "upgrade-node"
    }

    fn title(&self) -> &'static str {
        "Upgrade what kubeadm keeps on the host"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(is_upgraded(on))
    }

    /// kubeadm's own checks want a tool that talks to the runtime; sealer's checks came first. Certificates are renewed by whom they
    /// concern, not in passing.
    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let arguments = ["upgrade", "node", "--skip-phases=preflight", "--certificate-renewal=false"];
            on.fleet().run(on.address(), "upgrade-node", on.context.command("kubeadm", &arguments)).await?;
            Ok(())
        })
    }

    /// kubeadm waits until each part runs, or fails.
    fn verify<'a>(&'a self, _: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async { Ok(true) })
    }
}

/// What tells that a host went through an upgrade to this image, to its end.
pub(super) fn mark(cluster: &Cluster) -> Vec<Change> {
    marked(cluster, cluster.image_digest.as_str())
}

/// What tells that a host is on its way to this image: whatever it ran before, it does not run as a whole any more, and a way back has to
/// go through every step.
pub(super) fn mark_of_beginning(cluster: &Cluster) -> Vec<Change> {
    marked(cluster, &format!("on the way to {}", cluster.image_digest))
}

fn marked(cluster: &Cluster, text: &str) -> Vec<Change> {
    vec![cluster_folder(cluster), file(format!("{}/upgraded", cluster.folder()), 0o644, text)]
}

/// Whether a host went through this upgrade.
pub(super) async fn is_upgraded(on: &On<'_, Delivery>) -> Result<bool, Error> {
    Ok(!on.change(mark(on.cluster()), true).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;
    use sealer_model::Digest;

    #[test]
    fn a_host_on_its_way_to_an_image_has_neither_arrived_there_nor_where_it_came_from() {
        let former = cluster(&["10.0.0.1"], &[]);
        let next = Cluster { image_digest: Digest::of(b"next"), ..former.clone() };
        let begun = mark_of_beginning(&next);
        assert!(begun != mark(&next) && begun != mark(&former) && begun != mark_of_beginning(&former));
        assert_ne!(mark(&next), mark(&former));
    }
}
