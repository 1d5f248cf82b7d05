//! Stages: what stands above the last `FROM` is built for those that copy from it. Its layers lie in the store as long as the build and
//! are known again by the next one; nothing leads to them.

use super::Build;
use super::rootfs::stack;
use crate::base::BaseImage;
use crate::error::Error;
use crate::origins::Fetched;
use crate::recipe::{Foundation, Recipe, foundation};
use crate::scope::Scope;
use sealer_model::Platform;
use sealer_model::image::Descriptor;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Build<'_> {
    /// What sources mean in the stage of this number.
    pub(super) async fn parts_of_stage(
        &self,
        number: usize,
        sources: BTreeSet<String>,
        platform: &Platform,
    ) -> Result<Fetched, Error> {
        let name = self.kubefile.stages().get(number).and_then(|stage| stage.base.stage.clone());
        let name = format!("the stage {}", name.unwrap_or_else(|| number.to_string()));
        self.listener.stage(format!("build {name} for {platform}"));
        let layers = self.stage(number, platform).await?;
        let store = self.store.clone();
        self.blocking(move || Fetched::parts(&store, &name, &layers, &sources)).await
    }

    /// The layers of a stage, the lowest first.
    async fn stage(&self, number: usize, platform: &Platform) -> Result<Vec<Descriptor>, Error> {
        let mut scope = Scope::new(platform, &self.options.machine, &self.options.build_args);
        let start = foundation(&self.kubefile, number, &mut scope).map_err(|wrong| self.explain(wrong))?;
        let base = self.stage_base(start, platform).await?;
        let recipe = Recipe::read(&self.kubefile, number, scope, &base.extension);
        let recipe = recipe.map_err(|wrong| self.explain(wrong))?;
        let origins = Arc::new(self.origins(platform, &recipe).await?);
        let mut layers = self.layers(&base, &recipe, &origins).await?;
        let maker = Arc::clone(&self.maker);
        self.blocking(move || {
            maker.make(&mut layers)?;
            // what was fetched is read until the layers are written
            drop(origins);
            Ok(stack(&base, &layers).into_iter().map(|layer| layer.descriptor).collect())
        })
        .await
    }

    async fn stage_base(&self, start: Foundation, platform: &Platform) -> Result<BaseImage, Error> {
        let Foundation::Image { name, platform: own } = start else {
            return Ok(BaseImage::scratch(platform));
        };
        let manifest = self.image_for(&name, &own.unwrap_or_else(|| platform.clone())).await?;
        let store = self.store.clone();
        self.blocking(move || BaseImage::of_stage(&store, &manifest)).await
    }
}
