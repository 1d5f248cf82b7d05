//! How much room the cache takes. What comes is added up, so that not every download looks at every file; only when the sum is
//! more than there may be, and now and then, somebody looks, apart from those who serve.

use super::cache::Cache;
use crate::access_log::AccessLog;
use crate::configuration;
use sealer_model::causes::chain;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Between two looks, however little comes.
const NOW_AND_THEN: Duration = Duration::from_secs(60 * 60);

/// The part of the room that is made free at a time, so that at the limit not every download looks.
const SLACK: u64 = 32;

/// The room of one cache.
#[derive(Debug)]
pub(super) struct Room {
    cache: Cache,
    keep: configuration::Cache,
    log: AccessLog,
    /// Bytes, at least as many as there are.
    taken: AtomicU64,
    full: Notify,
}

impl Room {
    pub(super) fn new(cache: Cache, keep: configuration::Cache, log: AccessLog) -> Self {
        Self { cache, keep, log, taken: AtomicU64::new(0), full: Notify::new() }
    }

    /// Notes that so many bytes have come.
    pub(super) fn take(&self, bytes: u64) {
        if self.taken.fetch_add(bytes, Relaxed).saturating_add(bytes) > self.keep.bytes {
            self.full.notify_one();
        }
    }

    /// Makes room whenever there is none, and forgets what nobody has used for long, for as long as the registry runs.
    pub(super) async fn keep(&self) {
        loop {
            if let Err(reason) = self.look().await {
                self.log.remark("cache", None, &reason);
            }
            let _now_and_then = timeout(NOW_AND_THEN, self.full.notified()).await;
        }
    }

    async fn look(&self) -> Result<(), String> {
        // What comes from here on is added to what is found.
        self.taken.store(0, Relaxed);
        let (cache, most, unused) = (self.cache.clone(), self.keep.bytes, self.keep.unused());
        let looked = spawn_blocking(move || {
            let target = |held| if held > most { most - most / SLACK } else { most };
            cache.trim_to(target, unused).map(|trimmed| trimmed.left)
        });
        let left = looked.await.map_err(|error| error.to_string())?.map_err(|error| chain(&error))?;
        self.taken.fetch_add(left, Relaxed);
        Ok(())
    }
}
