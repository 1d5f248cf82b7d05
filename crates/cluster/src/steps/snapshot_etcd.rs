//! Takes a snapshot of etcd on the first master before anything is changed: what a way back needs that Kubernetes itself does not have.

use crate::delivery::Delivery;
use crate::step::{Answer, On, Step, first_master};
use sealer_model::Digest;
use sealer_model::agent::{EtcdAccess, SnapshotEtcd as Request};
use sealer_model::cluster::{Cluster, Member};
use std::net::{IpAddr, SocketAddr};

/// Take a snapshot of etcd.
pub(crate) struct SnapshotEtcd(pub(crate) Upgrade);

/// The way from one image to another that a snapshot was taken for. It names what is kept, so that the same upgrade finds it when it goes on,
/// and another one, be it to the same image a month later, keeps its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upgrade {
    /// The image that the cluster ran before.
    pub(crate) from: Digest,
    /// The one that it goes to.
    pub(crate) to: Digest,
    /// When that was first asked for, in seconds since 1970.
    pub(crate) asked: i64,
}

impl Upgrade {
    /// The snapshot of etcd.
    pub(crate) fn snapshot(&self, cluster: &Cluster) -> String {
        format!("{}/etcd-{}.db", folder(cluster), self.name())
    }

    /// The folder of the control plane's static pods.
    pub(crate) fn static_pods(&self, cluster: &Cluster) -> String {
        format!("{}/static-pods-{}", folder(cluster), self.name())
    }

    fn name(&self) -> String {
        format!("{}-{}-{}", self.from.short(), self.to.short(), self.asked)
    }

    /// The last of the upgrades between two images of which a snapshot is among these files.
    pub(crate) fn last(from: &Digest, to: &Digest, files: &str) -> Option<Self> {
        let prefix = format!("etcd-{}-{}-", from.short(), to.short());
        let asked = |file: &str| file.strip_prefix(&prefix)?.strip_suffix(".db")?.parse().ok();
        let asked = files.lines().filter_map(asked).max()?;
        Some(Self { from: from.clone(), to: to.clone(), asked })
    }
}

/// Where snapshots lie on a master.
pub(crate) fn folder(cluster: &Cluster) -> String {
    format!("{}/snapshots", cluster.folder())
}

const PKI: &str = "/etc/kubernetes/pki/etcd";

/// Where the etcd of a master listens.
const PORT: u16 = 2379;

impl Step<Delivery> for SnapshotEtcd {
    fn id(&self) -> &'static str {
        "snapshot-etcd"
    }

    fn title(&self) -> &'static str {
        "Take a snapshot of etcd"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        first_master(cluster)
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move {
            let path = self.0.snapshot(on.cluster());
            let look = on.context.command("test", &["-e", &path]);
            Ok(on.agent()?.command(&look, |_| ()).await?.exit == 0)
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let (cluster, path) = (on.cluster().name.clone(), self.0.snapshot(on.cluster()));
            on.agent()?.snapshot_etcd(&Request { cluster, etcd: etcd_access(on.address()), path }).await?;
            Ok(())
        })
    }
}

/// How the etcd of a master is asked, with the certificates that kubeadm made for it.
pub(crate) fn etcd_access(master: IpAddr) -> EtcdAccess {
    EtcdAccess {
        endpoint: format!("https://{}", SocketAddr::new(master, PORT)),
        authority: format!("{PKI}/ca.crt"),
        certificate: format!("{PKI}/healthcheck-client.crt"),
        key: format!("{PKI}/healthcheck-client.key"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;

    #[test]
    fn the_last_upgrade_between_two_images_is_found_by_its_snapshot() {
        let cluster = cluster(&["10.0.0.1"], &[]);
        let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
        let upgrade = |asked| Upgrade { from: one.clone(), to: two.clone(), asked };
        let files: Vec<String> = [upgrade(9), upgrade(10)].iter().map(|it| it.snapshot(&cluster)).collect();
        let names: Vec<&str> = files.iter().map(|path| path.rsplit('/').next().unwrap()).collect();
        let listed = format!("backup.db\n{}\netcd-x.db\n{}\n{}.part\n", names[1], names[0], names[1]);
        assert_eq!(Upgrade::last(&one, &two, &listed), Some(upgrade(10)));
        assert_eq!(Upgrade::last(&two, &one, &listed), None);
    }
}
