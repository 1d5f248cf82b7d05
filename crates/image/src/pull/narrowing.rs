//! Less than the whole of an image: what some platforms need. The documents that say what that is come first; nothing else of
//! what nobody wants comes at all.

use super::Pull;
use crate::blocking::blocking;
use crate::composition::part_for;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::source::{PulledImage, one_platform};
use sealer_model::Platform;
use sealer_model::event::Listener;
use sealer_model::image::{Descriptor, Entry, Index, media_type};

impl Pull<'_> {
    /// What the name leads to, without the platforms that nobody wants, be it a cluster image or not.
    pub(super) async fn narrow(&self, top: &Descriptor, platforms: &[Platform]) -> Result<Descriptor> {
        if !media_type::is_index(&top.media_type) {
            self.only(top, platforms).await?;
            return Ok(top.clone());
        }
        let index = self.index(top).await?;
        if index.is_cluster_image() {
            self.catalog(&index).await?;
        }
        let (store, name, top) = (self.store.clone(), self.name.clone(), top.clone());
        let platforms = platforms.to_vec();
        blocking("a pull", move || part_for(&store, &name, &top, &platforms)).await
    }

    /// As [`Pull::narrow`], but a cluster image stays whole.
    pub(super) async fn narrow_plain(&self, top: &Descriptor, platforms: &[Platform]) -> Result<Descriptor> {
        if media_type::is_index(&top.media_type) && self.index(top).await?.is_cluster_image() {
            return Ok(top.clone());
        }
        self.narrow(top, platforms).await
    }

    /// A manifest that stands alone, if it is for these platforms; its configuration says so and is fetched for it.
    pub(super) async fn only(&self, top: &Descriptor, platforms: &[Platform]) -> Result<Vec<PulledImage>> {
        self.config(top).await?;
        let (store, name, top) = (self.store.clone(), self.name.clone(), top.clone());
        let platforms = platforms.to_vec();
        blocking("a pull", move || one_platform(&store, &name, top, &platforms)).await
    }

    /// Brings the documents that say what a cluster image carries for which platform.
    async fn catalog(&self, index: &Index) -> Result<()> {
        let failed = |source| Error::NotAClusterImage { name: self.name.to_string(), source };
        for (descriptor, entry) in index.entries().map_err(failed)? {
            if entry == Entry::Catalog {
                self.ensure_document(descriptor).await?;
                self.config(descriptor).await?;
            }
        }
        Ok(())
    }

    /// Brings the configuration of a manifest that is here.
    async fn config(&self, manifest: &Descriptor) -> Result<()> {
        let (store, document) = (self.store.clone(), manifest.clone());
        let manifest = blocking("a pull", move || store.manifest(&document)).await?;
        let silent = Progress::new(&Listener::deaf(), String::new(), manifest.config.size);
        self.repository.fetch_blob(self.store, &manifest.config, &silent).await
    }
}
