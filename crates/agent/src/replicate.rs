//! An image fetched from another registry of the site into this host's store: each missing blob from the byte where an earlier try
//! broke off, verified before it counts, and the image named only when it is whole.

use crate::blobs;
use crate::error::Result;
use crate::place::Place;
use crate::registry::Registry;
use crate::retry;
use crate::server::answer::{Teller, blocking};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use sealer_model::Digest;
use sealer_model::agent::{Changed, Progress, Replicate};
use sealer_model::image::Descriptor;
use std::sync::atomic::{AtomicU64, Ordering};

/// Blobs that are fetched at the same time.
const PARALLEL_BLOBS: usize = 4;

/// Fetches what the store lacks and names the image.
pub(crate) async fn replicate(place: &Place, replicate: &Replicate, teller: &Teller) -> Result<Changed> {
    let missing = missing(place, &replicate.blobs).await?;
    let registry = Registry::new(&replicate.source)?;
    let total = missing.iter().map(|blob| blob.size).sum();
    let copying = Copying { place, registry, teller, done: AtomicU64::new(0), total };
    // collected, because the compiler cannot see through a lazy one here that it may go to another thread
    let fetching: Vec<_> = missing.iter().map(|blob| copying.blob(blob)).collect();
    stream::iter(fetching).buffer_unordered(PARALLEL_BLOBS).try_collect::<()>().await?;
    let (place, image) = (place.clone(), replicate.image.clone());
    blocking(move || blobs::install(&place, &image)).await?;
    Ok(Changed::Yes)
}

async fn missing(place: &Place, wanted: &[Descriptor]) -> Result<Vec<Descriptor>> {
    let (place, asked) = (place.clone(), wanted.to_vec());
    let missing = blocking(move || blobs::missing(&place, &asked)).await?;
    let descriptor = |digest: &Digest| wanted.iter().find(|blob| blob.digest == *digest).cloned();
    Ok(missing.iter().filter_map(|blob| descriptor(&blob.digest)).collect())
}

/// A copy on its way.
struct Copying<'a> {
    place: &'a Place,
    registry: Registry,
    teller: &'a Teller,
    done: AtomicU64,
    total: u64,
}

impl Copying<'_> {
    async fn blob(&self, blob: &Descriptor) -> Result<()> {
        retry::patiently(|| self.fetch(&blob.digest)).await?;
        let done = self.done.fetch_add(blob.size, Ordering::Relaxed) + blob.size;
        self.teller.tell(Progress::Bytes(done, self.total));
        Ok(())
    }

    /// One try: from where the last one ended to the end of the blob.
    async fn fetch(&self, digest: &Digest) -> Result<()> {
        let (place, wanted) = (self.place.clone(), digest.clone());
        let offset = blocking(move || blobs::offset(&place, &wanted)).await?;
        let content = self.registry.bytes_from(digest, offset).await?;
        blobs::receive(self.place, digest.clone(), offset, content).await
    }
}
