//! Makes etcd's data on a master from the snapshot of a backup, with the members that the backup names. The image of etcd is on every
//! master.

use crate::backup::{Backup, EtcdMember};
use crate::delivery::command;
use crate::step::{Answer, On, Step, masters};
use crate::steps::etcd_data::{Source, from_snapshot};
use crate::steps::registry::cluster_folder;
use crate::verbs::Restoration;
use crate::{Error, Fleet};
use sealer_model::agent::{Change, Progress};
use sealer_model::cluster::{Cluster, Member};
use sealer_model::journal::Entry;
use std::net::IpAddr;

/// Make etcd's data from the snapshot.
pub(crate) struct RestoreEtcd;

const STEP: &str = "restore-etcd";

impl Step<Restoration> for RestoreEtcd {
    fn id(&self) -> &'static str {
        STEP
    }

    fn title(&self) -> &'static str {
        "Restore etcd"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        masters(cluster)
    }

    /// What etcd has written since is of no use to tell whether it began with this snapshot.
    fn probe<'a>(&'a self, _: &'a On<'a, Restoration>) -> Answer<'a, bool> {
        Box::pin(async { Ok(false) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Restoration>) -> Answer<'a, ()> {
        Box::pin(async move {
            let Restoration { backup, began, .. } = on.context;
            from_backup(on, STEP, (backup, began), &backup.members()?).await
        })
    }

    /// The tool verifies the snapshot, and the next step whether etcd runs with it.
    fn verify<'a>(&'a self, _: &'a On<'a, Restoration>) -> Answer<'a, bool> {
        Box::pin(async { Ok(true) })
    }
}

/// Makes etcd's data on a host from the snapshot of a backup.
pub(super) async fn from_backup<C: AsRef<Fleet>>(
    on: &On<'_, C>,
    step: &'static str,
    (backup, began): (&Backup, &str),
    members: &[(IpAddr, EtcdMember)],
) -> Result<(), Error> {
    let folder = format!("{}/restore", on.cluster().folder());
    let private = Change::Directory { path: folder.clone(), mode: 0o700 };
    on.change(vec![cluster_folder(on.cluster()), private], false).await?;
    let snapshot = format!("{folder}/etcd.db");
    send(on, step, backup, &snapshot).await?;
    let made = from_snapshot(on, &Source { step, snapshot: &snapshot, members, began }).await;
    // it holds every secret of the cluster, so it goes in any case
    let remove = command(on.cluster(), "rm", &["--force", &snapshot]);
    on.fleet().run(on.address(), step, remove).await?;
    made
}

async fn send<C: AsRef<Fleet>>(on: &On<'_, C>, step: &str, backup: &Backup, target: &str) -> Result<(), Error> {
    let unread = |source| Error::State { path: backup.path().to_owned(), source };
    let content = backup.snapshot(0).await.map_err(unread)?;
    let snapshot = &backup.contents.snapshot;
    let (total, fleet) = (snapshot.size, on.fleet());
    on.agent()?.send_file(target, &snapshot.digest, content, |_| ()).await?;
    on.tell_bytes("the snapshot of etcd", &Progress::Bytes(total, total));
    fleet.journal.append(Entry::Sent { step: step.into(), host: on.address(), bytes: total })
}
