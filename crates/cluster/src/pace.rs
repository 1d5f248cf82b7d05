//! How fast an image may leave this machine: all its streams together, whatever their number, because it is one cable that others need, too.

use crate::blobs::Reader;
use std::num::NonZeroU64;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// A limit that streams share, or none.
#[derive(Clone, Debug, Default)]
pub struct Pace(Option<Arc<Limit>>);

#[derive(Debug)]
struct Limit {
    bytes_per_second: NonZeroU64,
    /// Until when what was read so far keeps the cable busy.
    busy: Mutex<Option<Instant>>,
}

impl Pace {
    /// So many bytes in a second.
    #[must_use]
    pub fn of(bytes_per_second: NonZeroU64) -> Self {
        Self(Some(Arc::new(Limit { bytes_per_second, busy: Mutex::default() })))
    }

    /// The reader, no faster than that.
    #[must_use]
    pub fn keep(&self, reader: Reader) -> Reader {
        match &self.0 {
            Some(limit) => Box::new(Paced { reader, limit: Arc::clone(limit), waiting: None }),
            None => reader,
        }
    }
}

impl Limit {
    /// Until when so many bytes more, read now, keep the cable busy.
    fn read(&self, bytes: usize, now: Instant) -> Instant {
        let takes = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second.get() as f64);
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let until = busy.map_or(now, |until| until.max(now)) + takes;
        *busy = Some(until);
        until
    }
}

/// A reader that waits.
struct Paced {
    reader: Reader,
    limit: Arc<Limit>,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if let Some(waiting) = &mut self.waiting {
            ready!(waiting.as_mut().poll(context));
            self.waiting = None;
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.reader).poll_read(context, buffer))?;
        let read = buffer.filled().len() - before;
        if read > 0 {
            self.waiting = Some(Box::pin(sleep_until(self.limit.read(read, Instant::now()))));
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(bytes_per_second: u64) -> Limit {
        Limit { bytes_per_second: NonZeroU64::new(bytes_per_second).unwrap(), busy: Mutex::default() }
    }

    #[test]
    fn what_is_read_keeps_the_cable_busy_for_its_time_whoever_reads_it() {
        let (limit, began) = (limit(1000), Instant::now());
        assert_eq!(limit.read(500, began), began + Duration::from_millis(500));
        assert_eq!(limit.read(250, began), began + Duration::from_millis(750));
    }

    #[test]
    fn a_rest_is_not_made_up_for_by_a_burst() {
        let (limit, began) = (limit(1000), Instant::now());
        limit.read(500, began);
        let later = began + Duration::from_secs(10);
        assert_eq!(limit.read(1000, later), later + Duration::from_secs(1));
    }

    #[tokio::test]
    async fn all_bytes_come_through() {
        let content: Vec<u8> = (0..100_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let pace = Pace::of(NonZeroU64::new(10_000_000).unwrap());
        let mut reader = pace.keep(Box::new(std::io::Cursor::new(content.clone())));
        let mut read = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut reader, &mut read).await.unwrap();
        assert_eq!(read, content);
    }
}
