//! The rootfs: fetched from the site's registry by digest, unpacked while it streams, and there as a whole or not at all. It
//! is built in a folder beside its place and renamed when the last byte is verified and on disk; a file inside says which
//! rootfs it is, so that a second request finds it done.

mod registry;
mod retry;

use crate::durable;
use crate::error::{Error, IoContext as _, Result};
use crate::ledger::{Entry, Ledger, remove_folder};
use crate::mounts;
use crate::place::Place;
use crate::server::answer::{Teller, blocking};
use registry::Registry;
use sealer_model::Digest;
use sealer_model::agent::{Changed, Progress, Unpack};
use sealer_model::image::{Descriptor, Manifest};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio_util::io::SyncIoBridge;

/// In a rootfs: the digest of its manifest.
const MARKER: &str = ".sealer-rootfs";

/// Between two words about progress.
const TELLING: Duration = Duration::from_millis(200);

/// Fetches and unpacks a rootfs.
pub(crate) async fn unpack(place: &Place, unpack: &Unpack, teller: &Teller) -> Result<Changed> {
    let destination = place.path(&unpack.destination)?;
    if is_there(&destination, &unpack.manifest.digest)? {
        return Ok(Changed::No);
    }
    // Held to the end: whoever else wants to change this host waits.
    let ledger = begin(place, unpack, &destination).await?;
    let registry = Registry::new(unpack)?;
    let manifest = retry::patiently(|| registry.manifest(&unpack.manifest)).await?;
    let part = sibling(&destination, "part");
    let made = part.clone();
    blocking(move || fs::create_dir(&made).at("make", &made)).await?;
    fetch(&registry, &manifest, &part, teller).await?;
    let digest = unpack.manifest.digest.clone();
    blocking(move || finish(&part, &destination, &digest)).await?;
    drop(ledger);
    Ok(Changed::Yes)
}

fn is_there(destination: &Path, manifest: &Digest) -> Result<bool> {
    let marker = destination.join(MARKER);
    match fs::read_to_string(&marker) {
        Ok(text) => Ok(text.trim() == manifest.as_str()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("read", &marker, error)),
    }
}

/// Enters the folder and clears what earlier tries left beside it.
async fn begin(place: &Place, unpack: &Unpack, destination: &Path) -> Result<Ledger> {
    let (place, cluster) = (place.clone(), unpack.cluster.clone());
    let (path, destination) = (unpack.destination.clone(), destination.to_owned());
    let work = move || {
        let mut ledger = Ledger::open(&place, &cluster)?;
        ledger.make_parents(&destination)?;
        ledger.enter(Entry::Rootfs { path })?;
        remove_folder(&sibling(&destination, "part"))?;
        remove_folder(&sibling(&destination, "old"))?;
        Ok(ledger)
    };
    blocking(work).await
}

/// Removes a rootfs and what unfinished tries left beside it. Blocks.
pub(crate) fn undo(ledger: &Ledger, path: &str) -> Result<()> {
    let destination = ledger.place().path(path)?;
    mounts::unmount_below(&[&destination])?;
    for folder in [sibling(&destination, "part"), sibling(&destination, "old"), destination] {
        remove_folder(&folder)?;
    }
    Ok(())
}

/// `/a/rootfs` and `part`: `/a/.rootfs.part`.
fn sibling(destination: &Path, kind: &str) -> PathBuf {
    let name = destination.file_name().unwrap_or_default().to_string_lossy();
    destination.with_file_name(format!(".{name}.{kind}"))
}

async fn fetch(
    registry: &Registry,
    manifest: &Manifest,
    part: &Path,
    teller: &Teller,
) -> Result<()> {
    let total = manifest.layers.iter().map(|layer| layer.size).sum();
    let mut before = 0;
    for layer in &manifest.layers {
        retry::patiently(|| put_over(registry, layer, part, teller, (before, total))).await?;
        before += layer.size;
    }
    Ok(())
}

/// Puts one layer over the folder. Doing it again after half of it failed gives the same as doing it once.
async fn put_over(
    registry: &Registry,
    layer: &Descriptor,
    part: &Path,
    teller: &Teller,
    (before, total): (u64, u64),
) -> Result<()> {
    let (stream, failure) = registry.blob(&layer.digest).await?;
    let (layer, part, teller) = (layer.clone(), part.to_owned(), teller.clone());
    let unpacked = blocking(move || {
        let mut told = Instant::now();
        let progress = |read| {
            if told.elapsed() > TELLING {
                told = Instant::now();
                teller.tell(Progress::Bytes(before + read, total));
            }
        };
        let content = SyncIoBridge::new(stream);
        Ok(sealer_image::layer::unpack(content, &layer, &part, progress)?)
    });
    let unpacked = unpacked.await;
    // An archive that breaks off because the network does is the network's failure.
    failure.take().map_or(unpacked, Err)
}

/// Makes the rootfs count. Blocks.
fn finish(part: &Path, destination: &Path, manifest: &Digest) -> Result<()> {
    durable::write(&part.join(MARKER), 0o644, manifest.as_str().as_bytes())?;
    let folder = File::open(part).at("open", part)?;
    rustix::fs::syncfs(&folder).map_err(std::io::Error::from).at("write", part)?;
    let old = sibling(destination, "old");
    if destination.exists() {
        fs::rename(destination, &old).at("move", destination)?;
    }
    fs::rename(part, destination).at("move", part)?;
    if let Some(folder) = destination.parent() {
        durable::sync_folder(folder)?;
    }
    remove_folder(&old)
}
