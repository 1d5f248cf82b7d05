//! From the store to a registry. Blobs that the registry lacks come first, several at a time, then manifests by digest, and
//! last the document that gets the name, so nobody ever pulls half an image.

mod container_images;
mod sources;

pub use container_images::{has_container_images, push_container_images};

use crate::blocking::blocking;
use crate::error::{Error, Result};
use crate::parts::Parts;
use crate::progress::Progress;
use crate::remote::{Access, Client, Document, Repository};
use crate::store::Store;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sealer_model::Reference;
use sealer_model::event::Listener;
use sealer_model::image::{Descriptor, media_type};
use sources::Sources;

/// Transfers at the same time.
const AT_ONCE: usize = 6;

/// Pushes an image of the store under a name of a registry; returns what that name leads to then.
///
/// # Errors
/// When the image is not in the store or not whole, the registry cannot be reached, does not let us in or does not take
/// it, or the remote name pins another digest.
pub async fn push(
    store: &Store,
    client: &Client,
    local: &Reference,
    remote: &Reference,
    listener: &Listener,
) -> Result<Descriptor> {
    // What is not here is said without asking anybody.
    let (from, source) = (store.clone(), local.clone());
    blocking("a push", move || from.require(&source)).await?;
    push_to(store, client.repository(remote, Access::Push).await?, local, remote, listener).await
}

/// As [`push`], to a repository that has been reached.
///
/// # Errors
/// As [`push`].
pub async fn push_to(
    store: &Store,
    repository: Repository,
    local: &Reference,
    remote: &Reference,
    listener: &Listener,
) -> Result<Descriptor> {
    let held = store.clone();
    let _hold = blocking("a push", move || held.hold()).await?;
    let (from, source, target) = (store.clone(), local.clone(), remote.clone());
    let cargo = blocking("a push", move || Cargo::of(&from, &source, &target)).await?;
    let progress = Progress::new(listener, format!("push {remote}"), cargo.parts.blob_bytes());
    let push = Push { store, repository };
    push.blobs(&cargo, &progress).await?;
    push.documents(&cargo, remote).await?;
    progress.finish();
    Ok(cargo.top)
}

/// What is to be sent.
struct Cargo {
    top: Descriptor,
    parts: Parts,
    /// For blobs that other repositories of the same registry may have: which.
    sources: Sources,
}

impl Cargo {
    /// Looks the image up and makes sure that all of it is here.
    fn of(store: &Store, local: &Reference, remote: &Reference) -> Result<Self> {
        let top = store.require(local)?;
        if let Some(pinned) = remote.digest().filter(|pinned| **pinned != top.digest) {
            let (expected, found) = (pinned.clone(), top.digest);
            return Err(Error::Damaged { what: local.to_string(), expected, found });
        }
        let parts = Parts::of(store, std::slice::from_ref(&top))?;
        if let Some(absent) = parts.blobs.iter().find(|blob| !store.contains(&blob.digest)) {
            let (digest, store) = (absent.digest.clone(), store.root().to_owned());
            return Err(Error::NoBlob { digest, store });
        }
        let sources = Sources::of(store, &top, local, remote)?;
        Ok(Self { top, parts, sources })
    }
}

struct Push<'a> {
    store: &'a Store,
    repository: Repository,
}

impl Push<'_> {
    async fn blobs(&self, cargo: &Cargo, progress: &Progress) -> Result<()> {
        let send = |blob: Descriptor| async move {
            let sources = cargo.sources.of_blob(&blob.digest);
            self.repository.send_blob(self.store, &blob, sources, progress).await
        };
        let blobs = stream::iter(cargo.parts.blobs.clone()).map(send);
        blobs.buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Manifests in any order, then indexes after what they list; the image itself is the last of all.
    async fn documents(&self, cargo: &Cargo, remote: &Reference) -> Result<()> {
        let mut below = cargo.parts.documents.clone();
        below.retain(|document| *document != cargo.top);
        let (indexes, manifests): (Vec<Descriptor>, Vec<Descriptor>) =
            below.into_iter().partition(|document| media_type::is_index(&document.media_type));
        let put = |document: Descriptor| async move {
            let selector = document.digest.to_string();
            self.put(document, &selector).await
        };
        let puts = stream::iter(manifests).map(put).buffer_unordered(AT_ONCE);
        puts.try_collect::<()>().await?;
        for index in indexes {
            put(index).await?;
        }
        let selector = remote.tag().unwrap_or(cargo.top.digest.as_str());
        self.put(cargo.top.clone(), selector).await
    }

    async fn put(&self, descriptor: Descriptor, selector: &str) -> Result<()> {
        let store = self.store.clone();
        let read = move || {
            let bytes = store.read_document(&descriptor)?;
            Ok(Document { descriptor, bytes })
        };
        let document = blocking("a push", read).await?;
        self.repository.put_document(selector, &document).await
    }
}
