//! The container images of a cluster image to a registry that the site has already, each to a repository of its own. Blobs come first, one
//! after another where several repositories need the same one, so that the second can borrow it; then manifests, and last what a tag leads to.

mod consignment;

use super::AT_ONCE;
use crate::blocking::blocking;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::remote::{Access, Client, Document, RemoteError, Repository};
use crate::store::Store;
use consignment::{Consignment, Top};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sealer_model::Digest;
use sealer_model::cluster::ExternalRegistry;
use sealer_model::event::Listener;
use sealer_model::image::Descriptor;
use std::collections::BTreeMap;

/// Whether a registry has every container image of a cluster image, under its name there.
///
/// # Errors
/// When the image is not in the store or damaged, or the registry cannot be reached or does not let us in.
pub async fn has_container_images(
    store: &Store,
    client: &Client,
    image: &Descriptor,
    to: &ExternalRegistry,
) -> Result<bool> {
    let consignments = read(store, image, to).await?;
    // collected, because the compiler cannot see through a lazy one here that it may go to another thread
    let asked: Vec<_> = consignments.iter().map(|it| is_there(client, it)).collect();
    let answers = stream::iter(asked).buffer_unordered(AT_ONCE);
    answers.try_fold(true, |all, one| async move { Ok(all && one) }).await
}

async fn is_there(client: &Client, consignment: &Consignment) -> Result<bool> {
    let repository = client.repository(&consignment.target, Access::Pull).await?;
    let wanted = consignment.top.descriptor();
    match repository.resolve().await {
        Ok(found) => Ok(found.digest == wanted.digest),
        Err(Error::Remote(RemoteError::NoImage { .. })) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Pushes every container image of a cluster image. What is there already is not sent again.
///
/// # Errors
/// When the image is not in the store or not whole, or the registry cannot be reached, does not let us in or does not take it.
pub async fn push_container_images(
    store: &Store,
    client: &Client,
    image: &Descriptor,
    to: &ExternalRegistry,
    listener: &Listener,
) -> Result<()> {
    let held = store.clone();
    let _hold = blocking("a push", move || held.hold()).await?;
    let consignments = read(store, image, to).await?;
    let mut reached = Vec::new();
    for consignment in &consignments {
        reached.push((consignment, client.repository(&consignment.target, Access::Push).await?));
    }
    let pushing = Pushing { store, listener };
    pushing.blobs(&reached, to).await?;
    let documents: Vec<_> = reached.iter().map(|(it, repository)| pushing.documents(it, repository)).collect();
    stream::iter(documents).buffer_unordered(AT_ONCE).try_collect().await
}

async fn read(store: &Store, image: &Descriptor, to: &ExternalRegistry) -> Result<Vec<Consignment>> {
    let (store, image, to) = (store.clone(), image.clone(), to.clone());
    blocking("a push", move || Consignment::all(&store, &image, &to)).await
}

struct Pushing<'a> {
    store: &'a Store,
    listener: &'a Listener,
}

impl Pushing<'_> {
    async fn blobs(&self, all: &[(&Consignment, Repository)], to: &ExternalRegistry) -> Result<()> {
        let mut wanted: BTreeMap<&Digest, (&Descriptor, Vec<&Repository>)> = BTreeMap::new();
        for (consignment, repository) in all {
            for blob in &consignment.blobs {
                wanted.entry(&blob.digest).or_insert_with(|| (blob, Vec::new())).1.push(repository);
            }
        }
        let wanted: Vec<_> = wanted.into_values().collect();
        let bytes = |(blob, at): &(&Descriptor, Vec<&Repository>)| blob.size.saturating_mul(at.len() as u64);
        let total = wanted.iter().map(bytes).fold(0_u64, u64::saturating_add);
        let progress = Progress::new(self.listener, format!("push container images to {}", to.name()), total);
        let sending: Vec<_> = wanted.into_iter().map(|(blob, at)| self.blob(blob, at, &progress)).collect();
        stream::iter(sending).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        progress.finish();
        Ok(())
    }

    /// To the first repository from here, to the others from the first, where the registry does that.
    async fn blob(&self, blob: &Descriptor, repositories: Vec<&Repository>, progress: &Progress) -> Result<()> {
        let mut sources: Vec<String> = Vec::new();
        for repository in repositories {
            repository.send_blob(self.store, blob, &sources, progress).await?;
            if sources.is_empty() {
                sources.push(repository.path().to_owned());
            }
        }
        Ok(())
    }

    async fn documents(&self, consignment: &Consignment, repository: &Repository) -> Result<()> {
        for manifest in &consignment.manifests {
            let document = self.document(manifest).await?;
            repository.put_document(manifest.digest.as_str(), &document).await?;
        }
        self.pinned(consignment, repository).await?;
        let top = match &consignment.top {
            Top::Stored(descriptor) => self.document(descriptor).await?,
            Top::Made(document) => document.clone(),
        };
        repository.put_document(consignment.target.selector(), &top).await
    }

    /// An original index that lists platforms which are not carried. Most registries want all of them, and pods that pin it then cannot pull.
    async fn pinned(&self, consignment: &Consignment, repository: &Repository) -> Result<()> {
        let Some(index) = &consignment.pinned_index else { return Ok(()) };
        let document = self.document(index).await?;
        match repository.put_document(index.digest.as_str(), &document).await {
            Err(Error::Remote(RemoteError::Status { status: 400..500, .. })) => {
                self.listener.warn(format!(
                    "{}: the registry does not take the index that it is asked for by, since the image does not carry all platforms of it; \
                     name it by its tag, or build the image with all of them",
                    consignment.name
                ));
                Ok(())
            }
            other => other,
        }
    }

    async fn document(&self, descriptor: &Descriptor) -> Result<Document> {
        let (store, descriptor) = (self.store.clone(), descriptor.clone());
        let read = move || Ok(Document { bytes: store.read_document(&descriptor)?, descriptor });
        blocking("a push", read).await
    }
}
