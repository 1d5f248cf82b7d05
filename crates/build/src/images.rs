//! Finds the container images that a build carries: in the base image, in the file of the context that a list names, in the
//! store, or in the registry that the name says.
//!
//! A list's source is the image: where one is named, no registry is asked, so the result does not depend on whether there is
//! a network today. Without a source, what the base carries will do, and else the pull policy decides between the store and
//! the registry.

mod stored;

use crate::assemble::Carried;
use crate::discovery::{Demands, Wanted};
use crate::lock::{Input, InputKind, Inputs};
use crate::missing::MissingImage;
use crate::options::PullPolicy;
use futures_util::{StreamExt, stream};
use sealer_image::remote::Client;
use sealer_image::{ContainerImages, PulledImage, Store, import, pull_container_image};
use sealer_model::causes::chain;
use sealer_model::event::Listener;
use sealer_model::image_list::ImageSource;
use sealer_model::{Digest, Platform, Reference};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Images that are looked for at the same time. Their blobs wait for one another where they come from the network.
const AT_ONCE: usize = 16;

/// Where to look, and how.
pub(crate) struct Finder<'a> {
    /// The store that everything ends up in.
    pub(crate) store: &'a Store,
    /// The way to registries.
    pub(crate) client: &'a Client,
    /// When to ask them.
    pub(crate) policy: PullPolicy,
    /// What sources of lists are relative to.
    pub(crate) context: PathBuf,
    /// What the store had before.
    pub(crate) stored: ContainerImages,
    /// What comes from elsewhere.
    pub(crate) inputs: Arc<Inputs>,
    /// Who is told.
    pub(crate) listener: Listener,
    /// Whose turn it is, over all platforms.
    pub(crate) turns: Semaphore,
}

/// What was found of what one platform asks for.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Images whose blobs are in the store, those of the base included.
    pub(crate) carried: Vec<Carried>,
    /// Images that nobody has.
    pub(crate) missing: Vec<MissingImage>,
    /// Names that may be missing: for this build somebody said so, or for its base.
    pub(crate) allowed_missing: BTreeSet<Reference>,
    /// Files that nobody need search: for this build somebody said so, or for its base.
    pub(crate) allowed_unsearched: BTreeSet<String>,
}

impl Finder<'_> {
    /// As many turns as there may be at the same time.
    pub(crate) fn turns() -> Semaphore {
        Semaphore::new(AT_ONCE)
    }

    /// Everything that a platform asks for, on top of what its base carries.
    pub(crate) async fn all(&self, base: Vec<Carried>, demands: Demands, platform: &Platform) -> Found {
        let mut found = Found { carried: base, ..Found::default() };
        let open = open(&mut found.carried, demands);
        let looked_for = stream::iter(open).map(|(name, wanted)| self.look_for(name, wanted, platform));
        let results: Vec<_> = looked_for.buffered(AT_ONCE).collect().await;
        for result in results {
            match result {
                Ok(image) => {
                    found.carried.retain(|inherited| inherited.name != image.name);
                    found.carried.push(image);
                }
                Err(missing) => found.missing.push(missing),
            }
        }
        found
    }

    async fn look_for(&self, name: Reference, wanted: Wanted, platform: &Platform) -> Result<Carried, MissingImage> {
        let _turn = self.turns.acquire().await.expect("the semaphore is never closed");
        match self.found(&name, &wanted, platform).await {
            Ok(image) => Ok(carried(image, wanted, platform)),
            Err(tried) => {
                let (platform, demands) = (platform.clone(), wanted.demands);
                Err(MissingImage { name, platform, demands, tried })
            }
        }
    }

    /// The image, as the lock has it if there is one, or what was tried for it.
    async fn found(&self, name: &Reference, wanted: &Wanted, platform: &Platform) -> Result<PulledImage, String> {
        let input = Input::image(InputKind::ContainerImage, name, platform);
        let locked = self.inputs.expected(&input).map_err(|error| error.to_string())?;
        let image = match (&wanted.source, locked) {
            (Some(source), _) => self.import(name, source, platform).await?,
            (None, Some(locked)) => self.locked(name, &name.at(locked), platform).await?,
            (None, None) => self.by_policy(name, platform).await?,
        };
        self.inputs.used(input, top(&image)).map_err(|error| error.to_string())?;
        Ok(image)
    }

    /// The image with the digest of `pinned`. What the store has under its own name is looked at first.
    async fn locked(&self, name: &Reference, pinned: &Reference, platform: &Platform) -> Result<PulledImage, String> {
        for known in [name, pinned] {
            let stored = self.stored(known, platform).await;
            if let Some(image) = stored.filter(|image| Some(top(image)) == pinned.digest()) {
                return Ok(PulledImage { name: name.clone(), ..image });
            }
        }
        if self.policy == PullPolicy::Never {
            return Err("what the lock names is not in the store, and pulling is forbidden".to_owned());
        }
        Ok(PulledImage { name: name.clone(), ..self.pull(pinned, platform).await? })
    }

    /// The image from the store or a registry, or what was tried for it.
    async fn by_policy(&self, name: &Reference, platform: &Platform) -> Result<PulledImage, String> {
        let stored = self.stored(name, platform).await;
        match (self.policy, stored) {
            (PullPolicy::Never, None) => Err("it is not in the store, and pulling is forbidden".to_owned()),
            (PullPolicy::Never | PullPolicy::Missing, Some(stored)) => Ok(stored),
            (PullPolicy::IfNewer, Some(stored)) if name.digest().is_some() => Ok(stored),
            (PullPolicy::IfNewer, Some(stored)) => Ok(self.pull(name, platform).await.unwrap_or_else(|reason| {
                self.listener.warn(format!("{name} is taken as the store has it: {reason}"));
                stored
            })),
            (PullPolicy::Always, _) | (_, None) => self.pull(name, platform).await,
        }
    }

    async fn pull(&self, name: &Reference, platform: &Platform) -> Result<PulledImage, String> {
        let platforms = std::slice::from_ref(platform);
        let pulled = pull_container_image(self.store, self.client, name, platforms, &self.listener).await;
        first(pulled.map_err(|error| chain(&error))?, platform)
    }

    async fn import(&self, name: &Reference, source: &ImageSource, platform: &Platform) -> Result<PulledImage, String> {
        let (store, context) = (self.store.clone(), self.context.clone());
        let wanted = (source.clone(), name.clone(), platform.clone());
        let imported = crate::blocking(name, move || {
            let (source, name, platform) = &wanted;
            Ok(import(&store, source, &context, name, std::slice::from_ref(platform))?)
        });
        let imported = imported.await.map_err(|error| format!("{source}: {}", chain(&error)))?;
        first(imported, platform)
    }

    /// The image as the store has it, if it is whole there for the platform.
    async fn stored(&self, name: &Reference, platform: &Platform) -> Option<PulledImage> {
        let top = self.stored.lookup(name)?;
        let (store, platform, for_name) = (self.store.clone(), platform.clone(), name.clone());
        let found = crate::blocking(name, move || Ok(stored::whole(&store, &for_name, top, &platform)));
        found.await.ok().flatten()
    }
}

/// What an image's name led to.
fn top(image: &PulledImage) -> &Digest {
    image.original_index.as_ref().map_or(&image.descriptor.digest, |index| &index.digest)
}

/// The demands that the base's images do not meet. A file of the context replaces what the base carries, where it is there; a
/// list that was inherited with the base names files that are not.
fn open(base: &mut [Carried], demands: Demands) -> Vec<(Reference, Wanted)> {
    let mut open = Vec::new();
    for (name, mut wanted) in demands.0 {
        match base.iter_mut().find(|carried| carried.name == name) {
            Some(carried) if wanted.source_is_there => {
                carried.demand(std::mem::take(&mut wanted.demands));
                wanted.demands.clone_from(&carried.demands);
                open.push((name, wanted));
            }
            Some(carried) => carried.demand(wanted.demands),
            None => open.push((name, wanted)),
        }
    }
    open
}

fn first(images: Vec<PulledImage>, platform: &Platform) -> Result<PulledImage, String> {
    images.into_iter().next().ok_or_else(|| format!("it has nothing for {platform}"))
}

fn carried(image: PulledImage, wanted: Wanted, platform: &Platform) -> Carried {
    Carried {
        name: image.name,
        platform: image.descriptor.platform.clone().unwrap_or_else(|| platform.clone()),
        manifest: image.descriptor,
        original_index: image.original_index,
        demands: wanted.demands,
    }
}
