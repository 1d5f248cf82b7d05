//! `backup` and `restore`: what a control plane knows goes into one file on the delivering machine, and from there onto its masters again.

use super::beforehand::refuse_adopted;
use super::certificates::only_masters;
use crate::backup::{Backup, Contents, SAVED, Saved, SavedFile, Snapshot, fetch, write};
use crate::blocking::blocking;
use crate::delivery::command;
use crate::fleet::Access;
use crate::runner::carry_out;
use crate::step::Stage;
use crate::steps::{
    InstallAgent, ListenAnew, RestoreEtcd, RestoreFiles, StartControlPlane, StopControlPlane, etcd_access,
};
use crate::{Error, Fleet, State};
use sealer_model::Digest;
use sealer_model::agent::SnapshotEtcd;
use sealer_model::cluster::{Cluster, Member};
use sealer_model::event::Listener;
use sealer_model::intention::Work;
use sealer_model::plan::Plan;
use std::collections::BTreeSet;
use std::fs::File;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Saves what etcd holds and what kubeadm wrote on every master to a file of mode 0600, and says what is in it.
///
/// # Errors
/// When a master cannot be reached, what comes is not whole, or the file cannot be written; then no file is there.
pub async fn backup(
    root: &Path,
    cluster: &str,
    access: Access,
    target: PathBuf,
    listener: Listener,
) -> Result<Contents, Error> {
    let (state, cluster) = State::lock_existing(root, cluster)?;
    listener.stage("connect to the masters");
    let fleet = Fleet::connect(only_masters(cluster), access, &state, listener.clone()).await?;
    carry_out(&fleet, &[Stage::new(vec![Box::new(InstallAgent)])]).await?;
    listener.stage("save what the masters keep");
    let mut files = Vec::new();
    for member in &fleet.cluster.members {
        files.extend(files_of(&fleet, member).await?);
    }
    listener.stage("take a snapshot of etcd");
    let (snapshot, file) = snapshot(&fleet, &target).await?;
    let contents = Contents {
        form: 1,
        cluster: fleet.cluster.name.clone(),
        image: fleet.cluster.image.clone(),
        image_digest: fleet.cluster.image_digest.clone(),
        taken: jiff::Timestamp::now().to_string(),
        snapshot,
        files: files.iter().map(|file| file.saved.clone()).collect(),
    };
    blocking(move || write(&target, &contents, &files, file).map(|()| contents)).await
}

/// The files below [`SAVED`] on one master.
async fn files_of(fleet: &Fleet, member: &Member) -> Result<Vec<SavedFile>, Error> {
    let host = member.address;
    // kubeadm keeps copies of earlier files in tmp
    let list = [SAVED, "-xdev", "-path", "/etc/kubernetes/tmp", "-prune", "-o", "-type", "f", "-printf", "%m %p\n"];
    let listed = fleet.run_silently(host, &command(&fleet.cluster, "find", &list)).await?;
    let mut files = Vec::new();
    for (mode, path) in listed.lines().filter_map(|line| line.split_once(' ')) {
        let missing = || Error::Missing { host, path: path.to_owned() };
        let bytes = fleet.agent(host)?.read_file(path).await?.ok_or_else(missing)?;
        let not_text = |_| Error::NotText { host, path: path.to_owned() };
        let text = String::from_utf8(bytes).map_err(not_text)?;
        let mode = u32::from_str_radix(mode, 8).map_err(|_| missing())?;
        let digest = Digest::of(text.as_bytes());
        files.push(SavedFile { saved: Saved { host, path: path.to_owned(), mode, digest }, text });
    }
    files.sort_by(|one, other| one.saved.path.cmp(&other.saved.path));
    Ok(files)
}

/// A snapshot of etcd from the first master, in a file without a name beside the target.
async fn snapshot(fleet: &Fleet, target: &Path) -> Result<(Snapshot, File), Error> {
    let master = fleet.cluster.first_master()?.address;
    let agent = fleet.agent(master)?;
    let path = format!("{}/snapshots/backup.db", fleet.cluster.folder());
    let remove = command(&fleet.cluster, "rm", &["--force", &path]);
    fleet.run_silently(master, &remove).await?;
    let request = SnapshotEtcd { cluster: fleet.cluster.name.clone(), etcd: etcd_access(master), path: path.clone() };
    agent.snapshot_etcd(&request).await?;
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let fetched = fetch(fleet, (master, &path), (folder, target)).await;
    fleet.run_silently(master, &remove).await?;
    fetched
}

/// A backup on its way to the masters that it was taken of.
pub(crate) struct Restoration {
    pub(crate) fleet: Fleet,
    pub(crate) backup: Backup,
    /// When it began, in seconds since 1970; part of names that must be new.
    pub(crate) began: String,
}

impl AsRef<Fleet> for Restoration {
    fn as_ref(&self) -> &Fleet {
        &self.fleet
    }
}

/// Nothing is replaced on any master while another one still runs: members of two pasts must never meet.
fn stages() -> Vec<Stage<Restoration>> {
    vec![
        Stage::new(vec![Box::new(InstallAgent)]),
        Stage::new(vec![Box::new(StopControlPlane { done: None })]),
        Stage::new(vec![Box::new(RestoreFiles), Box::new(RestoreEtcd)]),
        Stage::new(vec![Box::new(StartControlPlane)]),
        Stage::new(vec![Box::new(ListenAnew)]),
    ]
}

/// The plan of a restoration, from the desired state alone.
#[must_use]
pub fn plan_restore(cluster: Cluster) -> Plan {
    let stages = stages().iter().map(|stage| stage.planned(&cluster)).collect();
    Plan { verb: "restore".into(), cluster: cluster.name.clone(), image: None, stages }
}

/// Brings the masters back to what a backup of them holds.
///
/// # Errors
/// When the backup is of other masters, one cannot be reached, or a step fails; the same call begins anew.
pub async fn restore(
    root: &Path,
    backup: Backup,
    access: Access,
    version: String,
    listener: Listener,
) -> Result<(), Error> {
    let (state, cluster) = State::lock_existing(root, &backup.contents.cluster)?;
    refuse_adopted(&cluster, "restore")?;
    let intended = Work::RestoreInPlace { backup: backup.path().to_owned() };
    if let Some(reason) = misfit(&backup.masters(), &cluster) {
        return Err(Error::Backup { path: backup.path().to_owned(), reason });
    }
    backup.members()?;
    listener.stage("connect to the hosts");
    let fleet = masters_and_whoever_answers(cluster, access, &state, &listener).await?.claiming(&state, "restore")?;
    let began = jiff::Timestamp::now().as_second().to_string();
    let plan = plan_restore(fleet.cluster.clone()).digest();
    let restoration = Restoration { fleet, backup, began };
    let stages = stages();
    let work = async { carry_out(&restoration, &stages).await.map(drop) };
    state.remembering(intended, restoration.fleet.journal.recorded("restore", plan, version, work)).await
}

/// All masters, and the nodes that can be reached: one that is away must not keep a control plane from coming back, and is told of.
async fn masters_and_whoever_answers(
    cluster: Cluster,
    access: Access,
    state: &State,
    listener: &Listener,
) -> Result<Fleet, Error> {
    let total = cluster.members.len();
    let (fleet, unreached) = Fleet::connect_some(cluster.clone(), access, state, listener.clone()).await?;
    let is_master = |host: &IpAddr| cluster.masters().any(|master| master.address == *host);
    let (failures, away): (Vec<_>, Vec<_>) = unreached.into_iter().partition(|(host, _)| is_master(host));
    if !failures.is_empty() {
        return Err(Error::Hosts { total, failures });
    }
    for (host, reason) in away {
        let remedy =
            "its kubelet has to be started anew when it is back, or it may hear nothing of the cluster for long";
        listener.warn(format!("{host} is left as it is: {remedy}: {reason}"));
    }
    Ok(fleet)
}

/// Why a backup of these masters is not for this cluster. Certificates and members name addresses, so the masters have to be the same.
fn misfit(theirs: &BTreeSet<IpAddr>, cluster: &Cluster) -> Option<String> {
    let ours: BTreeSet<IpAddr> = cluster.masters().map(|member| member.address).collect();
    let listed = |hosts: &BTreeSet<IpAddr>| hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (others, own) = (listed(theirs), listed(&ours));
    (*theirs != ours).then(|| format!("it is of the masters {others}, and cluster {} has {own}", cluster.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;

    #[test]
    fn everything_stands_still_before_anything_is_replaced() {
        let plan = plan_restore(cluster(&["10.0.0.1", "10.0.0.2"], &["10.0.0.3"]));
        let of = |id: &str| plan.stages.iter().position(|stage| stage.steps.iter().any(|step| step.id == id)).unwrap();
        assert!(of("stop-control-plane") < of("restore-files") && of("restore-etcd") < of("start-control-plane"));
        let of_node =
            |step: &&sealer_model::plan::PlannedStep| step.hosts.iter().any(|it| it.to_string() == "10.0.0.3");
        let steps = plan.stages.iter().flat_map(|stage| &stage.steps).filter(of_node);
        assert_eq!(steps.map(|step| step.id.as_str()).collect::<Vec<_>>(), ["agent", "listen-anew"]);
    }

    #[test]
    fn a_backup_of_other_masters_is_refused_before_anybody_is_reached() {
        let theirs: BTreeSet<_> = ["10.0.0.1".parse().unwrap()].into();
        assert_eq!(misfit(&theirs, &cluster(&["10.0.0.1"], &["10.0.0.3"])), None);
        let refused = misfit(&theirs, &cluster(&["10.0.0.1", "10.0.0.2"], &[])).unwrap();
        assert!(refused.contains("10.0.0.1, 10.0.0.2"), "{refused}");
    }
}
