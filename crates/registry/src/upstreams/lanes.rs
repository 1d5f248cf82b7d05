//! How many downloads there are at a time: so many of one registry and so many in all, so that a slow registry does not keep the others
//! waiting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Downloads from one registry at a time.
const EACH: usize = 12;

/// Downloads at a time.
const ALL: usize = 60;

/// Who may download now.
#[derive(Debug)]
pub(super) struct Lanes {
    all: Arc<Semaphore>,
    each: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// The right to download. Both are free again when it is dropped.
pub(super) struct Lane {
    _of_one: Option<OwnedSemaphorePermit>,
    _of_all: Option<OwnedSemaphorePermit>,
    /// Keeps the registry's own count alive.
    _each: Arc<Semaphore>,
}

impl Default for Lanes {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(ALL)), each: Mutex::default() }
    }
}

impl Lanes {
    /// Waits for the right to download from a registry. No semaphore is ever closed.
    pub(super) async fn take(&self, registry: &str) -> Lane {
        let each = self.of(registry);
        let _of_one = each.clone().acquire_owned().await.ok();
        let _of_all = self.all.clone().acquire_owned().await.ok();
        Lane { _of_one, _of_all, _each: each }
    }

    fn of(&self, registry: &str) -> Arc<Semaphore> {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        each.retain(|_, known| known.strong_count() > 0);
        let known = each.get(registry).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let new = Arc::new(Semaphore::new(EACH));
            each.insert(registry.to_owned(), Arc::downgrade(&new));
            new
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[tokio::test]
    async fn a_registry_that_takes_all_its_lanes_leaves_those_of_others_free() {
        let lanes = Lanes::default();
        let mut taken = Vec::new();
        for _ in 0..EACH {
            taken.push(lanes.take("slow.example").await);
        }
        assert!(lanes.take("slow.example").now_or_never().is_none());
        assert!(lanes.take("fast.example").now_or_never().is_some());
        taken.pop();
        assert!(lanes.take("slow.example").now_or_never().is_some());
    }
}
