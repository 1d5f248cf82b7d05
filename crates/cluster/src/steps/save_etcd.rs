//! Saves what etcd holds into a folder of the site's on the first master, where a plugin asks for it. The snapshot stays when the cluster
//! goes: it is the site's.

use crate::delivery::command;
use crate::step::On;
use crate::steps::snapshot_etcd::etcd_access;
use crate::{Error, Fleet};
use sealer_model::agent::{Command, SnapshotEtcd};
use sealer_model::cluster::Cluster;

/// Takes a snapshot, and brings it to its place only when it is whole.
pub(super) async fn save_etcd<C: AsRef<Fleet>>(on: &On<'_, C>, phase: &'static str, folder: &str) -> Result<(), Error> {
    let (cluster, now) = (on.cluster(), jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string());
    let way = Way::of(cluster, phase, folder, &now);
    let run = async |words: &[&str]| on.fleet().run(on.address(), phase, said(cluster, words)).await;
    run(&["rm", "--force", "--", &way.taken]).await?;
    let (name, etcd) = (cluster.name.clone(), etcd_access(on.address()));
    on.agent()?.snapshot_etcd(&SnapshotEtcd { cluster: name, etcd, path: way.taken.clone() }).await?;
    for words in way.steps() {
        run(&words).await?;
    }
    on.fleet().listener.stage(format!("{}: etcd is saved to {}", on.address(), way.target));
    Ok(())
}

fn said(cluster: &Cluster, words: &[&str]) -> Command {
    let (program, arguments) = words.split_first().unwrap_or((&"true", &[]));
    command(cluster, program, arguments)
}

/// Where the snapshot is taken, on its way, and in the end.
struct Way {
    folder: String,
    taken: String,
    part: String,
    target: String,
}

impl Way {
    fn of(cluster: &Cluster, phase: &str, folder: &str, now: &str) -> Self {
        let (folder, name) = (folder.trim_end_matches('/').to_owned(), &cluster.name);
        Self {
            taken: format!("{}/snapshots/plugin.db", cluster.folder()),
            part: format!("{folder}/.etcd-{name}.part"),
            target: format!("{folder}/etcd-{name}-{phase}-{now}.db"),
            folder,
        }
    }

    /// The folder may be on another file system, so the snapshot is copied, and gets its name when it is on the disk.
    fn steps(&self) -> [Vec<&str>; 5] {
        [
            vec!["mkdir", "--parents", "--mode=0700", "--", &self.folder],
            vec!["cp", "--preserve=mode", "--", &self.taken, &self.part],
            vec!["sync", "--", &self.part],
            vec!["mv", "--no-target-directory", "--", &self.part, &self.target],
            vec!["rm", "--force", "--", &self.taken],
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_has_its_name_when_it_is_whole_and_outlives_the_cluster() {
        let cluster = crate::step::tests::cluster(&["10.0.0.1"], &[]);
        let way = Way::of(&cluster, "post-install", "/var/backups/", "20260101T000000Z");
        assert_eq!(way.target, format!("/var/backups/etcd-{}-post-install-20260101T000000Z.db", cluster.name));
        assert!(way.taken.starts_with(&cluster.folder()) && !way.target.starts_with(&cluster.folder()));
        let steps = way.steps();
        let programs: Vec<&str> = steps.iter().map(|words| words[0]).collect();
        assert_eq!(programs, ["mkdir", "cp", "sync", "mv", "rm"]);
        assert_eq!(steps[3][3..], [way.part.as_str(), way.target.as_str()]);
        assert!(steps[4].contains(&way.taken.as_str()));
    }
}
