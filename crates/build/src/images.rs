//! Finds the container images that a build carries: in the base image, in the file of the context that a list names, in the
//! store, or in the registry that the name says.
//!
//! A list's source is the image: where one is named, no registry is asked, so the result does not depend on whether there is
//! a network today. Without a source, the pull policy decides between the store and the registry.

use crate::assemble::Carried;
use crate::discovery::{Demands, Wanted};
use crate::error::Error;
use crate::missing::MissingImage;
use crate::options::PullPolicy;
use futures_util::{StreamExt, stream};
use sealer_image::remote::Client;
use sealer_image::{ContainerImages, PulledImage, Store, import, pull_container_image};
use sealer_model::event::Listener;
use sealer_model::image::{Descriptor, media_type};
use sealer_model::image_list::ImageSource;
use sealer_model::{Platform, Reference};
use std::path::PathBuf;

/// Images that are looked for at the same time.
const AT_ONCE: usize = 4;

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
    /// Who is told.
    pub(crate) listener: Listener,
}

/// What was found of what one platform asks for.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Images whose blobs are in the store, those of the base included.
    pub(crate) carried: Vec<Carried>,
    /// Images that nobody has.
    pub(crate) missing: Vec<MissingImage>,
}

impl Finder<'_> {
    /// Everything that a platform asks for, on top of what its base carries.
    pub(crate) async fn all(
        &self,
        base: Vec<Carried>,
        demands: Demands,
        platform: &Platform,
    ) -> Found {
        let mut found = Found { carried: base, missing: Vec::new() };
        let mut open = Vec::new();
        for (name, wanted) in demands.0 {
            match found.carried.iter_mut().find(|carried| carried.name == name) {
                Some(carried) => carried.demand(wanted),
                None => open.push((name, wanted)),
            }
        }
        let looked = stream::iter(open)
            .map(|(name, wanted)| async move {
                let result = self.one(&name, wanted.source.as_ref(), platform).await;
                (name, wanted, result)
            })
            .buffered(AT_ONCE);
        let results: Vec<_> = looked.collect().await;
        for (name, wanted, result) in results {
            match result {
                Ok(image) => found.carried.push(carried(image, wanted, platform)),
                Err(tried) => {
                    let (platform, demands) = (platform.clone(), wanted.demands);
                    found.missing.push(MissingImage { name, platform, demands, tried });
                }
            }
        }
        found
    }

    /// One image, or what was tried for it.
    async fn one(
        &self,
        name: &Reference,
        source: Option<&ImageSource>,
        platform: &Platform,
    ) -> Result<PulledImage, String> {
        if let Some(source) = source {
            let imported = self.import(name, source.clone(), platform).await;
            return imported.map_err(|error| format!("{source}: {}", chain(&error)));
        }
        let stored = self.stored(name, platform).await;
        match (self.policy, stored) {
            (PullPolicy::Never, None) => Err("it is not in the store, and pulling is forbidden".to_owned()),
            (PullPolicy::Never | PullPolicy::Missing, Some(stored)) => Ok(stored),
            (PullPolicy::IfNewer, Some(stored)) if name.digest().is_some() => Ok(stored),
            (PullPolicy::IfNewer, Some(stored)) => {
                Ok(self.pull(name, platform).await.unwrap_or_else(|error| {
                    self.listener.warn(format!("{name} is taken from the store as it was: {}", chain(&error)));
                    stored
                }))
            }
            (PullPolicy::Always, _) | (_, None) => {
                self.pull(name, platform).await.map_err(|error| chain(&error))
            }
        }
    }

    async fn pull(&self, name: &Reference, platform: &Platform) -> Result<PulledImage, Error> {
        let platforms = std::slice::from_ref(platform);
        let pulled = pull_container_image(self.store, self.client, name, platforms, &self.listener).await?;
        first(pulled, name, platform)
    }

    async fn import(
        &self,
        name: &Reference,
        source: ImageSource,
        platform: &Platform,
    ) -> Result<PulledImage, Error> {
        let (store, context) = (self.store.clone(), self.context.clone());
        let (for_name, for_platform) = (name.clone(), platform.clone());
        let imported = crate::blocking(name, move || {
            Ok(import(&store, &source, &context, &for_name, std::slice::from_ref(&for_platform))?)
        });
        first(imported.await?, name, platform)
    }

    /// The image as the store has it, if it is whole there for the platform.
    async fn stored(&self, name: &Reference, platform: &Platform) -> Option<PulledImage> {
        let top = self.stored.lookup(name)?;
        let (store, platform, for_name) = (self.store.clone(), platform.clone(), name.clone());
        let found = crate::blocking(name, move || Ok(whole(&store, &for_name, top, &platform)));
        found.await.ok().flatten()
    }
}

/// An image of the store for one platform, if every blob of it is there.
fn whole(store: &Store, name: &Reference, top: Descriptor, platform: &Platform) -> Option<PulledImage> {
    let fits = |descriptor: &Descriptor| {
        descriptor.platform.as_ref().is_some_and(|own| own.runs_on(platform))
    };
    let (descriptor, original_index) = if media_type::is_index(&top.media_type) {
        let index = store.index(&top).ok().filter(|index| !index.is_cluster_image())?;
        (index.manifests.into_iter().find(fits)?, Some(top))
    } else {
        (Some(top).filter(fits)?, None)
    };
    let missing = store.missing(&descriptor).ok()?;
    missing.is_empty().then(|| PulledImage { name: name.clone(), descriptor, original_index })
}

fn first(
    images: Vec<PulledImage>,
    name: &Reference,
    platform: &Platform,
) -> Result<PulledImage, Error> {
    let none = || Error::NoPlatform {
        name: name.clone(),
        platform: platform.clone(),
        present: "none of the platforms asked for".to_owned(),
    };
    images.into_iter().next().ok_or_else(none)
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

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
