//! The body of an answer that follows a download: it reads the file as far as it has been written, and waits for more. The last
//! byte is handed out only when the whole has been verified, so that nobody takes for whole what is not.

use super::download::State;
use axum::body::HttpBody;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::sync::{mpsc, watch};

/// Bytes that are read at a time.
const PIECE: u64 = 256 * 1024;

/// Pieces that wait for a client.
const QUEUE: usize = 2;

/// The bytes of a blob while it comes.
#[derive(Debug)]
pub(super) struct Following {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    left: u64,
}

impl Following {
    /// Follows a download until its end, or until the body is dropped.
    pub(super) fn begin(file: Arc<File>, size: u64, state: watch::Receiver<State>) -> Self {
        let (sender, pieces) = mpsc::channel(QUEUE);
        tokio::spawn(async move {
            if let Err(error) = follow(file, size, state, &sender).await {
                // Whoever has gone does not need to know.
                let _gone = sender.send(Err(error)).await;
            }
        });
        Self { pieces, left: size }
    }
}

async fn follow(
    file: Arc<File>,
    size: u64,
    mut state: watch::Receiver<State>,
    pieces: &mpsc::Sender<io::Result<Bytes>>,
) -> io::Result<()> {
    let mut position = 0;
    loop {
        let readable = match &*state.borrow_and_update() {
            State::Coming { written, .. } => (*written).min(size.saturating_sub(1)),
            State::Here => size,
            State::Failed(trouble) => return Err(io::Error::other(trouble.message.clone())),
            State::Asking | State::Absent => 0,
        };
        while position < readable {
            let length = usize::try_from((readable - position).min(PIECE)).map_err(io::Error::other)?;
            let piece = read(file.clone(), position, length).await?;
            position += piece.len() as u64;
            if pieces.send(Ok(piece)).await.is_err() {
                return Ok(());
            }
        }
        if position == size && matches!(&*state.borrow(), State::Here) {
            return Ok(());
        }
        state.changed().await.map_err(io::Error::other)?;
    }
}

async fn read(file: Arc<File>, position: u64, length: usize) -> io::Result<Bytes> {
    let read = move || {
        let mut piece = vec![0; length];
        file.read_exact_at(&mut piece, position).map(|()| piece.into())
    };
    tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
}

impl HttpBody for Following {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match ready!(self.pieces.poll_recv(context)) {
            Some(Ok(piece)) => {
                self.left = self.left.saturating_sub(piece.len() as u64);
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            None if self.left == 0 => Poll::Ready(None),
            None => Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::UnexpectedEof)))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
