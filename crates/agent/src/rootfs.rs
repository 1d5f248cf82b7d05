//! The rootfs: fetched from the site's registry by digest, unpacked while it streams, and there as a whole or not at all.

mod folders;

use crate::error::{Error, IoContext as _, Result};
use crate::ledger::{Entry, Ledger};
use crate::mounts;
use crate::place::Place;
use crate::registry::{Failure, Registry};
use crate::relay::Relay;
use crate::retry;
use crate::server::answer::{Teller, blocking};
use crate::verified::Verified;
use folders::Folders;
use sealer_image::Store;
use sealer_model::agent::{Changed, Progress, Unpack};
use sealer_model::image::{Descriptor, Manifest};
use std::fs::File;
use std::time::{Duration, Instant};
use tokio::io::AsyncRead;
use tokio_util::io::SyncIoBridge;

/// Between two words about progress.
const TELLING: Duration = Duration::from_millis(200);

/// Fetches and unpacks a rootfs.
pub(crate) async fn unpack(place: &Place, unpack: &Unpack, relay: &Relay, teller: &Teller) -> Result<Changed> {
    let folders = Folders::of(place.path(&unpack.destination)?);
    if folders.hold(&unpack.manifest.digest)? {
        return Ok(Changed::No);
    }
    // Held to the end: whoever else wants to change this host waits.
    let ledger = begin(place, unpack, &folders).await?;
    let store = own_store(place).await?;
    let source = Source { place, store, registry: Registry::new(&unpack.source)?, relay, unpack };
    let manifest = source.manifest(&unpack.manifest).await?;
    let fetched = fetch(&source, &manifest, &folders, teller).await;
    let digest = unpack.manifest.digest.clone();
    let finished = blocking(move || {
        let finished = fetched.and_then(|()| folders.finish(&digest));
        if finished.is_err() {
            // What cannot be cleared now is cleared before the next try; why the rootfs failed matters more.
            let _next_time = folders.clear();
        }
        finished
    });
    finished.await?;
    if let Some(store) = source.store {
        let place = place.clone();
        blocking(move || forget(&store, &place)).await?;
    }
    drop(ledger);
    Ok(Changed::Yes)
}

/// Removes a store that has no image: its blobs were only brought for this rootfs. Blocks.
fn forget(store: &Store, place: &Place) -> Result<()> {
    if store.images()?.is_empty() {
        std::fs::remove_dir_all(place.store()).at("remove", &place.store())?;
    }
    Ok(())
}

/// Enters the rootfs and makes an empty folder to build it in.
async fn begin(place: &Place, unpack: &Unpack, folders: &Folders) -> Result<Ledger> {
    let (place, cluster) = (place.clone(), unpack.cluster.clone());
    let (path, folders) = (unpack.destination.clone(), folders.clone());
    let work = move || {
        let mut ledger = Ledger::open(&place, &cluster)?;
        let entry = Entry::Rootfs { path };
        if folders.destination.exists() && !ledger.holds(&entry) {
            let (found, wanted) = ("there already and not sealer's", "free for the rootfs");
            return Err(Error::Kind { path: folders.destination, found, wanted });
        }
        ledger.make_parents(&folders.destination)?;
        ledger.enter(entry)?;
        folders.begin()?;
        Ok(ledger)
    };
    blocking(work).await
}

/// Removes a rootfs and what unfinished tries left beside it. Blocks.
pub(crate) fn undo(ledger: &Ledger, path: &str) -> Result<()> {
    let folders = Folders::of(ledger.place().path(path)?);
    mounts::unmount_below(&[&folders.destination])?;
    folders.remove()
}

/// Where a rootfs comes from: this host's own store, for what is in it, other hosts that unpack the same, and another host's registry.
struct Source<'a> {
    place: &'a Place,
    store: Option<Store>,
    registry: Registry,
    relay: &'a Relay,
    unpack: &'a Unpack,
}

/// The store of this host, if it has one: masters do.
async fn own_store(place: &Place) -> Result<Option<Store>> {
    let place = place.clone();
    blocking(move || if place.store().exists() { Ok(Some(Store::open(&place.store())?)) } else { Ok(None) }).await
}

impl Source<'_> {
    async fn manifest(&self, manifest: &Descriptor) -> Result<Manifest> {
        match &self.store {
            Some(store) if store.contains(&manifest.digest) => {
                let (store, manifest) = (store.clone(), manifest.clone());
                blocking(move || Ok(store.manifest(&manifest)?)).await
            }
            _ => retry::patiently(|| self.registry.manifest(manifest)).await,
        }
    }

    /// Fetches a layer and puts it over the folder. When pieces from other hosts did not make a whole one, all of it comes from the registry.
    async fn put_over(&self, layer: &Descriptor, folders: &Folders, told: Told) -> Result<()> {
        if let Some(relayed) = &self.unpack.relayed {
            let beside = folders.part.parent().unwrap_or(&folders.part);
            let content = self.relay.layer(layer, (&self.unpack.source, relayed), beside)?;
            match put_over(content, layer, folders, told.clone()).await {
                Ok(()) => return Ok(()),
                Err(error) => told.note(format!(
                    "layer {} comes from the registry, because pieces from other hosts did not make it: {}",
                    layer.digest,
                    error.chain()
                )),
            }
        }
        let from_registry = || async {
            let content = self.registry.blob(&layer.digest).await?;
            put_over(content, layer, folders, told.clone()).await
        };
        retry::patiently(from_registry).await
    }

    /// A layer of this host's own store, if it is there and whole.
    async fn own_blob(&self, layer: &Descriptor) -> Result<Option<File>> {
        let Some(store) = self.store.clone().filter(|store| store.contains(&layer.digest)) else { return Ok(None) };
        let (place, digest) = (self.place.clone(), layer.digest.clone());
        let open = move || match Verified::read(&place)?.is_whole(&store, &digest)? {
            true => Ok(Some(store.open_blob(&digest)?)),
            false => Ok(None),
        };
        blocking(open).await
    }
}

async fn fetch(source: &Source<'_>, manifest: &Manifest, folders: &Folders, teller: &Teller) -> Result<()> {
    let total = manifest.layers.iter().map(|layer| layer.size).sum();
    let mut before = 0;
    for layer in &manifest.layers {
        let told = Told { teller: teller.clone(), before, total, last: Instant::now() };
        match source.own_blob(layer).await? {
            Some(blob) => put_own_over(blob, layer, folders, told).await?,
            None => source.put_over(layer, folders, told).await?,
        }
        before += layer.size;
    }
    Ok(())
}

/// Puts one layer over the folder. Doing it again after half of it failed gives the same as doing it once.
async fn put_over(
    (stream, failure): (impl AsyncRead + Unpin + Send + 'static, Failure),
    layer: &Descriptor,
    folders: &Folders,
    mut told: Told,
) -> Result<()> {
    let (layer, part) = (layer.clone(), folders.part.clone());
    let unpacking = blocking(move || {
        let content = SyncIoBridge::new(stream);
        Ok(sealer_image::layer::unpack(content, &layer, &part, |read| told.read(read))?)
    });
    let unpacked = unpacking.await;
    // An archive that breaks off because the network does is the network's failure.
    failure.take().map_or(unpacked, Err)
}

/// The same from this host's own store, whose blobs were found to be whole.
async fn put_own_over(blob: File, layer: &Descriptor, folders: &Folders, mut told: Told) -> Result<()> {
    let (layer, part) = (layer.clone(), folders.part.clone());
    blocking(move || Ok(sealer_image::layer::unpack_whole(blob, &layer, &part, |read| told.read(read))?)).await
}

/// What the delivering machine was told about progress.
#[derive(Clone)]
struct Told {
    teller: Teller,
    before: u64,
    total: u64,
    last: Instant,
}

impl Told {
    fn note(&self, text: String) {
        self.teller.tell(Progress::Note(text));
    }

    fn read(&mut self, bytes: u64) {
        if self.last.elapsed() > TELLING {
            self.last = Instant::now();
            self.teller.tell(Progress::Bytes(self.before + bytes, self.total));
        }
    }
}

#[cfg(test)]
mod tests;
