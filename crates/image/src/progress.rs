//! Progress of one transfer that consists of many: told in bytes over all of them, some ten times a second and once at the
//! end.

use sealer_model::event::{Event, Listener, Transfer};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The shortest time between two reports.
const PAUSE: Duration = Duration::from_millis(100);

/// Counts the bytes of a transfer.
pub(crate) struct Progress {
    listener: Listener,
    transfer: Transfer,
    total: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    done: u64,
    told: Option<Instant>,
}

impl Progress {
    /// A transfer of `total` bytes that begins now.
    pub(crate) fn new(listener: &Listener, title: String, total: u64) -> Self {
        let transfer = Transfer { title, host: None, digest: None };
        Self { listener: listener.clone(), transfer, total, state: Mutex::default() }
    }

    /// One of the parts of the transfer.
    pub(crate) fn part(&self) -> Part<'_> {
        Part { progress: self, position: AtomicU64::new(0) }
    }

    /// Tells where the transfer ended.
    pub(crate) fn finish(&self) {
        let done = self.state.lock().unwrap_or_else(PoisonError::into_inner).done;
        self.tell(done);
    }

    fn change(&self, change: impl FnOnce(u64) -> u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.done = change(state.done);
        if state.told.is_some_and(|told| told.elapsed() < PAUSE) {
            return;
        }
        state.told = Some(Instant::now());
        let done = state.done;
        drop(state);
        self.tell(done);
    }

    fn tell(&self, done: u64) {
        let (transfer, total) = (self.transfer.clone(), Some(self.total));
        self.listener.tell(Event::Bytes { transfer, done, total });
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
        self.progress.change(|done| done.saturating_sub(before) + position);
    }

    /// So many more bytes of the part have moved.
    pub(crate) fn advance(&self, bytes: u64) {
        self.reach(self.position.load(Ordering::Relaxed) + bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
