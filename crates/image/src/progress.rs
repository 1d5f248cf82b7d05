//! Progress of one transfer that consists of many: told in bytes over all of them, some ten times a second and once at the
//! end.

use sealer_model::event::{Listener, Meter, Transfer};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Counts the bytes of a transfer.
pub(crate) struct Progress {
    meter: Mutex<Meter>,
}

impl Progress {
    /// A transfer of `total` bytes that begins now.
    pub(crate) fn new(listener: &Listener, title: String, total: u64) -> Self {
        let transfer = Transfer { title, host: None, digest: None };
        Self { meter: Mutex::new(Meter::new(listener, transfer, Some(total))) }
    }

    /// One of the parts of the transfer.
    pub(crate) fn part(&self) -> Part<'_> {
        Part { progress: self, position: AtomicU64::new(0) }
    }

    /// Tells where the transfer ended.
    pub(crate) fn finish(&self) {
        self.meter().finish(Instant::now());
    }

    /// A counter that panicked has left nothing half-done in a number.
    fn meter(&self) -> MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The position in one part; going back there takes its bytes from the whole, too.
pub(crate) struct Part<'a> {
    progress: &'a Progress,
    position: AtomicU64,
}

impl Part<'_> {
    /// So many bytes of the part have moved.
    pub(crate) fn reach(&self, position: u64) {
        let before = self.position.swap(position, Ordering::Relaxed);
        let mut meter = self.progress.meter();
        let done = meter.done().saturating_sub(before) + position;
        meter.reach(done, Instant::now());
    }

    /// So many more bytes of the part have moved.
    pub(crate) fn advance(&self, bytes: u64) {
        self.reach(self.position.load(Ordering::Relaxed) + bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::event::Event;
    use std::sync::Arc;

    #[test]
    fn a_part_that_begins_again_is_not_counted_twice() {
        let last = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&last);
        let listener = Listener::new(move |event| *seen.lock().unwrap() = Some(event));
        let progress = Progress::new(&listener, "pull a".into(), 30);
        progress.part().reach(10);
        let part = progress.part();
        part.advance(15);
        part.reach(0);
        part.advance(20);
        progress.finish();
        let Some(Event::Bytes { transfer, done, total }) = last.lock().unwrap().clone() else {
            panic!("nothing was told");
        };
        assert_eq!((transfer.title.as_str(), done, total), ("pull a", 30, Some(30)));
    }
}
