//! One platform's rootfs: the base, what the Kubefile says on top of it, and which files that means.

use super::{Build, Rootfs};
use crate::base::BaseImage;
use crate::completeness::Searchable;
use crate::discovery::read_list;
use crate::error::Error;
use crate::layers::Laid;
use crate::lock::{Input, InputKind};
use crate::options::PullPolicy;
use crate::origins::Origins;
use crate::prepare::{Laying, prepare};
use crate::recipe::{Foundation, Recipe, RunStep, Step, foundation};
use crate::run::{Stopped, Surroundings};
use crate::scope::Scope;
use sealer_image::layer::Layer;
use sealer_image::{Store, pull};
use sealer_model::causes::chain;
use sealer_model::image::Descriptor;
use sealer_model::{Digest, Platform, Reference};
use std::sync::Arc;

impl Build<'_> {
    /// Everything that is known of a platform's rootfs before anything is written.
    pub(super) async fn rootfs(&self, platform: &Platform) -> Result<Rootfs, Error> {
        self.listener.stage(format!("read the context for {platform}"));
        let mut scope = Scope::new(platform, &self.options.machine, &self.options.build_args);
        let last = self.kubefile.stages().len().saturating_sub(1);
        let start = foundation(&self.kubefile, last, &mut scope).map_err(|wrong| self.explain(wrong))?;
        let base = self.base(start, platform).await?;
        let recipe = Recipe::read(&self.kubefile, last, scope, &base.extension);
        let recipe = recipe.map_err(|wrong| self.explain(wrong))?;
        for warning in &recipe.warnings {
            self.listener.warn(warning.clone());
        }
        let rootfs = self.prepared(platform.clone(), base, recipe).await?;
        for warning in &rootfs.prepared.discovered.warnings {
            self.listener.warn(warning.clone());
        }
        Ok(rootfs)
    }

    async fn prepared(&self, platform: Platform, base: BaseImage, mut recipe: Recipe) -> Result<Rootfs, Error> {
        let origins = Arc::new(self.origins(&platform, &recipe).await?);
        let layers = self.layers(&base, &recipe, &origins).await?;
        let (options, kubefile) = (Arc::clone(&self.options), Arc::clone(&self.kubefile));
        let (context, store) = (Arc::clone(&self.context), self.store.clone());
        let prepared = crate::blocking(&self.options.tag, move || {
            let below = below(&store, &base, &layers)?;
            let files = &below.as_ref().unwrap_or(&base.searchable).files;
            let mut prepared = prepare(&kubefile, &origins, &mut recipe, files, layers)?;
            for list in &options.image_lists {
                let name = list.display().to_string();
                read_list(&name, list, &mut prepared.discovered.demands)?;
            }
            options.listed_images.iter().for_each(|listed| prepared.discovered.demands.list(listed));
            prepared.discovered.demands.locate(context.root());
            Ok(Rootfs { platform, base, recipe, prepared, origins })
        });
        prepared.await
    }

    /// The layers of the recipe. Those that only copy are written at the end of the build; a command needs all before it, and makes its own.
    pub(super) async fn layers(
        &self,
        base: &BaseImage,
        recipe: &Recipe,
        origins: &Arc<Origins>,
    ) -> Result<Vec<Laid>, Error> {
        let mut laying = Laying::default();
        for step in &recipe.steps {
            laying = match step.clone() {
                Step::Copy(mut step) => {
                    if let Some(names) = step.named_owner.take() {
                        laying = self.made(laying).await?;
                        step.owner = Some(self.owner(names, stack(base, &laying.layers)).await?);
                    }
                    let (kubefile, origins) = (Arc::clone(&self.kubefile), Arc::clone(origins));
                    let copy = move || laying.copy(&kubefile, &origins, &step).map(|()| laying);
                    crate::blocking(&self.options.tag, copy).await?
                }
                Step::Run(step) => self.run(laying, base, &step).await?,
            };
        }
        Ok(laying.layers)
    }

    /// The same with every layer in the store.
    async fn made(&self, mut laying: Laying) -> Result<Laying, Error> {
        let maker = Arc::clone(&self.maker);
        self.blocking(move || maker.make(&mut laying.layers).map(|()| laying)).await
    }

    async fn run(&self, laying: Laying, base: &BaseImage, step: &RunStep) -> Result<Laying, Error> {
        let options = Arc::clone(&self.options);
        let surroundings = Surroundings { store: self.store.clone(), options, listener: self.listener.clone() };
        let mut laying = self.made(laying).await?;
        let made = surroundings.run(step, stack(base, &laying.layers)).await.map_err(|stopped| match stopped {
            Stopped::Mistake(mistake) => self.explain(mistake),
            Stopped::Failed(error) => error,
        })?;
        let store = self.store.clone();
        crate::blocking(&self.options.tag, move || {
            // the files are gone with the folder; which there are is all that is asked of them
            let files = Searchable::of(&store, std::slice::from_ref(&made.layer.descriptor))?.files;
            let instruction = made.built.instruction.clone();
            laying.add(Laid { instruction, files, made: Some(made), by_command: true });
            Ok(laying)
        })
        .await
    }

    async fn base(&self, start: Foundation, platform: &Platform) -> Result<BaseImage, Error> {
        let Foundation::Image { name, platform: own } = start else {
            return Ok(BaseImage::scratch(platform));
        };
        let rootfs = own.unwrap_or_else(|| platform.clone());
        let descriptor = self.base_descriptor(&name, &rootfs).await?;
        let input = Input::image(InputKind::Base, &name, &rootfs);
        self.inputs.used(input, &descriptor.digest)?;
        let (store, platform) = (self.store.clone(), platform.clone());
        let load = move || BaseImage::load(&store, &name, &descriptor, &rootfs, &platform);
        crate::blocking(&self.options.tag, load).await
    }

    /// The image with a locked digest, from the store or from where its name leads to.
    pub(super) async fn locked(&self, name: &Reference, digest: Digest) -> Result<Descriptor, Error> {
        let pinned = name.at(digest.clone());
        let (store, wanted, by_digest) = (self.store.clone(), name.clone(), pinned.clone());
        let look = move || {
            let named = store.resolve(&wanted)?.filter(|found| found.digest == digest);
            Ok(named.map_or_else(|| store.resolve(&by_digest), |found| Ok(Some(found)))?)
        };
        if let Some(found) = crate::blocking(name, look).await? {
            return Ok(found);
        }
        if self.options.pull_policy == PullPolicy::Never {
            return Err(Error::NoBase { name: name.to_string() });
        }
        self.listener.stage(format!("pull the locked image {name}"));
        // the digest of an image that is converted on its way here leads to nothing there, but its name may still lead to it
        match pull(self.store, &self.client, &pinned, None, &self.listener).await {
            Ok(found) => Ok(found),
            Err(_) => Ok(pull(self.store, &self.client, name, None, &self.listener).await?),
        }
    }

    /// The base image's index in the store, pulled if the policy says so.
    async fn base_descriptor(&self, name: &Reference, rootfs: &Platform) -> Result<Descriptor, Error> {
        if let Some(locked) = self.inputs.expected(&Input::image(InputKind::Base, name, rootfs))? {
            return self.locked(name, locked).await;
        }
        let (store, wanted) = (self.store.clone(), name.clone());
        let stored = crate::blocking(name, move || Ok(store.resolve(&wanted)?)).await?;
        let pulled = async {
            self.listener.stage(format!("pull the base image {name}"));
            pull(self.store, &self.client, name, Some(std::slice::from_ref(rootfs)), &self.listener).await
        };
        match (self.options.pull_policy, stored) {
            (PullPolicy::Never, None) => Err(Error::NoBase { name: name.to_string() }),
            (PullPolicy::Always, _) | (_, None) => Ok(pulled.await?),
            (PullPolicy::IfNewer, Some(stored)) if name.digest().is_none() && !self.is_own(name).await? => {
                Ok(pulled.await.unwrap_or_else(|error| {
                    self.listener.warn(format!("{name} is taken as the store has it: {}", chain(&error)));
                    stored
                }))
            }
            (_, Some(stored)) => Ok(stored),
        }
    }
}

/// The layers of the base and those on top of it that are made, the lowest first.
pub(super) fn stack(base: &BaseImage, laid: &[Laid]) -> Vec<Layer> {
    let diff_ids = base.config.rootfs.diff_ids.iter();
    let below = base
        .layers
        .iter()
        .zip(diff_ids)
        .map(|(layer, diff_id)| Layer { descriptor: layer.clone(), diff_id: diff_id.clone() });
    below.chain(laid.iter().filter_map(|laid| laid.made.as_ref()).map(|made| made.layer.clone())).collect()
}

/// The files up to the last command, if there is one: it may have removed some of those below.
fn below(store: &Store, base: &BaseImage, laid: &[Laid]) -> Result<Option<Searchable>, Error> {
    let Some(last) = laid.iter().rposition(|laid| laid.by_command) else {
        return Ok(None);
    };
    let layers: Vec<Descriptor> = stack(base, &laid[..=last]).into_iter().map(|layer| layer.descriptor).collect();
    Searchable::of(store, &layers).map(Some)
}
