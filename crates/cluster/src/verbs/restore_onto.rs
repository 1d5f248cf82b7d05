//! `restore --masters`: the masters are gone, and what a backup of them holds begins anew on others. It is a delivery to a cluster that has
//! other masters by then; only what its control plane begins with is not nothing. The nodes and what runs on them stay.

use super::beforehand::{refuse_adopted, validate};
use super::run::{Occasion, Ran, Run, deliver};
use super::scale_up::clean_returning;
use crate::backup::Backup;
use crate::{Error, Fleet, State};
use sealer_model::cluster::{Cluster, Member, Role};
use sealer_model::event::Listener;
use std::net::IpAddr;

/// Makes the masters of `run`'s cluster those of the cluster that the backup in it was taken of.
///
/// # Errors
/// When the backup does not fit, a former master still runs, a host cannot be used, or a step fails; the same call again goes on.
pub async fn restore_onto(run: Run, backup: &Backup, listener: Listener) -> Result<Ran, Error> {
    validate(&run.cluster, &run.bundle, &run.access.secrets)?;
    let (state, former) = State::lock_existing(&run.root, &run.cluster.name)?;
    refuse_adopted(&former, "restore")?;
    let work = Occasion::Restore.work(&run);
    state.refuse_meanwhile(&former.name, &work)?;
    let begun = state.intention()?.is_some_and(|it| it.work.is_same_as(&work));
    let unusable = |reason| Error::Backup { path: backup.path().to_owned(), reason };
    if let Some(reason) = misfit(backup, &former, &run.cluster, begun) {
        return Err(unusable(reason));
    }
    backup.members()?;
    listener.stage("look whether the former masters are gone");
    let others = only(&former, replaced(backup, &former, &run.cluster));
    let (there, _) = Fleet::connect_some(others, run.access.clone(), &state, listener.clone()).await?;
    let facts = there.facts();
    let lives = facts.iter().find(|(_, it)| it.delivered && it.cluster.as_ref() == Some(&former.name));
    if let Some((host, _)) = lives {
        return Err(unusable(format!("{host} still is a master of cluster {}: turn it off, or clean it", former.name)));
    }
    if !begun {
        let joining = run.cluster.masters().filter(|it| !former.members.contains(it)).cloned().collect();
        clean_returning(only(&former, joining), run.access.clone(), &state, listener.clone()).await?;
    }
    deliver(Occasion::Restore, run, state, false, listener).await
}

fn only(cluster: &Cluster, members: Vec<Member>) -> Cluster {
    Cluster { members, ..cluster.clone() }
}

/// The masters of the backup and of the cluster so far that are none of those to come.
fn replaced(backup: &Backup, former: &Cluster, cluster: &Cluster) -> Vec<Member> {
    let stays = |host: IpAddr| cluster.members.iter().any(|member| member.address == host);
    let of_backup = backup.masters().into_iter().map(|address| Member { address, ssh_port: 22, role: Role::Master });
    let known = former.masters().cloned();
    let mut all: Vec<Member> = known.filter(|member| !stays(member.address)).collect();
    for member in of_backup.filter(|member| !stays(member.address)) {
        if all.iter().all(|it| it.address != member.address) {
            all.push(member);
        }
    }
    all
}

/// Why a backup cannot begin anew on these masters.
fn misfit(backup: &Backup, former: &Cluster, cluster: &Cluster, begun: bool) -> Option<String> {
    let contents = &backup.contents;
    if contents.image_digest != former.image_digest {
        let (was, is) = (&contents.image, &former.image);
        return Some(format!("it was taken when cluster {} ran {was}, and it runs {is}", former.name));
    }
    let same = former.masters().eq(cluster.masters());
    (same && !begun).then(|| format!("cluster {} has these masters already: leave --masters out", former.name))
}
