//! The images that files are copied from: each for the very platform that is built. Names of the store are the user's, so none is given
//! or changed here; what a name led to is remembered beside the images instead, for builds without a network.

mod memory;
mod stored;

use super::Build;
use crate::error::Error;
use crate::lock::{Input, InputKind};
use crate::options::PullPolicy;
use crate::origins::Fetched;
use memory::Memory;
use sealer_image::{PulledImage, pull_container_image};
use sealer_model::causes::chain;
use sealer_model::image::Descriptor;
use sealer_model::{Digest, Platform, Reference};
use std::collections::BTreeSet;

/// An image of the store for one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Image {
    /// What its name led to: an index, or else the manifest.
    top: Descriptor,
    /// The manifest for the platform.
    manifest: Descriptor,
}

impl Build<'_> {
    /// What sources mean in an image.
    pub(super) async fn parts_of(
        &self,
        name: &Reference,
        sources: BTreeSet<String>,
        platform: &Platform,
    ) -> Result<Fetched, Error> {
        let manifest = self.image_for(name, platform).await?;
        let (store, name) = (self.store.clone(), format!("the image {name}"));
        self.blocking(move || Fetched::parts(&store, &name, &store.manifest(&manifest)?.layers, &sources)).await
    }

    /// The manifest of an image for a platform, in the store.
    pub(super) async fn image_for(&self, name: &Reference, platform: &Platform) -> Result<Descriptor, Error> {
        let input = Input::image(InputKind::CopiedFrom, name, platform);
        let Image { top, manifest } = match self.inputs.expected(&input)? {
            Some(locked) => self.locked_copy(name, &locked, platform).await?,
            None => self.copy_by_policy(name, platform).await?,
        };
        self.inputs.used(input, &top.digest)?;
        let (store, name, platform) = (self.store.clone(), name.clone(), platform.clone());
        self.blocking(move || Memory::new(store.root()).remember(&name, &platform, &top)).await?;
        Ok(manifest)
    }

    /// The image with this digest, from the store or from where its name leads to.
    async fn locked_copy(&self, name: &Reference, digest: &Digest, platform: &Platform) -> Result<Image, Error> {
        let pinned = name.at(digest.clone());
        for known in [name, &pinned] {
            let stored = self.stored_copies(known, platform).await?;
            if let Some(image) = stored.into_iter().find(|image| image.top.digest == *digest) {
                return Ok(image);
            }
        }
        if self.options.pull_policy == PullPolicy::Never {
            return Err(not_stored(name, platform));
        }
        self.pulled_copy(&pinned, platform).await
    }

    async fn copy_by_policy(&self, name: &Reference, platform: &Platform) -> Result<Image, Error> {
        let stored = self.stored_copies(name, platform).await?.into_iter().next();
        let asks = match self.options.pull_policy {
            PullPolicy::Always => true,
            PullPolicy::Missing | PullPolicy::Never => false,
            PullPolicy::IfNewer => name.digest().is_none() && !self.is_own(name).await?,
        };
        match (self.options.pull_policy, stored) {
            (PullPolicy::Never, None) => Err(not_stored(name, platform)),
            (_, Some(stored)) if !asks => Ok(stored),
            (PullPolicy::IfNewer, Some(stored)) => Ok(self.pulled_copy(name, platform).await.unwrap_or_else(|error| {
                self.listener.warn(format!("{name} is taken as the store has it: {}", chain(&error)));
                stored
            })),
            _ => self.pulled_copy(name, platform).await,
        }
    }

    /// Whether a name of the store was given here, so that no registry has another word in it.
    pub(super) async fn is_own(&self, name: &Reference) -> Result<bool, Error> {
        let (store, name) = (self.store.clone(), name.clone());
        self.blocking(move || Ok(store.resolve(&name)?.is_some() && !store.was_pulled(&name)?)).await
    }

    /// What the store has for the platform: under the name, and what the name led to when it was last copied from.
    async fn stored_copies(&self, name: &Reference, platform: &Platform) -> Result<Vec<Image>, Error> {
        let (store, name, platform) = (self.store.clone(), name.clone(), platform.clone());
        self.blocking(move || {
            let known = Memory::new(store.root()).find(&name, &platform);
            let tops = store.resolve(&name)?.into_iter().chain(known);
            Ok(tops.filter_map(|top| stored::whole(&store, top, &platform)).collect())
        })
        .await
    }

    async fn pulled_copy(&self, name: &Reference, platform: &Platform) -> Result<Image, Error> {
        self.listener.stage(format!("pull the image {name} for {platform}"));
        let platforms = std::slice::from_ref(platform);
        let pulled = pull_container_image(self.store, &self.client, name, platforms, &self.listener).await?;
        let image = pulled.into_iter().next().map(|PulledImage { descriptor, original_index, .. }| Image {
            top: original_index.unwrap_or_else(|| descriptor.clone()),
            manifest: descriptor,
        });
        let (store, for_platform) = (self.store.clone(), platform.clone());
        // of a cluster image the files of its rootfs are meant, never a container image that it carries for a platform
        let whole = self.blocking(move || Ok(image.and_then(|image| stored::whole(&store, image.top, &for_platform))));
        whole.await?.ok_or_else(|| not_for(name, platform))
    }
}

fn not_stored(name: &Reference, platform: &Platform) -> Error {
    Error::NotStored { name: name.to_string(), platform: Some(platform.to_string()) }
}

fn not_for(name: &Reference, platform: &Platform) -> Error {
    let (name, platform) = (name.to_string(), platform.to_string());
    Error::Image(sealer_image::Error::NoPlatform { name, platform })
}
