//! Blobs from the store to a registry: asked for first, borrowed from another repository of the same registry where one
//! is known to have them, and only then sent, each in one stream from the disk. A try that fails begins again.

use super::answer::{expect, silent, unreachable};
use super::location::location;
use super::retry::retry;
use super::{RemoteError, Repository};
use crate::blocking::blocking;
use crate::error::{Result, at};
use crate::progress::{Part, Progress};
use crate::store::Store;
use futures_util::StreamExt as _;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::{Body, RequestBuilder, Response, StatusCode, Url};
use sealer_model::Digest;
use sealer_model::image::Descriptor;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::io::ReaderStream;

/// The longest time in which nothing is taken; a registry may need some to put a large blob in its place.
const SILENCE: Duration = Duration::from_secs(120);

/// How often is looked how far the registry has taken a blob.
const LOOK: Duration = Duration::from_millis(100);

const PIECE: usize = 256 * 1024;

impl Repository {
    /// Brings a blob of the store to the registry, unless it is there. `source` is another repository of the registry that
    /// may have it.
    pub(crate) async fn send_blob(
        &self,
        store: &Store,
        blob: &Descriptor,
        source: Option<&str>,
        progress: &Progress,
    ) -> Result<()> {
        let part = progress.part();
        if self.has_blob(&blob.digest).await? || self.borrow(&blob.digest, source).await {
            part.reach(blob.size);
            return Ok(());
        }
        retry(|| self.upload(store, blob, &part)).await
    }

    /// Whether the registry has a blob in this repository.
    async fn has_blob(&self, digest: &Digest) -> Result<bool> {
        let url = self.blob_url(digest);
        retry(|| async {
            let response = self.send(&url, || self.endpoint.http.head(url.clone())).await?;
            if response.status() == StatusCode::NOT_FOUND {
                return Ok(false);
            }
            expect(&url, response, &[StatusCode::OK]).await?;
            Ok(true)
        })
        .await
    }

    /// Asks the registry to take a blob from another repository. That is only a shorter way: where it leads nowhere, for
    /// whatever reason, the blob is sent.
    async fn borrow(&self, digest: &Digest, source: Option<&str>) -> bool {
        let Some(source) = source else { return false };
        let mut url = self.url("blobs/uploads/");
        url.query_pairs_mut().append_pair("mount", digest.as_str()).append_pair("from", source);
        let post = || empty(self.endpoint.http.post(url.clone()));
        let answer = self.send_with_source(&url, source, post).await;
        answer.is_ok_and(|response| response.status() == StatusCode::CREATED)
    }

    async fn upload(&self, store: &Store, blob: &Descriptor, part: &Part<'_>) -> Result<()> {
        part.reach(0);
        let url = self.url("blobs/uploads/");
        let response = self.send(&url, || empty(self.endpoint.http.post(url.clone()))).await?;
        let response = expect(&url, response, &[StatusCode::ACCEPTED]).await?;
        let mut place = location(&self.endpoint.base, &url, &response)?;
        place.query_pairs_mut().append_pair("digest", blob.digest.as_str());
        let (file, size) = open(store, &blob.digest).await?;
        let response = self.put(&place, file, size, part).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            return Err(self.expired().into());
        }
        expect(&place, response, &[StatusCode::CREATED, StatusCode::NO_CONTENT]).await?;
        part.reach(blob.size);
        Ok(())
    }

    /// Sends a file and watches that it moves.
    async fn put(
        &self,
        place: &Url,
        file: File,
        size: u64,
        part: &Part<'_>,
    ) -> std::result::Result<Response, RemoteError> {
        let sent = Arc::new(AtomicU64::new(0));
        let request = self.endpoint.http.put(place.clone()).body(body(file, &sent));
        let request = request.header(CONTENT_LENGTH, size).header(CONTENT_TYPE, "application/octet-stream");
        let ours = place.origin() == self.endpoint.base.origin();
        let request = if ours { self.authorized(request) } else { request };
        tokio::select! {
            response = request.send() => response.map_err(|source| unreachable(place, source)),
            () = stalled(&sent, part) => Err(silent(place, SILENCE)),
        }
    }
}

fn empty(request: RequestBuilder) -> RequestBuilder {
    request.header(CONTENT_LENGTH, 0)
}

async fn open(store: &Store, digest: &Digest) -> Result<(File, u64)> {
    let (store, digest) = (store.clone(), digest.clone());
    let open = move || {
        let file = store.open_blob(&digest)?;
        let size = file.metadata().map_err(at(&store.blob_path(&digest)))?.len();
        Ok((file, size))
    };
    blocking("an upload", open).await
}

/// The bytes of a file as the connection takes them, counted.
fn body(file: File, sent: &Arc<AtomicU64>) -> Body {
    let sent = Arc::clone(sent);
    let pieces = ReaderStream::with_capacity(tokio::fs::File::from_std(file), PIECE);
    Body::wrap_stream(pieces.inspect(move |piece| {
        let length = piece.as_ref().map_or(0, |piece| piece.len() as u64);
        sent.fetch_add(length, Ordering::Relaxed);
    }))
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
