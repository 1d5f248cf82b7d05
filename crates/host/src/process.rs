//! A program that runs on a host, whichever way the host is reached: its input, its output, the end of what it says about
//! errors, and how it ended.

use bytes::Bytes;
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio_util::io::StreamReader;

/// What is kept of a program's standard error.
const TAIL_BYTES: usize = 64 * 1024;

/// Where a program's standard input is written.
pub type Input = Pin<Box<dyn AsyncWrite + Send>>;

/// Where a program's standard output is read.
pub type Output = Pin<Box<dyn AsyncRead + Send>>;

/// A program on a host. Dropping its output ends it.
pub struct Process {
    /// Its standard input; shutting it down and dropping it is the end of file.
    pub input: Input,
    /// Its standard output.
    pub output: Output,
    /// The end of its standard error.
    pub errors: Tail,
    /// How it ended; an error when the connection was lost first.
    pub exit: oneshot::Receiver<Exit>,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// With this status.
    Status(i32),
    /// By a signal.
    Signal,
}

impl fmt::Display for Exit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(formatter, "exit status {status}"),
            Self::Signal => formatter.write_str("a signal"),
        }
    }
}

/// The last bytes of a stream that nobody may have to read. Cheap to clone.
#[derive(Clone, Default)]
pub struct Tail(Arc<Mutex<VecDeque<u8>>>);

impl Tail {
    /// Takes the next bytes, forgetting the oldest.
    pub fn push(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
        let surplus = (kept.len() + bytes.len()).saturating_sub(TAIL_BYTES);
        kept.drain(..surplus);
        kept.extend(bytes);
    }

    /// What is kept, as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(kept.make_contiguous()).trim_end().to_owned()
    }
}

/// A reader of what a task sends in pieces.
pub(crate) fn reader(mut pieces: mpsc::Receiver<Bytes>) -> Output {
    let stream =
        futures_util::stream::poll_fn(move |context| pieces.poll_recv(context).map(|piece| piece.map(io::Result::Ok)));
    Box::pin(StreamReader::new(stream))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_keeps_the_end_and_no_more() {
        let tail = Tail::default();
        for _ in 0..100 {
            tail.push(&[b'a'; 1000]);
        }
        tail.push(b"the end\n");
        assert_eq!(tail.text().len(), TAIL_BYTES - 1);
        assert!(tail.text().ends_with("athe end"));
        tail.push(&[b'b'; 3 * TAIL_BYTES]);
        assert_eq!(tail.text(), "b".repeat(TAIL_BYTES));
    }
}
