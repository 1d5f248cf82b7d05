//! Writes the certificates, keys, configurations and static pods of a master as the backup has them.

use crate::step::{Answer, On, Step, masters};
use crate::steps::registry::file;
use crate::verbs::Restoration;
use sealer_model::agent::Change;
use sealer_model::cluster::{Cluster, Member};

/// Write what kubeadm keeps on a master.
pub(crate) struct RestoreFiles;

impl RestoreFiles {
    fn changes(on: &On<'_, Restoration>) -> Vec<Change> {
        let files = on.context.backup.files_of(on.address());
        files.map(|it| file(it.saved.path.clone(), it.saved.mode, &it.text)).collect()
    }
}

impl Step<Restoration> for RestoreFiles {
    fn id(&self) -> &'static str {
        "restore-files"
    }

    fn title(&self) -> &'static str {
        "Restore certificates and configurations"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        masters(cluster)
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Restoration>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(!on.change(Self::changes(on), true).await?) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Restoration>) -> Answer<'a, ()> {
        Box::pin(async move { on.change(Self::changes(on), false).await.map(drop) })
    }
}
