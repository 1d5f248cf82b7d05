//! From a registry into the store. Documents come first, then the blobs that the store lacks, several at a time; a name is
//! given when everything that it leads to is there, so a pull that breaks off leaves nothing but blobs to go on from.

mod narrowing;

use crate::blocking::blocking;
use crate::conversion;
use crate::error::{Error, Result};
use crate::parts::{DEEPEST, Parts};
use crate::progress::Progress;
use crate::remote::{Access, Client, Document, Repository};
use crate::source::{PulledImage, choose};
use crate::store::Store;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sealer_model::event::Listener;
use sealer_model::image::{Descriptor, Index, media_type};
use sealer_model::{Platform, Reference};

/// Transfers at the same time.
const AT_ONCE: usize = 6;

/// Pulls an image and gives it its name in the store. Of a plain image for several platforms, `platforms` may choose some:
/// one leads to that platform's manifest, several to a smaller index. A cluster image comes whole: builds for several platforms
/// go on with it under one name. So does an image whose name pins a digest, because only the whole of it has that digest. An
/// image that the Go sealer built is converted, and the name leads to what became of it: also a name that pins a digest, which
/// is that of the original.
///
/// # Errors
/// When the registry cannot be reached or does not let us in, the image is not there, lacks a platform, or is damaged, or
/// the store cannot be written. No name is given then.
pub async fn pull(
    store: &Store,
    client: &Client,
    name: &Reference,
    platforms: Option<&[Platform]>,
    listener: &Listener,
) -> Result<Descriptor> {
    let wanted = platforms.map_or(Wanted::Everything, Wanted::PlainFor);
    Pull::begin(store, client, name, listener).await?.image(wanted).await
}

/// As [`pull`], but of a cluster image, too, only what these platforms need comes: the name leads to an image of its own with a
/// digest of its own, as that in an archive of some platforms. That a name which pins a digest comes whole is told.
///
/// # Errors
/// As [`pull`].
pub async fn pull_for(
    store: &Store,
    client: &Client,
    name: &Reference,
    platforms: &[Platform],
    listener: &Listener,
) -> Result<Descriptor> {
    if name.digest().is_some() {
        listener.warn(format!("{name} comes with all its platforms: only the whole of it has this digest"));
    }
    Pull::begin(store, client, name, listener).await?.image(Wanted::AnyFor(platforms)).await
}

/// Pulls a container image for these platforms, without naming it: the manifests byte for byte, their blobs, and the index
/// that they were found in.
///
/// # Errors
/// As [`pull`].
pub async fn pull_container_image(
    store: &Store,
    client: &Client,
    name: &Reference,
    platforms: &[Platform],
    listener: &Listener,
) -> Result<Vec<PulledImage>> {
    let pull = Pull::begin(store, client, name, listener).await?;
    let top = pull.top().await?;
    if !media_type::is_index(&top.media_type) {
        let images = pull.only(&top, platforms).await?;
        pull.fetch(vec![top]).await?;
        return Ok(images);
    }
    let chosen = choose(name, &pull.index(&top).await?, platforms)?;
    pull.fetch(chosen.clone()).await?;
    let image = |descriptor| PulledImage { name: name.clone(), descriptor, original_index: Some(top.clone()) };
    Ok(chosen.into_iter().map(image).collect())
}

/// What of an image is to come.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    Everything,
    /// Of a plain image what these platforms need, and the whole of a cluster image.
    PlainFor(&'a [Platform]),
    /// Of any image what these platforms need.
    AnyFor(&'a [Platform]),
}

/// One pull.
pub(crate) struct Pull<'a> {
    store: &'a Store,
    name: &'a Reference,
    listener: &'a Listener,
    repository: Repository,
    /// Keeps garbage from being collected: what comes has no name before the end.
    _lock: std::fs::File,
}

impl<'a> Pull<'a> {
    pub(crate) async fn begin(
        store: &'a Store,
        client: &Client,
        name: &'a Reference,
        listener: &'a Listener,
    ) -> Result<Self> {
        let repository = client.repository(name, Access::Pull).await?;
        let shared = store.clone();
        let lock = blocking("a pull", move || shared.share()).await?;
        Ok(Self { store, name, listener, repository, _lock: lock })
    }

    async fn image(&self, wanted: Wanted<'_>) -> Result<Descriptor> {
        // asked before anything is brought: what was converted needs not even the document it was made of
        let top = self.repository.resolve().await?;
        if let Some(converted) = self.converted_before(&top).await? {
            return Ok(converted);
        }
        self.ensure_document(&top).await?;
        let chosen = match wanted {
            _ if self.name.digest().is_some() => top.clone(),
            Wanted::Everything => top.clone(),
            Wanted::PlainFor(platforms) => self.narrow_plain(&top, platforms).await?,
            Wanted::AnyFor(platforms) => self.narrow(&top, platforms).await?,
        };
        if chosen != top
            && let Some(converted) = self.converted_before(&chosen).await?
        {
            return Ok(converted);
        }
        self.fetch(vec![chosen.clone()]).await?;
        self.name_it(chosen).await
    }

    /// What the name leads to, in the store.
    pub(crate) async fn top(&self) -> Result<Descriptor> {
        let top = self.repository.resolve().await?;
        self.ensure_document(&top).await?;
        Ok(top)
    }

    /// What the name leads to here, if that was made of what it leads to there.
    async fn converted_before(&self, top: &Descriptor) -> Result<Option<Descriptor>> {
        let (store, name, top) = (self.store.clone(), self.name.clone(), top.clone());
        let look = move || match store.resolve(&name)? {
            Some(known) if conversion::was_made_of(&store, &known, &top)? => Ok(Some(known)),
            _ => Ok(None),
        };
        blocking("a pull", look).await
    }

    async fn name_it(&self, image: Descriptor) -> Result<Descriptor> {
        let (store, name, listener) = (self.store.clone(), self.name.clone(), self.listener.clone());
        let give = move || {
            let image = conversion::convert(&store, &name, &image, &listener)?.unwrap_or(image);
            store.tag_pulled(&name, &image)?;
            Ok(image)
        };
        blocking("a pull", give).await
    }

    async fn index(&self, descriptor: &Descriptor) -> Result<Index> {
        let (store, descriptor) = (self.store.clone(), descriptor.clone());
        blocking("a pull", move || store.index(&descriptor)).await
    }

    /// Brings everything that these documents lead to.
    pub(crate) async fn fetch(&self, images: Vec<Descriptor>) -> Result<()> {
        self.fetch_documents(images.clone()).await?;
        let store = self.store.clone();
        let parts = blocking("a pull", move || Parts::of(&store, &images)).await?;
        let title = format!("pull {}", self.name);
        let progress = Progress::new(self.listener, title, parts.blob_bytes());
        let fetch = |blob| self.fetch_blob(blob, &progress);
        let transfers = stream::iter(parts.blobs).map(fetch).buffer_unordered(AT_ONCE);
        transfers.try_collect::<()>().await?;
        progress.finish();
        Ok(())
    }

    async fn fetch_blob(&self, blob: Descriptor, progress: &Progress) -> Result<()> {
        self.repository.fetch_blob(self.store, &blob, progress).await
    }

    /// Level by level: an index has to be read before its entries are known.
    async fn fetch_documents(&self, images: Vec<Descriptor>) -> Result<()> {
        let mut level = images;
        for _ in 0..=DEEPEST {
            let fetch = |document| self.children(document);
            let children = stream::iter(level).map(fetch).buffer_unordered(AT_ONCE);
            level = children.try_concat().await?;
        }
        Ok(())
    }

    /// Brings a document and says what it lists.
    async fn children(&self, document: Descriptor) -> Result<Vec<Descriptor>> {
        self.ensure_document(&document).await?;
        if media_type::is_index(&document.media_type) {
            return Ok(self.index(&document).await?.manifests);
        }
        Ok(Vec::new())
    }

    async fn ensure_document(&self, wanted: &Descriptor) -> Result<()> {
        let (store, digest) = (self.store.clone(), wanted.digest.clone());
        if blocking("a pull", move || Ok(store.contains(&digest))).await? {
            return Ok(());
        }
        let Document { descriptor, bytes } = self.repository.document(wanted.digest.as_str()).await?;
        if descriptor.media_type != wanted.media_type {
            let what = format!("{}, announced as {},", wanted.digest, wanted.media_type);
            return Err(Error::MediaType { what, media_type: descriptor.media_type });
        }
        let store = self.store.clone();
        let put = move || store.put_document(&descriptor.media_type, &bytes);
        blocking("a pull", put).await.map(drop)
    }
}
