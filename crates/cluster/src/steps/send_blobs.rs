//! Blobs from the delivering machine into a host's store, over the connection that the host is talked to by: only those that it lacks, each
//! from the byte where an earlier attempt broke off. The host verifies every digest before a blob counts.

use crate::Error;
use crate::delivery::Delivery;
use crate::step::On;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use sealer_model::agent::Missing;
use sealer_model::event::{Meter, Transfer};
use sealer_model::image::Descriptor;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Blobs on their way at the same time over the one connection; more only keeps small ones from waiting for large ones.
const PARALLEL_BLOBS: usize = 4;

/// Sends what is missing, and tells how many bytes these are. `title` is what people are told meanwhile.
pub(super) async fn send_blobs(on: &On<'_, Delivery>, blobs: &[Descriptor], title: &str) -> Result<u64, Error> {
    let missing = on.agent()?.missing_blobs(blobs).await?;
    let of = |missing: &Missing| blobs.iter().find(|blob| blob.digest == missing.digest);
    let missing: Vec<(Descriptor, u64)> =
        missing.iter().filter_map(|missing| Some((of(missing)?.clone(), missing.offset))).collect();
    let bytes = missing.iter().map(|(blob, offset)| blob.size.saturating_sub(*offset)).sum();
    let transfer = Transfer { title: title.to_owned(), host: Some(on.address().to_string()), digest: None };
    let meter = Arc::new(Mutex::new(Meter::new(&on.fleet().listener, transfer, Some(bytes))));
    stream::iter(missing)
        .map(|missing| send(on, missing, Arc::clone(&meter)))
        .buffer_unordered(PARALLEL_BLOBS)
        .try_collect::<()>()
        .await?;
    Ok(bytes)
}

/// Sends a blob from an offset on; the bytes of all blobs are counted together.
async fn send(on: &On<'_, Delivery>, (blob, offset): (Descriptor, u64), meter: Arc<Mutex<Meter>>) -> Result<(), Error> {
    let opened = on.context.blobs.open(&blob, offset).await;
    let reader = opened.map_err(|source| Error::Blob { digest: blob.digest.clone(), source })?;
    let reader = on.fleet().pace().keep(reader);
    let before = AtomicU64::new(0);
    let progress = move |sent| {
        let more = sent - before.swap(sent, Ordering::Relaxed);
        meter.lock().unwrap_or_else(PoisonError::into_inner).advance(more, Instant::now());
    };
    on.agent()?.send_blob(&blob.digest, offset, reader, progress).await?;
    Ok(())
}
