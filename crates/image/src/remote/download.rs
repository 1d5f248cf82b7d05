//! Blobs from a registry into the store. What has arrived stays when a connection breaks, and the next try asks for the
//! rest. Memory holds a few pieces, the disk is written on a thread of its own, and a blob counts when its digest is right.

use super::answer::address;
use super::incoming::IncomingBlob;
use super::retry::retry;
use super::{RemoteError, Repository};
use crate::blocking::blocking;
use crate::error::{Error, Result, at};
use crate::progress::{Part, Progress};
use crate::store::{PartialBlob, Store};
use bytes::Bytes;
use reqwest::Url;
use sealer_model::Digest;
use sealer_model::image::Descriptor;
use std::io::{self, Write};
use tokio::sync::mpsc;

/// Pieces on their way from the network to the disk.
const PIECES: usize = 6;

impl Repository {
    /// Brings a blob into the store, unless it is there.
    pub(crate) async fn fetch_blob(&self, store: &Store, blob: &Descriptor, progress: &Progress) -> Result<()> {
        let part = progress.part();
        retry(|| self.fetch(store, blob, &part)).await
    }

    async fn fetch(&self, store: &Store, blob: &Descriptor, part: &Part<'_>) -> Result<()> {
        let Some(partial) = open(store, &blob.digest).await? else {
            part.reach(blob.size);
            return Ok(());
        };
        let went_on = partial.offset() > 0;
        match self.complete(store, partial, blob, part).await {
            // What was left by an earlier command may have been the damaged half; it is gone now.
            Err(Error::Damaged { .. }) if went_on => match open(store, &blob.digest).await? {
                Some(anew) => self.complete(store, anew, blob, part).await,
                None => Ok(()),
            },
            outcome => outcome,
        }
    }

    async fn complete(&self, store: &Store, partial: PartialBlob, blob: &Descriptor, part: &Part<'_>) -> Result<()> {
        let partial = if partial.offset() == blob.size {
            part.reach(blob.size);
            partial
        } else {
            self.fetch_rest(store, partial, blob, part).await?
        };
        let url = address(&self.blob_url(&blob.digest));
        blocking("a download", move || partial.finish()).await.map(drop).map_err(|error| match error {
            Error::Damaged { expected, found, .. } => Error::Damaged { what: url, expected, found },
            other => other,
        })
    }

    /// Asks for what is not there yet and writes it as it comes.
    async fn fetch_rest(
        &self,
        store: &Store,
        mut partial: PartialBlob,
        blob: &Descriptor,
        part: &Part<'_>,
    ) -> Result<PartialBlob> {
        // Others may have it as soon as the bytes are here, while the disk still works.
        let _turn = self.client.turn().await;
        let offset = if partial.offset() < blob.size { partial.offset() } else { 0 };
        let incoming = self.blob_from(&blob.digest, offset).await?.expecting(blob.size);
        let start = incoming.start();
        if start != partial.offset() {
            partial = blocking("a download", move || partial.restart().map(|()| partial)).await?;
        }
        part.reach(start);
        let (sender, receiver) = mpsc::channel(PIECES);
        let path = store.root().to_owned();
        let writer = blocking("a download", move || write(partial, receiver).map_err(at(&path)));
        let feed = async {
            let fed = feed(incoming, &sender, part).await;
            drop(sender);
            fed
        };
        let (written, fed) = tokio::join!(writer, feed);
        let partial = written?;
        fed?;
        Ok(partial)
    }

    pub(super) fn blob_url(&self, digest: &Digest) -> Url {
        self.url(&format!("blobs/{digest}"))
    }
}

/// What there is of a blob; nothing when the whole of it came, perhaps while we waited for another process to end with it.
async fn open(store: &Store, digest: &Digest) -> Result<Option<PartialBlob>> {
    let (store, digest) = (store.clone(), digest.clone());
    let open = move || {
        if store.contains(&digest) {
            return Ok(None);
        }
        let partial = store.partial(&digest)?;
        Ok((!store.contains(&digest)).then_some(partial))
    };
    blocking("a download", open).await
}

/// Hands the pieces of a blob on. A writer that has given up is no failure here: it tells its own.
async fn feed(
    mut incoming: IncomingBlob,
    sender: &mpsc::Sender<Bytes>,
    part: &Part<'_>,
) -> std::result::Result<(), RemoteError> {
    while let Some(piece) = incoming.next().await? {
        let length = piece.len() as u64;
        if sender.send(piece).await.is_err() {
            return Ok(());
        }
        part.advance(length);
    }
    Ok(())
}

fn write(mut partial: PartialBlob, mut pieces: mpsc::Receiver<Bytes>) -> io::Result<PartialBlob> {
    while let Some(piece) = pieces.blocking_recv() {
        partial.write_all(&piece)?;
    }
    Ok(partial)
}
