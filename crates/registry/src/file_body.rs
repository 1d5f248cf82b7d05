//! A part of a file as the body of an answer, piece by piece: announced to the connection, which sends it by itself, or read, where
//! the connection has to encrypt it. What is not in the system's memory yet is fetched by a thread that may block, because
//! whoever waited for the disk here would keep every other connection waiting.

use crate::wire::{Files, LONGEST};
use axum::body::HttpBody;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use rustix::fs::Advice;
use rustix::io::{Errno, ReadWriteFlags, pread, preadv2};
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::num::NonZeroU64;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::task::{JoinHandle, spawn_blocking};

/// Distance of the places that are touched when a piece is fetched; the system reads ahead at least that far.
const STRIDE: usize = 64 * 1024;

/// Bytes that are read at a time; a connection holds a few of these pieces.
const READ: usize = 64 * 1024;

/// Bytes `offset` to `offset + left` of a file.
#[derive(Debug)]
pub(crate) struct FileBody {
    /// Where pieces are announced; without it they are read.
    files: Option<Arc<Files>>,
    file: Arc<File>,
    offset: u64,
    left: u64,
    fetching: Option<JoinHandle<io::Result<()>>>,
}

impl FileBody {
    pub(crate) fn new(files: Option<Arc<Files>>, file: File, offset: u64, length: u64) -> Self {
        Self { files, file: Arc::new(file), offset, left: length, fetching: None }
    }

    fn piece(&self) -> usize {
        let longest = if self.files.is_some() { LONGEST } else { READ };
        usize::try_from(self.left).unwrap_or(longest).min(longest)
    }

    fn next(&mut self, length: usize) -> io::Result<Bytes> {
        let piece = match &self.files {
            Some(files) => files.announce(self.file.clone(), self.offset, length),
            None => {
                let mut piece = vec![0; length];
                self.file.read_exact_at(&mut piece, self.offset)?;
                piece.into()
            }
        };
        self.offset += length as u64;
        self.left -= length as u64;
        Ok(piece)
    }
}

impl HttpBody for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let length = self.piece();
        if length == 0 {
            return Poll::Ready(None);
        }
        if let Some(fetching) = &mut self.fetching {
            let fetched = ready!(Pin::new(fetching).poll(context));
            self.fetching = None;
            if let Err(error) = fetched.unwrap_or_else(|ended| Err(io::Error::other(ended))) {
                return Poll::Ready(Some(Err(error)));
            }
        } else if !is_in_memory(&self.file, self.offset, length) {
            let (file, offset) = (self.file.clone(), self.offset);
            self.fetching = Some(spawn_blocking(move || fetch(&file, offset, length)));
            return self.poll_frame(context);
        }
        Poll::Ready(Some(self.next(length).map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Whether the ends of a piece can be read without the disk, and so most likely all of it. Where the file system cannot say,
/// the answer is yes.
fn is_in_memory(file: &File, offset: u64, length: usize) -> bool {
    [offset, offset + length as u64 - 1].into_iter().all(|place| {
        let mut byte = [0];
        let read = preadv2(file, &mut [IoSliceMut::new(&mut byte)], place, ReadWriteFlags::NOWAIT);
        !matches!(read, Err(Errno::AGAIN))
    })
}

fn fetch(file: &File, offset: u64, length: usize) -> io::Result<()> {
    rustix::fs::fadvise(file, offset, NonZeroU64::new(length as u64), Advice::WillNeed)?;
    for place in (0..length).step_by(STRIDE).chain([length - 1]) {
        pread(file, &mut [0], offset + place as u64)?;
    }
    Ok(())
}
