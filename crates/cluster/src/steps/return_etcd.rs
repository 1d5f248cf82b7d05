//! Brings a control plane back to what it was before an upgrade: the static pods that were kept, and etcd's data from the snapshot, with the
//! masters of now as its members. It happens once on each master, while none of them runs; whoever comes again finds a mark, so that what
//! was written to the older control plane meanwhile is never lost a second time.

use crate::backup::{EtcdMember, Snapshot, fetch};
use crate::delivery::{Delivery, command};
use crate::step::{Answer, On, Step, masters};
use crate::steps::etcd_data::{Source, from_snapshot, pull};
use crate::steps::keep_static_pods::{StaticPods, read};
use crate::steps::registry::{cluster_folder, file};
use crate::steps::snapshot_etcd::{Upgrade, folder};
use crate::{Error, Fleet};
use sealer_model::Digest;
use sealer_model::agent::Change;
use sealer_model::cluster::{Cluster, Member};
use sealer_model::image::Extension;
use sealer_model::journal::Entry;
use std::net::IpAddr;

/// Bring etcd and the control plane back.
pub(crate) struct ReturnEtcd {
    /// The upgrade before which they were kept.
    pub(crate) upgrade: Upgrade,
    /// When the way back was first asked for, in seconds since 1970.
    pub(crate) asked: i64,
}

const STEP: &str = "return-etcd";

/// The mark on a master that came back on the way back that was asked for then.
pub(crate) fn mark(cluster: &Cluster, asked: i64) -> String {
    format!("{}/returned-{asked}", folder(cluster))
}

impl Step<Delivery> for ReturnEtcd {
    fn id(&self) -> &'static str {
        STEP
    }

    fn title(&self) -> &'static str {
        "Bring etcd and the control plane back"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        masters(cluster)
    }

    fn touches(&self, cluster: &Cluster, _: &Extension) -> Vec<String> {
        vec!["/etc/kubernetes/manifests/".into(), "/var/lib/etcd/".into(), format!("{}/", folder(cluster))]
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move {
            let mark = mark(on.cluster(), self.asked);
            Ok(on.agent()?.read_file(&mark).await?.is_some())
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let (own, members) = kept(on, &self.upgrade).await?;
            on.change(own.in_force(), false).await?;
            let image = EtcdMember::of_manifest(own.etcd()).map(|it| it.image).unwrap_or_default();
            on.fleet().run(on.address(), STEP, pull(on.cluster(), &image)).await?;
            self.restore(on, &members).await?;
            let text = format!("etcd as it was before the upgrade asked for at {}\n", self.upgrade.asked);
            let marked = vec![cluster_folder(on.cluster()), file(mark(on.cluster(), self.asked), 0o644, &text)];
            on.change(marked, false).await.map(drop)
        })
    }
}

impl ReturnEtcd {
    async fn restore(&self, on: &On<'_, Delivery>, members: &[(IpAddr, EtcdMember)]) -> Result<(), Error> {
        let (snapshot, began) = (self.upgrade.snapshot(on.cluster()), self.asked.to_string());
        let first = on.cluster().first_master()?.address;
        if on.address() == first {
            return from_snapshot(on, &Source { step: STEP, snapshot: &snapshot, members, began: &began }).await;
        }
        let copy = format!("{}/etcd-copy.db", folder(on.cluster()));
        let private = Change::Directory { path: folder(on.cluster()), mode: 0o700 };
        on.change(vec![cluster_folder(on.cluster()), private], false).await?;
        pass_on(on, (first, &snapshot), &copy).await?;
        let made = from_snapshot(on, &Source { step: STEP, snapshot: &copy, members, began: &began }).await;
        // it holds every secret of the cluster, so it goes in any case
        on.fleet().run(on.address(), STEP, command(on.cluster(), "rm", &["--force", &copy])).await?;
        made
    }
}

/// Brings the first master's snapshot to another one, by way of a file here that has no name.
async fn pass_on(on: &On<'_, Delivery>, (first, path): (IpAddr, &str), target: &str) -> Result<(), Error> {
    let here = std::env::temp_dir();
    let (Snapshot { size, digest }, file) = fetch(on.fleet(), (first, path), (&here, &here)).await?;
    on.agent()?.send_file(target, &digest, tokio::fs::File::from_std(file), |_| ()).await?;
    on.fleet().journal.append(Entry::Sent { step: STEP.into(), host: on.address(), bytes: size })
}

/// What was kept on this master, and what the static pods of all masters say about their members of etcd.
async fn kept(on: &On<'_, Delivery>, upgrade: &Upgrade) -> Result<(StaticPods, Vec<(IpAddr, EtcdMember)>), Error> {
    let mut members = Vec::new();
    let mut own = None;
    for master in on.cluster().masters() {
        let (pods, member) = of_master(on.fleet(), upgrade, master.address).await?;
        members.push((master.address, member));
        if master.address == on.address() {
            own = Some(pods);
        }
    }
    let missing = || Error::Missing { host: on.address(), path: upgrade.static_pods(on.cluster()) };
    Ok((own.ok_or_else(missing)?, members))
}

async fn of_master(fleet: &Fleet, upgrade: &Upgrade, host: IpAddr) -> Result<(StaticPods, EtcdMember), Error> {
    let path = upgrade.static_pods(&fleet.cluster);
    let missing = || Error::NotKept { host, path: path.clone() };
    let pods = read(fleet, host, &path).await?.ok_or_else(missing)?;
    let member = EtcdMember::of_manifest(pods.etcd()).ok_or_else(missing)?;
    Ok((pods, member))
}

/// The last upgrade between two images that can be taken back, with all that this needs on every master; looked at before anything is
/// begun.
pub(crate) async fn find(fleet: &Fleet, from: &Digest, to: &Digest) -> Result<Upgrade, Error> {
    let (cluster, master) = (&fleet.cluster, fleet.cluster.first_master()?.address);
    let list =
        command(cluster, "find", &[&folder(cluster), "-maxdepth", "1", "-name", "etcd-*.db", "-printf", "%f\\n"]);
    let files = fleet.run_silently(master, &list).await?;
    let none = || Error::NotKept {
        host: master,
        path: format!("{}/etcd-{}-{}-*.db", folder(cluster), from.short(), to.short()),
    };
    let upgrade = Upgrade::last(from, to, &files).ok_or_else(none)?;
    for master in cluster.masters() {
        of_master(fleet, &upgrade, master.address).await?;
    }
    Ok(upgrade)
}
