//! Blobs on their way into the host's store: resumed where they broke off, verified before they count, named only when the
//! whole image is there.

use crate::error::{Error, IoContext as _, Result};
use crate::place::Place;
use crate::server::answer::blocking;
use crate::verified::Verified;
use axum::body::Bytes;
use futures_util::{Stream, StreamExt as _};
use sealer_image::{PartialBlob, Store};
use sealer_model::agent::{Installed, Missing};
use sealer_model::image::Descriptor;
use sealer_model::{Digest, Reference};
use std::collections::BTreeSet;
use std::io::Write as _;
use tokio::sync::mpsc;

/// Pieces that may wait for the disk. With what is on its way they are all that has to be sent again when a cable is cut: 4 MiB at most.
const QUEUE: usize = 4;

/// Which of the blobs are not there, each once. Blocks.
pub(crate) fn missing(place: &Place, blobs: &[Descriptor]) -> Result<Vec<Missing>> {
    let store = Store::open(&place.store())?;
    let mut verified = Verified::read(place)?;
    let mut seen = BTreeSet::new();
    let mut missing = Vec::new();
    for digest in blobs.iter().map(|blob| &blob.digest) {
        let is_new = seen.insert(digest);
        if is_new && !(store.contains(digest) && verified.is_whole(&store, digest)?) {
            let offset = store.partial_size(digest)?;
            missing.push(Missing { digest: digest.clone(), offset });
        }
    }
    Ok(missing)
}

/// How many bytes of a blob are there from earlier tries. Blocks.
pub(crate) fn offset(place: &Place, digest: &Digest) -> Result<u64> {
    Ok(Store::open(&place.store())?.partial_size(digest)?)
}

/// A blob's bytes, as they come from the network.
pub(crate) trait Content: Stream<Item = Result<Bytes>> + Unpin {}

impl<T: Stream<Item = Result<Bytes>> + Unpin> Content for T {}

/// What comes from the network for the disk.
enum Piece {
    Bytes(Bytes),
    /// The regular end: only now the blob can be whole.
    End,
}

/// Takes a blob from byte `offset` on. What arrived before a connection broke is kept.
pub(crate) async fn receive(place: &Place, digest: Digest, offset: u64, content: impl Content) -> Result<()> {
    let place = place.clone();
    let (pieces, waiting) = mpsc::channel(QUEUE);
    let written = blocking(move || match begin(&place, &digest, offset)? {
        Some(blob) => write(&place, &digest, blob, waiting),
        None => Ok(()),
    });
    let (sent, written) = tokio::join!(pass(content, pieces), written);
    written.and(sent)
}

/// The blob, ready for its byte `offset`; nothing if it is whole already.
fn begin(place: &Place, digest: &Digest, offset: u64) -> Result<Option<PartialBlob>> {
    let store = Store::open(&place.store())?;
    let mut blob = store.partial(digest)?;
    // Asked only now: another sender may have finished it while this one waited.
    if store.contains(digest) {
        return Ok(None);
    }
    if offset == 0 && blob.offset() > 0 {
        blob.restart()?;
    }
    match blob.offset() {
        found if found == offset => Ok(Some(blob)),
        found => Err(Error::Offset { digest: digest.clone(), offset, found }),
    }
}

fn write(place: &Place, digest: &Digest, mut blob: PartialBlob, mut pieces: mpsc::Receiver<Piece>) -> Result<()> {
    while let Some(piece) = pieces.blocking_recv() {
        match piece {
            Piece::Bytes(bytes) => blob.write_all(&bytes).at("write into", &place.store())?,
            Piece::End => {
                blob.finish()?;
                return Verified::came(place, &Store::open(&place.store())?, digest);
            }
        }
    }
    Ok(())
}

async fn pass(mut content: impl Content, pieces: mpsc::Sender<Piece>) -> Result<()> {
    while let Some(bytes) = content.next().await {
        if pieces.send(Piece::Bytes(bytes?)).await.is_err() {
            return Ok(());
        }
    }
    // Nobody takes it when the writing failed, and then that is the answer.
    let _unneeded = pieces.send(Piece::End).await;
    Ok(())
}

/// Names an image whose every blob is there. Blocks.
pub(crate) fn install(place: &Place, image: &Installed) -> Result<()> {
    let store = Store::open(&place.store())?;
    let malformed = |error: &dyn std::fmt::Display| Error::Request { reason: error.to_string() };
    let name: Reference = image.name.parse().map_err(|error| malformed(&error))?;
    let mut kept = vec![name.clone()];
    for other in &image.kept {
        kept.push(other.parse().map_err(|error| malformed(&error))?);
    }
    let missing = store.missing(&image.index)?;
    if let Some(first) = missing.first() {
        let (name, first) = (image.name.clone(), first.digest.clone());
        return Err(Error::Incomplete { name, missing: missing.len(), first });
    }
    store.install(&name, &image.index)?;
    store.keep_installed(&kept)?;
    Ok(())
}
