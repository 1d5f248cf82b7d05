//! The body of an upload: a stretch of a blob, from the disk as the connection takes it, watched so that a registry which
//! takes nothing any more does not hold us for ever.

use super::super::answer::{silent, unreachable};
use super::super::{RemoteError, Repository, Throttle};
use crate::blocking::blocking;
use crate::error::{Result, at};
use crate::progress::Part;
use crate::store::Store;
use futures_util::StreamExt as _;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use reqwest::{Body, Method, Response, Url};
use sealer_model::Digest;
use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::time::Instant;
use tokio_util::io::ReaderStream;

/// The longest time in which nothing is taken; a registry may need some to put a large blob in its place.
const SILENCE: Duration = Duration::from_secs(120);

/// How often is looked how far the registry has taken a blob.
const LOOK: Duration = Duration::from_millis(100);

const PIECE: usize = 256 * 1024;

/// Bytes of a blob of the store.
#[derive(Clone, Copy)]
pub(super) struct Stretch<'a> {
    pub(super) store: &'a Store,
    pub(super) digest: &'a Digest,
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Repository {
    /// Sends a stretch and watches that it moves.
    pub(super) async fn stream(
        &self,
        method: Method,
        place: &Url,
        stretch: Stretch<'_>,
        range: Option<String>,
        part: &Part<'_>,
    ) -> Result<Response> {
        self.endpoint.reach.check(&self.endpoint.registry)?;
        let (sent, throttle) = (Arc::new(AtomicU64::new(stretch.start)), &self.client.0.throttle);
        let request = self.endpoint.http.request(method, place.clone());
        let request = request.header(CONTENT_LENGTH, stretch.end - stretch.start);
        let request =
            request.header(CONTENT_TYPE, "application/octet-stream").body(body(stretch, &sent, throttle).await?);
        let request = match range {
            Some(range) => request.header(CONTENT_RANGE, range),
            None => request,
        };
        let ours = place.origin() == self.endpoint.base.origin();
        let request = if ours { self.authorized(request) } else { request };
        let response: std::result::Result<Response, RemoteError> = tokio::select! {
            response = request.send() => response.map_err(|source| unreachable(place, source)),
            () = stalled(&sent, part) => Err(silent(place, SILENCE)),
        };
        Ok(response?)
    }
}

/// The bytes as the connection takes them, counted.
async fn body(stretch: Stretch<'_>, sent: &Arc<AtomicU64>, throttle: &Throttle) -> Result<Body> {
    let (file, sent) = (open(stretch).await?, Arc::clone(sent));
    let content = tokio::fs::File::from_std(file).take(stretch.end - stretch.start);
    let pieces = ReaderStream::with_capacity(throttle.lead(Box::new(content)), PIECE);
    Ok(Body::wrap_stream(pieces.inspect(move |piece| {
        let length = piece.as_ref().map_or(0, |piece| piece.len() as u64);
        sent.fetch_add(length, Ordering::Relaxed);
    })))
}

async fn open(stretch: Stretch<'_>) -> Result<File> {
    let (store, digest, start) = (stretch.store.clone(), stretch.digest.clone(), stretch.start);
    let open = move || {
        let mut file = store.open_blob(&digest)?;
        file.seek(SeekFrom::Start(start)).map_err(at(&store.blob_path(&digest)))?;
        Ok(file)
    };
    blocking("an upload", open).await
}

/// Follows an upload; ends when it has not moved for too long.
async fn stalled(sent: &AtomicU64, part: &Part<'_>) {
    let (mut position, mut since) = (0, Instant::now());
    while since.elapsed() < SILENCE {
        tokio::time::sleep(LOOK).await;
        let now = sent.load(Ordering::Relaxed);
        if now != position {
            (position, since) = (now, Instant::now());
            part.reach(position);
        }
    }
}
