//! Tells the bytes of one transfer often enough for a moving bar and no more. It reads no clock: whoever counts says what time it is.

use super::{Event, Listener, Transfer};
use std::time::{Duration, Instant};

/// The shortest time between two reports; the end is told at once.
const PAUSE: Duration = Duration::from_millis(100);

/// The position in one transfer, and what was told of it.
#[derive(Debug)]
pub struct Meter {
    listener: Listener,
    transfer: Transfer,
    total: Option<u64>,
    done: u64,
    told: Option<Told>,
}

#[derive(Debug, Clone, Copy)]
struct Told {
    done: u64,
    at: Instant,
}

impl Meter {
    /// A transfer that begins; `total` bytes are to move, where that is known.
    #[must_use]
    pub fn new(listener: &Listener, transfer: Transfer, total: Option<u64>) -> Self {
        Self { listener: listener.clone(), transfer, total, done: 0, told: None }
    }

    /// So many more bytes have moved.
    pub fn advance(&mut self, bytes: u64, now: Instant) {
        self.reach(self.done.saturating_add(bytes), now);
    }

    /// So many bytes have moved in all; fewer than before where a part began again.
    pub fn reach(&mut self, done: u64, now: Instant) {
        self.done = done;
        let ended = self.total == Some(done);
        if ended || self.told.is_none_or(|told| now.saturating_duration_since(told.at) >= PAUSE) {
            self.tell(now);
        }
    }

    /// The bytes that have moved.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done
    }

    /// The transfer is over: its last position is told unless it was.
    pub fn finish(&mut self, now: Instant) {
        self.tell(now);
    }

    fn tell(&mut self, now: Instant) {
        if self.told.is_some_and(|told| told.done == self.done) {
            return;
        }
        self.told = Some(Told { done: self.done, at: now });
        let (transfer, done, total) = (self.transfer.clone(), self.done, self.total);
        self.listener.tell(Event::Bytes { transfer, done, total });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[test]
    fn the_end_is_told_once_and_positions_in_between_with_pauses() {
        let told: Arc<Mutex<Vec<u64>>> = Arc::default();
        let notes = Arc::clone(&told);
        let listener = Listener::new(move |event| {
            if let Event::Bytes { done, .. } = event {
                notes.lock().unwrap().push(done);
            }
        });
        let transfer = Transfer { title: "save".into(), host: None, digest: None };
        let mut meter = Meter::new(&listener, transfer, Some(10));
        let start = Instant::now();
        for (bytes, milliseconds) in [(1, 0), (1, 50), (1, 120), (7, 130), (0, 500)] {
            meter.advance(bytes, start + Duration::from_millis(milliseconds));
        }
        meter.finish(start + Duration::from_secs(1));
        assert_eq!(*told.lock().unwrap(), [1, 3, 10]);
    }
}
