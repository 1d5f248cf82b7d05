//! Fetches what a recipe copies from elsewhere: files from the web, archives of charts, parts of other images.

use super::Build;
use crate::error::Error;
use crate::origins::{Fetched, Origins};
use crate::recipe::{CopySource, Origin, Recipe};
use sealer_model::Platform;
use sealer_model::causes::chain;
use sealer_model::kubefile::Mistake;
use std::sync::Arc;

impl Build<'_> {
    /// Everything that the recipe's sources begin at.
    pub(super) async fn origins(&self, platform: &Platform, recipe: &Recipe) -> Result<Origins, Error> {
        let mut origins = Origins::new(Arc::clone(&self.context));
        let sources: Vec<&CopySource> = recipe.copies().flat_map(|step| &step.sources).collect();
        for source in &sources {
            if origins.has(&source.origin) {
                continue;
            }
            let fetched = self.fetched(source, &sources, platform).await;
            let at_source = |error| self.explain(Mistake::new(source.position, chain(&error)));
            origins.add(source.origin.clone(), fetched.map_err(at_source)?);
        }
        Ok(origins)
    }

    async fn fetched(&self, source: &CopySource, all: &[&CopySource], platform: &Platform) -> Result<Fetched, Error> {
        match &source.origin {
            Origin::Context => Ok(Fetched::InContext),
            Origin::Added(text) => {
                let (context, text) = (Arc::clone(&self.context), text.clone());
                self.blocking(move || Fetched::added(&context, &text)).await
            }
            Origin::Url { url, checksum } => self.file(url, checksum.as_ref()).await,
            Origin::Text { name, text } => Fetched::written(name, text),
            Origin::Chart(archive) => self.chart(archive).await,
            Origin::Image(name) => {
                let same = all.iter().filter(|each| each.origin == source.origin);
                self.parts_of(name, same.map(|each| each.text.clone()).collect(), platform).await
            }
            Origin::Stage(number) => {
                let same = all.iter().filter(|each| each.origin == source.origin);
                let sources = same.map(|each| each.text.clone()).collect();
                // a stage may copy from one above it
                Box::pin(self.parts_of_stage(*number, sources, platform)).await
            }
        }
    }

    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        crate::blocking(&self.options.tag, work).await
    }
}
