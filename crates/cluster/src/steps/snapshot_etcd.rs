//! Takes a snapshot of etcd on the first master before anything is changed: what a way back needs that Kubernetes itself does not have.

use crate::delivery::Delivery;
use crate::step::{Answer, On, Step, first_master};
use sealer_model::agent::{EtcdAccess, SnapshotEtcd as Request};
use sealer_model::cluster::{Cluster, FormerImage, Member};
use std::net::{IpAddr, SocketAddr};

/// Take a snapshot of etcd.
pub(crate) struct SnapshotEtcd {
    /// The image that the cluster runs so far.
    pub(crate) former: FormerImage,
    /// When the upgrade was first asked for, in seconds since 1970.
    pub(crate) asked: i64,
}

const PKI: &str = "/etc/kubernetes/pki/etcd";

/// Where the etcd of a master listens.
const PORT: u16 = 2379;

impl SnapshotEtcd {
    /// Named by both images and the time of asking, so that the same upgrade finds it when it goes on, and another one, be it to the same
    /// image a month later, takes its own.
    fn path(&self, cluster: &Cluster) -> String {
        let (from, to) = (self.former.digest.short(), cluster.image_digest.short());
        format!("{}/snapshots/etcd-{from}-{to}-{}.db", cluster.folder(), self.asked)
    }
}

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
            let path = self.path(on.cluster());
            let look = on.context.command("test", &["-e", &path]);
            Ok(on.agent()?.command(&look, |_| ()).await?.exit == 0)
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let (cluster, path) = (on.cluster().name.clone(), self.path(on.cluster()));
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
