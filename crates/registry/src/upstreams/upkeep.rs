//! Looking after what upstreams gave, also while the registry runs or is not configured for them any more.

use super::cache::{Cache, superfluous};
use sealer_image::{Collected, Result, Scan, Store};
use sealer_model::event::Listener;
use std::time::{Duration, SystemTime};

/// What is cached beside a store.
pub(crate) fn usage(store: &Store) -> Result<Collected> {
    Ok(Cache::existing(store)?.map(|cache| cache.kept()).transpose()?.map(|(kept, _)| sum(&kept)).unwrap_or_default())
}

/// Removes, or only counts, what nobody has used for so long and what is more than so many bytes.
pub(crate) fn trim(store: &Store, bytes: u64, unused: Duration, dry_run: bool) -> Result<Collected> {
    let Some(cache) = Cache::existing(store)? else {
        return Ok(Collected::default());
    };
    if dry_run {
        return Ok(sum(&superfluous(cache.kept()?.0, bytes, unused, SystemTime::now())));
    }
    Ok(sum(&cache.trim(bytes, unused)?.going))
}

/// Reads every cached blob.
pub(crate) fn scan(store: &Store) -> Result<Option<Scan>> {
    Cache::existing(store)?.map(|cache| cache.store.scan(&Listener::deaf())).transpose()
}

fn sum(kept: &[super::cache::Kept]) -> Collected {
    kept.iter()
        .fold(Collected::default(), |sum, blob| Collected { blobs: sum.blobs + 1, bytes: sum.bytes + blob.bytes })
}
