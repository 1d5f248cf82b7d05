//! An earlier revision once more, as a new one.

use super::upgrade::current;
use super::{bring, client_side, end, supersede, wanted};
use crate::error::{Error, Result};
use crate::hooks;
use crate::object::Object;
use crate::stored::{Info, LastRun, Status, Stored};
use crate::work::Work;
use jiff::Timestamp;

impl Work<'_> {
    /// Brings an earlier revision back, or the last but one where none is named.
    ///
    /// # Errors
    /// There is no such revision, or the cluster does not take it.
    pub async fn rollback(&mut self, to: Option<u32>) -> Result<Stored> {
        let mut revisions = self.history.existing().await?;
        self.settle(&mut revisions).await?;
        let target = self.target(&revisions, to)?;
        if self.is_of_manifests() {
            let done = format!("Rollback to {}", target.version);
            return self.bring_manifests(revisions, target.manifest, (Status::PendingRollback, done)).await;
        }
        let before = current(&revisions).and_then(|index| revisions.get(index)).cloned();
        let next = revisions.last().map_or(1, |last| last.version + 1);
        let mut revision = again(&target, next);
        let old = before.as_ref().map_or_else(|| Ok(Vec::new()), |before| self.objects(before))?;
        let new = wanted(self, &revision, &old).await?;
        self.history.create(&revision).await?;
        if let Err(error) = self.carry_out_rollback(&mut revision, &old, &new).await {
            let description = format!("Rollback {:?} failed: {}", self.name, error.whole_text());
            end(self, &mut revision, Status::Failed, description).await?;
            return Err(error);
        }
        supersede(self, &mut revisions).await?;
        end(self, &mut revision, Status::Deployed, format!("Rollback to {}", target.version)).await?;
        self.history.shorten(self.settings.most_revisions).await?;
        Ok(revision)
    }

    fn target(&self, revisions: &[Stored], to: Option<u32>) -> Result<Stored> {
        let last = revisions.last().map_or(0, |last| last.version);
        let wanted = to.unwrap_or(last.saturating_sub(1));
        let found = revisions.iter().find(|revision| revision.version == wanted);
        found.cloned().ok_or_else(|| {
            let present: Vec<String> = revisions.iter().map(|revision| revision.version.to_string()).collect();
            Error::NoRevision { release: self.title(), revision: wanted, present: present.join(", ") }
        })
    }

    async fn carry_out_rollback(&self, revision: &mut Stored, old: &[Object], new: &[Object]) -> Result<()> {
        hooks::run(self, revision, "pre-rollback").await?;
        bring(self, old, new).await?;
        hooks::run(self, revision, "post-rollback").await
    }
}

/// The same revision under a new number; its hooks have not run yet.
fn again(target: &Stored, version: u32) -> Stored {
    let mut hooks = target.hooks.clone();
    hooks.iter_mut().for_each(|hook| hook.last_run = LastRun::default());
    let mut other = target.other.clone();
    other.extend(client_side());
    let info = Info {
        last_deployed: Timestamp::now().to_string(),
        deleted: String::new(),
        description: format!("Preparing rollback to {}", target.version),
        status: Status::PendingRollback,
        ..target.info.clone()
    };
    Stored { version, info, hooks, other, ..target.clone() }
}
