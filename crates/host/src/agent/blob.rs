//! Blobs on their way to a host: streamed, resumable, counted.

use super::Agent;
use super::connection::Connection;
use super::request::request;
use crate::error::{Error, Result};
use futures_util::StreamExt as _;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::Method;
use hyper::body::{Frame, Incoming};
use sealer_model::Digest;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncRead;
use tokio::time::timeout;
use tokio_util::io::ReaderStream;

const PIECE: usize = 256 * 1024;

/// The longest time without a single byte being taken.
const STALL: Duration = Duration::from_secs(180);

/// What the sending of a blob has come to, shared with the stream that is being sent.
#[derive(Default)]
struct Sending {
    bytes: AtomicU64,
    failure: Mutex<Option<io::Error>>,
}

impl Agent {
    /// Sends a blob from byte `offset` on; `content` begins there. `progress` is told how many bytes of `content` were handed
    /// over so far.
    ///
    /// # Errors
    /// When `content` cannot be read, the host is lost or full, or the host finds another digest.
    pub async fn send_blob(
        &self,
        digest: &Digest,
        offset: u64,
        content: impl AsyncRead + Send + 'static,
        progress: impl Fn(u64) + Send + 'static,
    ) -> Result<()> {
        let target = format!("/blobs/{digest}?offset={offset}");
        self.stream(Method::PATCH, &target, digest.as_str(), content, progress).await
    }

    /// Sends `content` as the body of a request whose success has no answer; `name` is what it is called in messages.
    pub(super) async fn stream(
        &self,
        method: Method,
        target: &str,
        name: &str,
        content: impl AsyncRead + Send + 'static,
        progress: impl Fn(u64) + Send + 'static,
    ) -> Result<()> {
        let what = format!("sending {name}");
        let sending = Arc::new(Sending::default());
        let body = StreamBody::new(frames(content, progress, Arc::clone(&sending)));
        let request = request(method, target, body.boxed_unsync());
        let answer = self.connection.send(&what, request, Duration::MAX);
        let result = watch(&self.connection, &what, &sending, answer).await;
        let failure = sending.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(source) = failure {
            let (host, what) = (self.host().to_owned(), name.to_owned());
            return Err(Error::Content { host, what, source });
        }
        self.connection.successful(&what, result?).await.map(drop)
    }
}

fn frames(
    content: impl AsyncRead + Send + 'static,
    progress: impl Fn(u64) + Send + 'static,
    sending: Arc<Sending>,
) -> impl futures_util::Stream<Item = io::Result<Frame<bytes::Bytes>>> + Send {
    ReaderStream::with_capacity(content, PIECE).map(move |piece| match piece {
        Ok(piece) => {
            let before = sending.bytes.fetch_add(piece.len() as u64, Ordering::Relaxed);
            progress(before + piece.len() as u64);
            Ok(Frame::data(piece))
        }
        Err(error) => {
            // HTTP/2 only tells that the stream broke off; the reason is kept here.
            let reason = io::Error::new(error.kind(), error.to_string());
            *sending.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            Err(reason)
        }
    })
}

/// A blob may be of any size, so there is no limit for the whole of it, but one for standing still.
async fn watch(
    connection: &Connection,
    what: &str,
    sending: &Sending,
    answer: impl Future<Output = Result<hyper::Response<Incoming>>>,
) -> Result<hyper::Response<Incoming>> {
    let mut answer = std::pin::pin!(answer);
    let mut before = 0;
    loop {
        if let Ok(answer) = timeout(STALL, &mut answer).await {
            return answer;
        }
        let now = sending.bytes.load(Ordering::Relaxed);
        if now == before {
            return Err(connection.late(what, STALL));
        }
        before = now;
    }
}
