//! A release and its objects taken out of the cluster.

use super::end;
use crate::apply::{self, remove_own};
use crate::error::{Error, Result};
use crate::hooks;
use crate::inventory::Inventory;
use crate::object::Identity;
use crate::order;
use crate::stored::{Status, Stored};
use crate::wait;
use crate::work::Work;
use jiff::Timestamp;

/// What an uninstallation left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uninstalled {
    /// Objects that stay because they say so.
    pub kept: Vec<Identity>,
}

impl Work<'_> {
    /// Removes a release: its objects, and its history unless that is to stay.
    ///
    /// # Errors
    /// There is none, a hook fails, or the cluster does not let an object go; what is left can be removed by the same call.
    pub async fn uninstall(&self) -> Result<Uninstalled> {
        let mut revisions = self.history.existing().await?;
        let Some(mut last) = revisions.pop() else { return Err(Error::NoRelease(self.title())) };
        if last.info.status == Status::Uninstalled {
            if self.settings.keeps_history {
                return Err(Error::NoRelease(self.title()));
            }
            self.forget(&revisions, &last).await?;
            return Ok(Uninstalled::default());
        }
        // an interrupted removal goes on without being asked for: it can only end in one way
        last.info.deleted = Timestamp::now().to_string();
        end(self, &mut last, Status::Uninstalling, "Deletion in progress (or silently failed)".to_owned()).await?;
        hooks::run(self, &mut last, "pre-delete").await?;
        let kept = self.remove_objects(&mut last).await?;
        hooks::run(self, &mut last, "post-delete").await?;
        super::supersede(self, &mut revisions).await?;
        end(self, &mut last, Status::Uninstalled, "Uninstallation complete".to_owned()).await?;
        if !self.settings.keeps_history {
            self.forget(&revisions, &last).await?;
        }
        Ok(Uninstalled { kept })
    }

    /// Removes a revision's objects, and tells which of them stay.
    pub(super) async fn remove_objects(&self, revision: &mut Stored) -> Result<Vec<Identity>> {
        if self.is_of_manifests() {
            return self.remove_inventory(revision).await;
        }
        let (kept, mut objects): (Vec<_>, Vec<_>) =
            self.objects(revision)?.into_iter().partition(|object| object.is_kept());
        order::for_removal(&mut objects);
        self.tell(format!("remove {} objects", objects.len()));
        apply::remove(&self.cluster, &objects).await?;
        if self.settings.waits {
            let identities = objects.into_iter().map(|object| object.identity).collect();
            wait::gone(&self.cluster, identities, self.deadline()).await?;
        }
        Ok(kept.into_iter().map(|object| object.identity).collect())
    }

    /// Removes what belongs to an application of manifests, also what earlier attempts have left.
    async fn remove_inventory(&self, revision: &mut Stored) -> Result<Vec<Identity>> {
        let mut objects = Inventory::of(revision).into_names();
        order::names_for_removal(&mut objects);
        self.tell(format!("remove {} objects", objects.len()));
        let kept = remove_own(&self.cluster, &objects, &self.title()).await?;
        if self.settings.waits {
            objects.retain(|object| !kept.contains(object));
            wait::gone(&self.cluster, objects, self.deadline()).await?;
        }
        Inventory::default().write(revision);
        Ok(kept)
    }

    /// The newest goes last, so that an interrupted call finds the release again.
    async fn forget(&self, earlier: &[Stored], last: &Stored) -> Result<()> {
        for revision in earlier.iter().chain([last]) {
            self.history.remove(revision.version).await?;
        }
        Ok(())
    }
}
