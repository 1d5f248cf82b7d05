//! Keeps the static pods of the control plane beside the snapshot of etcd, on each master its own: an older control plane, which the snapshot
//! is for, is what these say. kubeadm does not keep its copies for long.

use crate::delivery::Delivery;
use crate::step::{Answer, On, Step, masters};
use crate::steps::control_plane::PARTS;
use crate::steps::registry::{cluster_folder, file};
use crate::steps::snapshot_etcd::Upgrade;
use crate::{Error, Fleet};
use sealer_model::agent::Change;
use sealer_model::cluster::{Cluster, Member};
use sealer_model::image::Extension;
use std::net::IpAddr;

/// Keep the static pods of the control plane.
pub(crate) struct KeepStaticPods(pub(crate) Upgrade);

/// Where the kubelet looks for static pods.
const FOLDER: &str = "/etc/kubernetes/manifests";

/// As kubeadm writes them.
const MODE: u32 = 0o600;

impl Step<Delivery> for KeepStaticPods {
    fn id(&self) -> &'static str {
        "keep-static-pods"
    }

    fn title(&self) -> &'static str {
        "Keep the static pods of the control plane"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        masters(cluster)
    }

    fn touches(&self, cluster: &Cluster, _: &Extension) -> Vec<String> {
        vec![format!("{}/snapshots/", cluster.folder())]
    }

    /// What is kept was kept before anything was changed, so it is not looked at again.
    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(read(on.fleet(), on.address(), &self.0.static_pods(on.cluster())).await?.is_some()) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let missing = || Error::Missing { host: on.address(), path: format!("{FOLDER}/: all of {PARTS:?}") };
            let pods = read(on.fleet(), on.address(), FOLDER).await?.ok_or_else(missing)?;
            let folder = self.0.static_pods(on.cluster());
            let mut changes = vec![cluster_folder(on.cluster())];
            changes.extend(pods.written(&folder));
            on.change(changes, false).await.map(drop)
        })
    }
}

/// The static pods of a control plane on one master, by their names.
pub(crate) struct StaticPods(Vec<(&'static str, String)>);

impl StaticPods {
    /// The one of etcd.
    pub(crate) fn etcd(&self) -> &str {
        self.0.iter().find(|(part, _)| *part == PARTS[0]).map_or("", |(_, text)| text)
    }

    /// What puts them where the kubelet looks for them.
    pub(super) fn in_force(&self) -> Vec<Change> {
        self.written(FOLDER)
    }

    fn written(&self, folder: &str) -> Vec<Change> {
        let write = |(part, text): &(&str, String)| file(format!("{folder}/{part}.yaml"), MODE, text);
        self.0.iter().map(write).collect()
    }
}

/// The static pods in a folder on a master; none where one is missing.
pub(super) async fn read(fleet: &Fleet, host: IpAddr, folder: &str) -> Result<Option<StaticPods>, Error> {
    let mut pods = Vec::new();
    for part in PARTS {
        let Some(bytes) = fleet.agent(host)?.read_file(&format!("{folder}/{part}.yaml")).await? else {
            return Ok(None);
        };
        pods.push((part, String::from_utf8_lossy(&bytes).into_owned()));
    }
    Ok(Some(StaticPods(pods)))
}

/// Those that a master runs now.
pub(crate) async fn running(fleet: &Fleet, host: IpAddr) -> Result<Option<StaticPods>, Error> {
    read(fleet, host, FOLDER).await
}
