//! `sealer backup` and `sealer restore`.

use super::Context;
use super::access::access;
use super::blocking::blocking;
use super::confirm::confirm;
use super::report::leave;
use super::run::print_plan;
use super::version;
use crate::args::{Backup, Restore};
use crate::failure::Failure;
use crate::output;
use sealer_cluster::{State, backup, verbs};
use std::path::PathBuf;

/// Saves a cluster's control plane to a file.
///
/// # Errors
/// When the cluster is not known, a master cannot be reached, or the file cannot be written.
pub(super) async fn back_up(request: Backup, context: &Context) -> Result<(), Failure> {
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
    let file = request.file;
    let backup = blocking(move || Ok(backup::Backup::open(&file)?)).await?;
    let (root, name, taken) = (&context.settings.root, &backup.contents.cluster, &backup.contents.taken);
    let cluster = State::read(root, name)?;
    if request.dry_run {
        return print_plan(&verbs::plan_restore(cluster), request.output);
    }
    if !request.yes {
        let question = format!("Bring cluster {name} back to {taken}? What was written to it since is lost.");
        confirm(question, context).await?;
    }
    let done =
        format!("cluster {name} is as it was at {taken}; sealer check tells whether its nodes and pods follow\n");
    let access = access(request.login, context).await?;
    let name = name.clone();
    let restored = verbs::restore(root, backup, access, version::number(), context.listener.clone()).await;
    leave(&name, context).await;
    restored?;
    output::print(done)
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
