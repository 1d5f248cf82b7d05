//! The TCP connection below HTTP, with two abilities that plain sockets lack: it sends files without copying them through
//! this process, and it gives up on clients that stop reading.
//!
//! HTTP/1 writes an answer's head and body in order. A body that is a file therefore need not be bytes: [`Files::announce`]
//! notes which part of which file comes next and hands out a placeholder of the same length, and when the placeholder reaches
//! the socket, the file is sent in its stead by `sendfile`. Placeholders are told from other bytes by their address: they are
//! slices of one static array that nothing else uses.

use bytes::Bytes;
use rustix::fs::sendfile;
use rustix::net::{SendFlags, send};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// The longest placeholder, in bytes.
pub(crate) const LONGEST: usize = 2 * 1024 * 1024;

/// Never written to and never read, so the system gives it no memory.
static PLACEHOLDER: [u8; LONGEST] = [0; LONGEST];

/// The parts of files that a connection is about to send.
#[derive(Debug, Default)]
pub(crate) struct Files(Mutex<VecDeque<Part>>);

#[derive(Debug)]
struct Part {
    file: Arc<File>,
    offset: u64,
    length: usize,
}

impl Files {
    /// Notes what comes next, at most [`LONGEST`] bytes, and returns what stands for it.
    pub(crate) fn announce(&self, file: Arc<File>, offset: u64, length: usize) -> Bytes {
        let length = length.min(LONGEST);
        self.parts().push_back(Part { file, offset, length });
        Bytes::from_static(&PLACEHOLDER[..length])
    }

    fn parts(&self) -> MutexGuard<'_, VecDeque<Part>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends up to `length` bytes of what comes next.
    fn send(&self, stream: &TcpStream, length: usize) -> io::Result<usize> {
        let mut parts = self.parts();
        let unannounced = || io::Error::other("a placeholder that nobody announced");
        let part = parts.front_mut().ok_or_else(unannounced)?;
        let mut offset = part.offset;
        let sent = sendfile(stream, &*part.file, Some(&mut offset), length.min(part.length))?;
        if sent == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is shorter than it was"));
        }
        part.offset = offset;
        part.length -= sent;
        if part.length == 0 {
            parts.pop_front();
        }
        Ok(sent)
    }
}

fn is_placeholder(bytes: &[u8]) -> bool {
    PLACEHOLDER.as_ptr_range().contains(&bytes.as_ptr())
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    files: Arc<Files>,
    patience: Duration,
    /// When the client will have taken nothing for too long, while it takes nothing.
    deadline: Option<Instant>,
    /// Set to the deadline when it is over, and not at every wait: most of these are short.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// `patience` is how long the client may take none of the bytes that it asked for.
    pub(crate) fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, files: Arc::default(), patience, deadline: None, timer: None }
    }

    /// Where files are announced that this connection shall send.
    pub(crate) fn files(&self) -> Arc<Files> {
        self.files.clone()
    }

    fn poll_send(&self, context: &mut Context<'_>, length: usize) -> Poll<io::Result<usize>> {
        self.poll_try(context, length, || self.files.send(&self.stream, length))
    }

    /// The beginning of an answer, which goes into one packet with the file that follows it.
    fn poll_head(&self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_try(context, bytes.len(), || Ok(send(&self.stream, bytes, SendFlags::MORE | SendFlags::NOSIGNAL)?))
    }

    /// Sends up to `length` bytes. When fewer were taken the socket is full, and is waited for without being told so once more.
    fn poll_try(
        &self,
        context: &mut Context<'_>,
        length: usize,
        send: impl Fn() -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_write_ready(context))?;
            let mut some = None;
            let sent = self.stream.try_io(Interest::WRITABLE, || match send()? {
                all if all == length => Ok(all),
                few => {
                    some = Some(few);
                    Err(io::ErrorKind::WouldBlock.into())
                }
            });
            match (sent, some) {
                (_, Some(few)) => return Poll::Ready(Ok(few)),
                (Err(error), None) if error.kind() == io::ErrorKind::WouldBlock => {}
                (sent, None) => return Poll::Ready(sent),
            }
        }
    }

    /// Passes progress on, and turns a wait that lasts too long into an error.
    fn watch<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.deadline = None;
            return written;
        }
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + self.patience);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        loop {
            ready!(timer.as_mut().poll(context));
            if timer.deadline() >= deadline {
                timer.as_mut().reset(deadline + self.patience);
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client has stopped reading")));
            }
            timer.as_mut().reset(deadline);
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Some(start) = slices.iter().position(|slice| !slice.is_empty()) else {
            return Poll::Ready(Ok(0));
        };
        let slices = &slices[start..];
        let written = match slices.iter().position(|slice| is_placeholder(slice)) {
            Some(0) => self.poll_send(context, slices[0].len()),
            Some(1) => self.poll_head(context, &slices[0]),
            place => {
                let bytes = &slices[..place.unwrap_or(slices.len())];
                Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
            }
        };
        self.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
