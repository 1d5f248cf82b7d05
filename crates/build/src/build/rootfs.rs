//! One platform's rootfs: the base, what the Kubefile says on top of it, and which files that means.

use super::{Build, Rootfs};
use crate::base::BaseImage;
use crate::discovery::read_list;
use crate::error::Error;
use crate::options::PullPolicy;
use crate::prepare::prepare;
use crate::recipe::{Foundation, Recipe, foundation};
use crate::scope::Scope;
use sealer_image::pull;
use sealer_model::image::Descriptor;
use sealer_model::{Platform, Reference};
use std::sync::Arc;

impl Build<'_> {
    /// Everything that is known of a platform's rootfs before anything is written.
    pub(super) async fn rootfs(&self, platform: &Platform) -> Result<Rootfs, Error> {
        self.listener.stage(format!("read the context for {platform}"));
        let mut scope = Scope::new(platform, &self.options.build_args);
        let start = foundation(&self.kubefile, &mut scope).map_err(|wrong| self.explain(wrong))?;
        let base = self.base(start, platform).await?;
        let recipe = Recipe::read(&self.kubefile, scope, &base.extension);
        let recipe = recipe.map_err(|wrong| self.explain(wrong))?;
        for warning in &recipe.warnings {
            self.listener.warn(warning.clone());
        }
        let rootfs = self.prepared(platform.clone(), base, recipe).await?;
        for path in &rootfs.prepared.discovered.templates {
            self.listener.warn(format!(
                "{path} is a template: container images that it names are carried only if \
                 manifests/imageList lists them"
            ));
        }
        Ok(rootfs)
    }

    async fn prepared(&self, platform: Platform, base: BaseImage, mut recipe: Recipe) -> Result<Rootfs, Error> {
        let (options, kubefile) = (Arc::clone(&self.options), Arc::clone(&self.kubefile));
        let context = Arc::clone(&self.context);
        let prepared = crate::blocking(&self.options.tag, move || {
            let mut prepared = prepare(&kubefile, &context, &mut recipe)?;
            for list in &options.image_lists {
                let name = list.display().to_string();
                read_list(&name, list, &mut prepared.discovered.demands)?;
            }
            prepared.discovered.demands.locate(context.root());
            Ok(Rootfs { platform, base, recipe, prepared })
        });
        prepared.await
    }

    async fn base(&self, start: Foundation, platform: &Platform) -> Result<BaseImage, Error> {
        let Foundation::Image { name, platform: own } = start else {
            return Ok(BaseImage::scratch(platform));
        };
        let rootfs = own.unwrap_or_else(|| platform.clone());
        let descriptor = self.base_descriptor(&name, &rootfs).await?;
        let (store, platform) = (self.store.clone(), platform.clone());
        let load = move || BaseImage::load(&store, &name, &descriptor, &rootfs, &platform);
        crate::blocking(&self.options.tag, load).await
    }

    /// The base image's index in the store, pulled if the policy says so.
    async fn base_descriptor(&self, name: &Reference, rootfs: &Platform) -> Result<Descriptor, Error> {
        let (store, wanted) = (self.store.clone(), name.clone());
        let stored = crate::blocking(name, move || Ok(store.resolve(&wanted)?)).await?;
        let pulled = async {
            self.listener.stage(format!("pull the base image {name}"));
            pull(self.store, self.client, name, Some(std::slice::from_ref(rootfs)), &self.listener).await
        };
        match (self.options.pull_policy, stored) {
            (PullPolicy::Never, None) => Err(Error::NoBase { name: name.to_string() }),
            (PullPolicy::Always, _) | (_, None) => Ok(pulled.await?),
            (_, Some(stored)) => Ok(stored),
        }
    }
}
