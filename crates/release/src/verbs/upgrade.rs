//! A further revision in place of the one that is deployed.

use super::{Values, bring, end, revision, supersede, wanted};
use crate::error::{Error, Result};
use crate::hooks;
use crate::object::Object;
use crate::render::{Prepared, Source};
use crate::stored::{Status, Stored};
use crate::work::Work;
use sealer_chart::Release;
use serde_json::Value;

impl Work<'_> {
    /// Installs a chart, or upgrades the release that is there.
    ///
    /// # Errors
    /// As [`Work::install`] and [`Work::upgrade`].
    pub async fn upgrade_or_install(&mut self, source: &Source, values: Values) -> Result<Stored> {
        let revisions = self.history.revisions().await?;
        let is_there = revisions.last().is_some_and(|last| last.info.status != Status::Uninstalled);
        if is_there { self.upgrade(source, values).await } else { self.install(source).await }
    }

    /// Upgrades a release that is there.
    ///
    /// # Errors
    /// There is none, the chart cannot be rendered, or the cluster does not take it; then the new revision stays as failed, and where
    /// the settings are atomic the last good one comes back.
    pub async fn upgrade(&mut self, source: &Source, values: Values) -> Result<Stored> {
        let mut revisions = self.history.existing().await?;
        self.settle(&mut revisions).await?;
        let Some(index) = current(&revisions) else { return Err(Error::NoRelease(self.title())) };
        let before = revisions.get(index).cloned().ok_or_else(|| Error::NoRelease(self.title()))?;
        self.begin(source).await?;
        let next = revisions.last().map_or(1, |last| last.version + 1);
        let prepared = self.prepare_upgrade(source, (&before, values), next).await?;
        let mut revision = revision(self, prepared, next, (Status::PendingUpgrade, "Preparing upgrade"));
        revision.info.first_deployed.clone_from(&before.info.first_deployed);
        revision.labels.clone_from(&before.labels);
        let old = self.objects(&before)?;
        let new = wanted(self, &revision, &old).await?;
        self.history.create(&revision).await?;
        match self.carry_out_upgrade(&mut revision, &old, &new).await {
            Ok(()) => {
                supersede(self, &mut revisions).await?;
                end(self, &mut revision, Status::Deployed, "Upgrade complete".to_owned()).await?;
                self.history.shorten(self.settings.most_revisions).await?;
                Ok(revision)
            }
            Err(error) => Err(self.failed_upgrade(&mut revision, &revisions, error).await),
        }
    }

    /// What an upgrade would bring, without doing anything.
    pub(super) async fn prepare_upgrade(
        &self,
        source: &Source,
        (before, values): (&Stored, Values),
        version: u32,
    ) -> Result<Prepared> {
        let release = Release { is_upgrade: true, revision: version, ..Release::new(self.name, self.namespace) };
        let source = with_values_of(source, before, values);
        self.prepare(&source, release).await
    }

    async fn carry_out_upgrade(&self, revision: &mut Stored, old: &[Object], new: &[Object]) -> Result<()> {
        hooks::run(self, revision, "pre-upgrade").await?;
        bring(self, old, new).await?;
        hooks::run(self, revision, "post-upgrade").await
    }

    async fn failed_upgrade(&mut self, revision: &mut Stored, before: &[Stored], error: Error) -> Error {
        let description = format!("Upgrade {:?} failed: {}", self.name, error.whole_text());
        let recorded = end(self, revision, Status::Failed, description).await;
        if !self.settings.is_atomic {
            return recorded.err().unwrap_or(error);
        }
        let good = |revision: &&Stored| matches!(revision.info.status, Status::Deployed | Status::Superseded);
        let (release, failure) = (self.title(), error.whole_text());
        let Some(last) = before.iter().rev().find(good) else {
            let source = Box::new(Error::NoRevision {
                release: release.clone(),
                revision: 0,
                present: "none that was deployed".to_owned(),
            });
            return Error::NotTakenBack { release, failure, source };
        };
        self.tell(format!("failed; revision {} comes back", last.version));
        match self.rollback(Some(last.version)).await {
            Ok(_) => {
                let undone = format!("was rolled back to revision {}", last.version);
                Error::TakenBack { release, undone, source: Box::new(error) }
            }
            Err(source) => Error::NotTakenBack { release, failure, source: Box::new(source) },
        }
    }
}

/// The revision whose objects are in the cluster: the one that is deployed, else the last one, which failed.
pub(super) fn current(revisions: &[Stored]) -> Option<usize> {
    let deployed = revisions.iter().rposition(|revision| revision.info.status == Status::Deployed);
    deployed.or_else(|| revisions.len().checked_sub(1))
}

/// The source with the values of the last revision below the given ones, where they are wished.
fn with_values_of(source: &Source, before: &Stored, values: Values) -> Source {
    let mut source = source.clone();
    let given = !source.values.files.is_empty() || !source.values.expressions.is_empty();
    let keeps = match values {
        Values::Given => false,
        Values::GivenElseLast => !given,
        Values::LastAndGiven => true,
    };
    if keeps && !before.config.is_empty() {
        let text = Value::Object(before.config.clone()).to_string();
        source.values.files.insert(0, (format!("values of revision {}", before.version), text));
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_chart::{Origin, Sources};
    use serde_json::json;

    fn revision(version: u32, status: &str) -> Stored {
        let json = json!({"name": "a", "info": {"status": status}, "version": version, "config": {"a": 1}});
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn an_upgrade_replaces_what_is_deployed() {
        let current = |statuses: &[&str]| {
            let revisions: Vec<Stored> = statuses.iter().map(|status| revision(1, status)).collect();
            current(&revisions)
        };
        assert_eq!(current(&["superseded", "deployed", "failed"]), Some(1));
        assert_eq!(current(&["failed", "failed"]), Some(1));
        assert_eq!(current(&[]), None);
    }

    #[test]
    fn values_of_the_last_revision_stay_as_wished() {
        let given = Sources { files: vec![("f".to_owned(), "b: 2".to_owned())], expressions: Vec::new() };
        let cases = [
            (Values::GivenElseLast, Sources::default(), vec!["values of revision 3"]),
            (Values::GivenElseLast, given.clone(), vec!["f"]),
            (Values::Given, Sources::default(), vec![]),
            (Values::LastAndGiven, given, vec!["values of revision 3", "f"]),
        ];
        for (wish, values, expected) in cases {
            let source = Source { origin: Origin::Archive(Vec::new()), values, skips_schemas: false };
            let files = with_values_of(&source, &revision(3, "deployed"), wish).values.files;
            assert_eq!(files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), expected, "{wish:?}");
        }
    }
}
