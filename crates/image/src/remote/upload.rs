//! Blobs from the store to a registry: asked for first, borrowed from another repository of the same registry where one
//! is known to have them, and only then sent, each in one stream from the disk. When a large one breaks off, the registry is
//! asked how much of it has arrived, and only the rest is sent; a registry that does not know gets it from the beginning.

mod stream;

use super::answer::expect;
use super::location::location;
use super::retry::retry;
use super::{RemoteError, Repository};
use crate::error::{Error, Result};
use crate::progress::{Part, Progress};
use crate::store::Store;
use reqwest::header::{CONTENT_LENGTH, RANGE};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use sealer_model::Digest;
use sealer_model::image::Descriptor;
use stream::Stretch;
use tokio::sync::Mutex;

/// Smaller blobs are sent with one request less, and again as a whole if need be.
const LARGE: u64 = 4 * 1024 * 1024;

/// What the tries to send one blob hand on to one another.
struct Uploading {
    /// An upload that the registry began when it was asked for something else; the first try goes on with it.
    begun: Mutex<Option<Url>>,
    /// An upload that broke off; the next try asks what has arrived of it.
    broken_off: Mutex<Option<Url>>,
}

/// What became of the wish to take a blob from another repository.
enum Borrowed {
    Yes,
    /// Perhaps an upload was begun instead.
    Not(Option<Url>),
}

impl Repository {
    /// Brings a blob of the store to the registry, unless it is there. `sources` are other repositories of the registry that
    /// may have it.
    pub(crate) async fn send_blob(
        &self,
        store: &Store,
        blob: &Descriptor,
        sources: &[String],
        progress: &Progress,
    ) -> Result<()> {
        let part = progress.part();
        if self.has_blob(&blob.digest).await? {
            part.reach(blob.size);
            return Ok(());
        }
        let Borrowed::Not(begun) = self.borrow(&blob.digest, sources).await else {
            part.reach(blob.size);
            return Ok(());
        };
        let uploading = Uploading { begun: Mutex::new(begun), broken_off: Mutex::default() };
        retry(|| self.upload(store, blob, &part, &uploading)).await
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

    /// Asks the registry to take a blob from another of its repositories. That is only a shorter way: where it leads nowhere, for
    /// whatever reason, the blob is sent. A registry that does not find it there begins an upload instead.
    async fn borrow(&self, digest: &Digest, sources: &[String]) -> Borrowed {
        let mut begun = None;
        for source in sources {
            if let Some(unused) = begun.take() {
                self.cancel(&unused).await;
            }
            let mut url = self.url("blobs/uploads/");
            url.query_pairs_mut().append_pair("mount", digest.as_str()).append_pair("from", source);
            let post = || empty(self.endpoint.http.post(url.clone()));
            let Ok(response) = self.send_with_source(&url, source, post).await else { continue };
            match response.status() {
                StatusCode::CREATED => return Borrowed::Yes,
                StatusCode::ACCEPTED => begun = location(&self.endpoint.base, &url, &response).ok(),
                _ => {}
            }
        }
        Borrowed::Not(begun)
    }

    /// Ends an upload that nothing is sent to. A registry that does not take that forgets it by itself some day.
    async fn cancel(&self, place: &Url) {
        let _ = self.send(place, || self.endpoint.http.delete(place.clone())).await;
    }

    async fn upload(&self, store: &Store, blob: &Descriptor, part: &Part<'_>, uploading: &Uploading) -> Result<()> {
        let (place, offset) = self.place(blob, uploading).await?;
        part.reach(offset);
        if blob.size < LARGE {
            return self.end(store, blob, place, 0, part).await;
        }
        // Until it is over, this is where the next try asks.
        *uploading.broken_off.lock().await = Some(place.clone());
        let place = match self.send_rest(store, blob, place, offset, part).await {
            Err(Error::Remote(RemoteError::Status { status: 400..500, .. })) if offset > 0 => {
                // It told how much it has and does not take the rest.
                part.reach(0);
                let place = self.begin().await?;
                self.send_rest(store, blob, place, 0, part).await?
            }
            sent => sent?,
        };
        *uploading.broken_off.lock().await = Some(place.clone());
        self.end(store, blob, place, blob.size, part).await
    }

    /// Where to send to, and what has arrived there.
    async fn place(&self, blob: &Descriptor, uploading: &Uploading) -> Result<(Url, u64)> {
        if let Some(begun) = uploading.begun.lock().await.take() {
            return Ok((begun, 0));
        }
        let before = uploading.broken_off.lock().await.take();
        if let Some(place) = before
            && let Some(found) = self.arrived(&place, blob.size).await
        {
            return Ok(found);
        }
        Ok((self.begin().await?, 0))
    }

    async fn begin(&self) -> Result<Url> {
        let url = self.url("blobs/uploads/");
        let response = self.send(&url, || empty(self.endpoint.http.post(url.clone()))).await?;
        let response = expect(&url, response, &[StatusCode::ACCEPTED]).await?;
        Ok(location(&self.endpoint.base, &url, &response)?)
    }

    /// How much of an upload has arrived. Not every registry knows, and to begin again is always right.
    async fn arrived(&self, place: &Url, size: u64) -> Option<(Url, u64)> {
        let response = self.send(place, || self.endpoint.http.get(place.clone())).await.ok()?;
        if response.status() != StatusCode::NO_CONTENT {
            return None;
        }
        let offset = taken(&response)?;
        let next = location(&self.endpoint.base, place, &response).unwrap_or_else(|_| place.clone());
        (offset <= size).then_some((next, offset))
    }

    /// Sends everything from `offset` on as one chunk.
    async fn send_rest(
        &self,
        store: &Store,
        blob: &Descriptor,
        place: Url,
        offset: u64,
        part: &Part<'_>,
    ) -> Result<Url> {
        if offset == blob.size {
            return Ok(place);
        }
        let stretch = Stretch { store, digest: &blob.digest, start: offset, end: blob.size };
        // A chunk that is everything needs no range, and there are registries that take none.
        let range = (offset > 0).then(|| format!("{offset}-{}", blob.size - 1));
        let response = self.stream(Method::PATCH, &place, stretch, range, part).await?;
        let response = self.let_in(response)?;
        let response = expect(&place, response, &[StatusCode::ACCEPTED, StatusCode::NO_CONTENT]).await?;
        Ok(location(&self.endpoint.base, &place, &response)?)
    }

    /// Ends an upload with whatever was not sent, from `offset` on.
    async fn end(&self, store: &Store, blob: &Descriptor, place: Url, offset: u64, part: &Part<'_>) -> Result<()> {
        let mut place = place;
        place.query_pairs_mut().append_pair("digest", blob.digest.as_str());
        let stretch = Stretch { store, digest: &blob.digest, start: offset, end: blob.size };
        let response = self.stream(Method::PUT, &place, stretch, None, part).await?;
        let response = self.let_in(response)?;
        expect(&place, response, &[StatusCode::CREATED, StatusCode::NO_CONTENT]).await?;
        part.reach(blob.size);
        Ok(())
    }

    /// A body that streams can be sent only once, so the next try logs in anew.
    fn let_in(&self, response: Response) -> std::result::Result<Response, RemoteError> {
        if response.status() == StatusCode::UNAUTHORIZED { Err(self.expired()) } else { Ok(response) }
    }
}

fn empty(request: RequestBuilder) -> RequestBuilder {
    request.header(CONTENT_LENGTH, 0)
}

/// `0-9`, perhaps with its unit before it, says that ten bytes are there. An upload of which nothing has arrived says `0-0`,
/// as one of one byte does; a large one that is a byte long is none.
fn taken(response: &Response) -> Option<u64> {
    let text = response.headers().get(RANGE)?.to_str().ok()?;
    let last: u64 = text.trim_start_matches("bytes=").strip_prefix("0-")?.parse().ok()?;
    Some(if last == 0 { 0 } else { last.checked_add(1)? })
}
