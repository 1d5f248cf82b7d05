//! `sealer backup` and `sealer restore`.

use super::Context;
use super::access::access;
use super::blocking::blocking;
use super::confirm::confirm;
use super::report::leave;
use super::resume::with_image;
use super::run::{conclude, delivery, print_plan};
use super::scale_up::Terms;
use super::version;
use crate::args::{self, Restore};
use crate::failure::Failure;
use crate::output;
use crate::settings::members;
use sealer_cluster::backup::Backup;
use sealer_cluster::{Access, State, verbs};
use sealer_model::cluster::Cluster;
use std::path::PathBuf;
use std::sync::Arc;

/// Saves a cluster's control plane to a file.
///
/// # Errors
/// When the cluster is not known, a master cannot be reached, or the file cannot be written.
pub(super) async fn back_up(request: args::Backup, context: &Context) -> Result<(), Failure> {
    let (root, cluster) = (&context.settings.root, &request.cluster);
    State::read(root, cluster)?;
    let target = request.output.unwrap_or_else(|| usual_name(cluster, jiff::Timestamp::now()));
    if target.exists() {
        return Err(Failure::usage(format!("{} exists", target.display())).hint("give another --output"));
    }
    let access = access(request.login, context).await?;
    let contents = verbs::backup(root, cluster, access, target.clone(), context.listener.clone()).await?;
    let (size, files) = (output::size(contents.snapshot.size), contents.files.len());
    output::print(format!(
        "cluster {cluster} is saved to {}: {size} of etcd and {files} files; it holds the cluster's keys, so guard it\n",
        target.display()
    ))
}

fn usual_name(cluster: &str, now: jiff::Timestamp) -> PathBuf {
    format!("{cluster}-{}.backup", now.strftime("%Y%m%dT%H%M%SZ")).into()
}

/// Brings a cluster's masters back to a backup.
///
/// # Errors
/// When the backup is damaged or of other masters, one cannot be reached, or a step fails; the same command begins anew.
pub(super) async fn restore(request: Restore, context: &Context) -> Result<(), Failure> {
    let backup = read(request.file.clone()).await?;
    let (root, name, taken) = (&context.settings.root, &backup.contents.cluster, &backup.contents.taken);
    let cluster = State::read(root, name)?;
    if request.masters.is_some() {
        return begin_anew(request, cluster, backup, context).await;
    }
    if request.dry_run {
        return print_plan(&verbs::plan_restore(cluster), request.output);
    }
    if !request.yes {
        let question = format!("Bring cluster {name} back to {taken}? What was written to it since is lost.");
        confirm(question, context).await?;
    }
    let access = access(request.login, context).await?;
    bring_back(backup, access, context).await
}

/// Brings the masters of a cluster back to a backup of them.
///
/// # Errors
/// As [`restore`].
pub(super) async fn bring_back(backup: Backup, access: Access, context: &Context) -> Result<(), Failure> {
    let (name, taken) = (backup.contents.cluster.clone(), backup.contents.taken.clone());
    let (root, version) = (&context.settings.root, version::number());
    let restored = verbs::restore(root, backup, access, version, context.listener.clone()).await;
    leave(&name, context).await;
    restored?;
    output::print(format!(
        "cluster {name} is as it was at {taken}; sealer check tells whether its nodes and pods follow\n"
    ))
}

/// Brings a backup onto masters that take the places of former ones.
async fn begin_anew(request: Restore, former: Cluster, backup: Backup, context: &Context) -> Result<(), Failure> {
    let masters = members(request.masters.as_ref(), None, request.login.port);
    let cluster = former.with_masters(&masters).map_err(sealer_cluster::Error::from)?;
    cluster.validate().map_err(sealer_cluster::Error::from)?;
    if request.dry_run {
        return print_plan(&verbs::plan_restore_onto(&cluster), request.output);
    }
    let terms = Terms::of(request.deadline, &request.ignore, false)?;
    if !request.yes {
        let (name, taken) = (&cluster.name, &backup.contents.taken);
        confirm(format!("Give cluster {name} these masters, as it was at {taken}?"), context).await?;
    }
    let access = access(request.login, context).await?;
    bring_onto(cluster, backup, access, terms, context).await
}

/// Brings a backup onto the masters of a cluster as it shall be.
///
/// # Errors
/// When the image is not here, the backup does not fit, or a host cannot be made a master; the same again goes on.
pub(super) async fn bring_onto(
    cluster: Cluster,
    backup: Backup,
    access: Access,
    terms: Terms,
    context: &Context,
) -> Result<(), Failure> {
    let (name, backup) = (cluster.name.clone(), Arc::new(backup));
    let desired = with_image(cluster, context).await?;
    let run = verbs::Run { backup: Some(backup.clone()), ..delivery(desired, access, terms, context) };
    let ran = verbs::restore_onto(run, &backup, context.listener.clone()).await;
    leave(&name, context).await;
    conclude(&name, &ran?, context)
}

/// Reads a backup.
///
/// # Errors
/// When it cannot be read, is none, or is damaged.
pub(super) async fn read(file: PathBuf) -> Result<Backup, Failure> {
    // what is remembered of it has to lead to it from everywhere
    blocking(move || Ok(Backup::open(&std::path::absolute(&file).unwrap_or(file))?)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_named_after_its_cluster_and_time() {
        let name = usual_name("my-cluster", jiff::Timestamp::from_second(0).unwrap());
        assert_eq!(name, PathBuf::from("my-cluster-19700101T000000Z.backup"));
    }
}
