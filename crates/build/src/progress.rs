//! Tells how many bytes of a layer are done, often enough for a moving bar and no more.

use sealer_model::event::{Event, Listener, Transfer};
use std::time::{Duration, Instant};

/// The shortest time between two events.
const PAUSE: Duration = Duration::from_millis(100);

/// One transfer.
pub(crate) struct Progress {
    listener: Listener,
    transfer: Transfer,
    done: u64,
    total: u64,
    told: Instant,
}

impl Progress {
    /// A transfer of `total` bytes.
    pub(crate) fn new(listener: &Listener, title: String, total: u64) -> Self {
        let transfer = Transfer { title, host: None, digest: None };
        Self { listener: listener.clone(), transfer, done: 0, total, told: Instant::now() }
    }

    /// More bytes are done.
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.done += bytes as u64;
        if self.told.elapsed() >= PAUSE {
            self.tell();
        }
    }

    /// The transfer is over.
    pub(crate) fn end(mut self) {
        self.tell();
    }

    fn tell(&mut self) {
        self.told = Instant::now();
        let (transfer, done) = (self.transfer.clone(), self.done);
        self.listener.tell(Event::Bytes { transfer, done, total: Some(self.total) });
    }
}
