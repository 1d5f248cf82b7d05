//! A first revision: definitions of custom kinds, then the hooks before, the objects, the hooks after.

use super::{bring, end, revision, wanted};
use crate::apply;
use crate::definitions;
use crate::error::{Error, Result};
use crate::hooks;
use crate::object::parse;
use crate::render::{self, Prepared, Source};
use crate::stored::{Status, Stored};
use crate::work::Work;
use sealer_chart::Release;

impl Work<'_> {
    /// Installs a chart as a release that is not there yet.
    ///
    /// # Errors
    /// There is one, the chart cannot be rendered, or the cluster does not take it; then the release stays as failed, or goes where
    /// the settings are atomic.
    pub async fn install(&mut self, source: &Source) -> Result<Stored> {
        let mut revisions = self.history.revisions().await?;
        self.settle(&mut revisions).await?;
        let last = revisions.last();
        if last.is_some_and(|last| last.info.status != Status::Uninstalled) {
            return Err(Error::Exists(self.title()));
        }
        let version = last.map_or(1, |last| last.version + 1);
        self.begin(source).await?;
        let release = Release { revision: version, ..Release::new(self.name, self.namespace) };
        let prepared = self.prepare(source, release).await?;
        let mut revision = revision(self, prepared, version, (Status::PendingInstall, "Initial install underway"));
        let objects = wanted(self, &revision, &[]).await?;
        self.history.create(&revision).await?;
        match self.carry_out_install(&mut revision, &objects).await {
            Ok(()) => {
                end(self, &mut revision, Status::Deployed, "Install complete".to_owned()).await?;
                Ok(revision)
            }
            Err(error) => Err(self.failed_install(&mut revision, error).await),
        }
    }

    /// Renders a chart, with the names of images as the cluster knows them.
    pub(super) async fn prepare(&self, source: &Source, release: Release) -> Result<Prepared> {
        let mut prepared = render::prepare(&self.cluster, source, release).await?;
        prepared.warnings.iter().for_each(|warning| self.listener.warn(warning.clone()));
        prepared.manifest = self.settings.image_names.in_manifest(&prepared.manifest)?;
        self.settings.image_names.in_hooks(&mut prepared.hooks)?;
        Ok(prepared)
    }

    /// What has to be there before the chart can be rendered: its namespace, and the kinds that it brings.
    pub(super) async fn begin(&mut self, source: &Source) -> Result<()> {
        if self.settings.creates_namespace {
            self.create_namespace().await?;
        }
        let files = render::definitions(source).await?;
        let mut brought = Vec::new();
        for (path, text) in &files {
            for object in parse(path, text, &self.cluster.kinds, self.namespace)? {
                if self.cluster.find(&object.identity).await?.is_none() {
                    brought.push(object);
                }
            }
        }
        if !brought.is_empty() {
            self.tell(format!("{} custom resource definitions", brought.len()));
            apply::bring(&self.cluster, &[], &brought, self.deadline()).await?;
        }
        if files.is_empty() {
            return Ok(());
        }
        // also when all were there: somebody else may have brought them since the cluster was asked
        let deadline = self.deadline();
        definitions::learn(&mut self.cluster, &brought, deadline).await
    }

    async fn carry_out_install(&self, revision: &mut Stored, objects: &[crate::object::Object]) -> Result<()> {
        hooks::run(self, revision, "pre-install").await?;
        bring(self, &[], objects).await?;
        hooks::run(self, revision, "post-install").await
    }

    async fn failed_install(&self, revision: &mut Stored, error: Error) -> Error {
        let description = format!("Release {:?} failed: {}", self.name, error.whole_text());
        let recorded = end(self, revision, Status::Failed, description).await;
        if !self.settings.is_atomic {
            return recorded.err().unwrap_or(error);
        }
        self.tell("failed; what was installed is removed again");
        let (release, failure) = (self.title(), error.whole_text());
        match self.take_away(revision).await {
            Ok(()) => Error::TakenBack { release, undone: "was removed again".to_owned(), source: Box::new(error) },
            Err(source) => Error::NotTakenBack { release, failure, source: Box::new(source) },
        }
    }

    /// Removes what an installation has left, and the record of it.
    async fn take_away(&self, revision: &mut Stored) -> Result<()> {
        self.remove_objects(revision).await.map(drop)?;
        self.history.remove(revision.version).await
    }
}
