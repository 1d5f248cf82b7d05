//! Files from the web into the store. A file with a known digest that is here needs no request; one that the server gives a tag of its
//! state is fetched again only when that has changed. What breaks off on its way goes on where it was.

mod arriving;

use super::answer::{ask, expect, protocol};
use super::retry::retry;
use super::{Client, RemoteError};
use crate::blocking::blocking;
use crate::error::{Error, Result};
use crate::store::{RememberedFile, Store};
use arriving::Arriving;
use reqwest::header::{ETAG, HeaderMap, IF_NONE_MATCH, IF_RANGE, RANGE};
use reqwest::{RequestBuilder, Response, StatusCode, Url};
use sealer_model::Digest;
use sealer_model::event::Listener;

/// A file in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedFile {
    /// Its digest, under which the store has it.
    pub digest: Digest,
    /// Its bytes.
    pub size: u64,
}

impl Client {
    /// Brings the file at an address into the store. Without TLS, only from this machine and from hosts that were called insecure, or
    /// with the digest that it must have. Nothing in the store leads to it, so whoever needs it keeps garbage from being collected.
    ///
    /// # Errors
    /// When the address is none, the server cannot be reached or does not have the file, or it has another digest than `expected`.
    pub async fn fetch_file(
        &self,
        store: &Store,
        url: &str,
        expected: Option<&Digest>,
        listener: &Listener,
    ) -> Result<FetchedFile> {
        if let Some(here) = known(store, expected).await? {
            return Ok(here);
        }
        let url = self.checked(url, expected)?;
        let endpoint = self.0.connector.host(&url)?;
        let fetching = Fetching { store, url: &url, endpoint: &endpoint, listener };
        match expected {
            Some(digest) => fetching.known(digest).await,
            None => fetching.unknown().await,
        }
    }

    fn checked(&self, text: &str, expected: Option<&Digest>) -> std::result::Result<Url, RemoteError> {
        let url = Url::parse(text).map_err(|_| RemoteError::Address { registry: text.to_owned() })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(protocol(
                &url,
                "a name and a password do not belong into an address, which is kept in the image",
            ));
        }
        let trusted = url.scheme() == "https" || expected.is_some() || self.0.connector.may_be_plain(&url);
        if trusted { Ok(url) } else { Err(protocol(&url, "without TLS anybody could change the file on its way")) }
    }
}

/// A file whose digest is known and which is here.
async fn known(store: &Store, expected: Option<&Digest>) -> Result<Option<FetchedFile>> {
    let Some(digest) = expected.cloned() else { return Ok(None) };
    let store = store.clone();
    let look = move || Ok(store.blob_size(&digest)?.map(|size| FetchedFile { digest, size }));
    blocking("a download", look).await
}

/// One file that is fetched.
struct Fetching<'a> {
    store: &'a Store,
    url: &'a Url,
    endpoint: &'a reqwest::Client,
    listener: &'a Listener,
}

impl Fetching<'_> {
    /// A file with this digest. What an earlier command left of it counts, unless it was the damaged half.
    async fn known(&self, digest: &Digest) -> Result<FetchedFile> {
        let (store, wanted) = (self.store.clone(), digest.clone());
        let left = blocking("a download", move || store.partial_size(&wanted)).await?;
        match retry(|| self.known_once(digest)).await {
            Err(Error::Damaged { .. }) if left > 0 => retry(|| self.known_once(digest)).await,
            fetched => fetched,
        }
    }

    async fn known_once(&self, digest: &Digest) -> Result<FetchedFile> {
        let mut arriving = Arriving::known(self.store, digest).await?;
        // whoever else fetched it may have ended meanwhile
        if let Some(here) = known(self.store, Some(digest)).await? {
            return Ok(here);
        }
        let mut response = self.from(arriving.offset(), |request| request).await?;
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            arriving = arriving.restart().await?;
            response = self.from(0, |request| request).await?;
        }
        let response = expect(self.url, response, &[StatusCode::OK, StatusCode::PARTIAL_CONTENT]).await?;
        arriving = arriving.take(self.url, response, self.listener).await.map_err(|(_, error)| error)?;
        arriving.finish(self.url).await
    }

    /// A file that is whatever the server says. Only a server that names the state of the file can go on with the same one.
    async fn unknown(&self) -> Result<FetchedFile> {
        let (store, asked) = (self.store.clone(), self.url.to_string());
        let remembered = blocking("a download", move || store.remembered_file(&asked)).await?;
        let broken_off = tokio::sync::Mutex::new(None);
        retry(|| async {
            let half = broken_off.lock().await.take();
            match half {
                Some((arriving, etag)) => self.rest(arriving, etag, &broken_off).await,
                None => self.whole(remembered.as_ref(), &broken_off).await,
            }
        })
        .await
    }

    async fn whole(&self, remembered: Option<&RememberedFile>, broken_off: &BrokenOff) -> Result<FetchedFile> {
        let etag = remembered.and_then(|file| Some((file, file.etag.as_ref()?)));
        let asked = |request: RequestBuilder| match etag {
            Some((_, etag)) => request.header(IF_NONE_MATCH, etag),
            None => request,
        };
        let response = self.from(0, asked).await?;
        if let (StatusCode::NOT_MODIFIED, Some((file, _))) = (response.status(), etag) {
            return Ok(FetchedFile { digest: file.digest.clone(), size: file.size });
        }
        let response = expect(self.url, response, &[StatusCode::OK]).await?;
        self.received(Arriving::unknown(self.store)?, response, broken_off).await
    }

    async fn rest(&self, half: Arriving, etag: String, broken_off: &BrokenOff) -> Result<FetchedFile> {
        let response = self.from(half.offset(), |request| request.header(IF_RANGE, &etag)).await?;
        let goes_on = response.status() == StatusCode::PARTIAL_CONTENT && self::etag(response.headers()) == Some(etag);
        if goes_on {
            return self.received(half, response, broken_off).await;
        }
        let response = match response.status() {
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => self.from(0, |request| request).await?,
            _ => response,
        };
        let response = expect(self.url, response, &[StatusCode::OK]).await?;
        self.received(Arriving::unknown(self.store)?, response, broken_off).await
    }

    async fn received(&self, arriving: Arriving, response: Response, broken_off: &BrokenOff) -> Result<FetchedFile> {
        let etag = etag(response.headers());
        let arriving = match arriving.take(self.url, response, self.listener).await {
            Ok(arriving) => arriving,
            Err((half, error)) => {
                *broken_off.lock().await = half.zip(etag);
                return Err(error);
            }
        };
        let fetched = arriving.finish(self.url).await?;
        let (url, digest, size) = (self.url.to_string(), fetched.digest.clone(), fetched.size);
        let store = self.store.clone();
        let remembered = RememberedFile { url, etag, digest, size };
        blocking("a download", move || store.remember_file(&remembered)).await?;
        Ok(fetched)
    }

    /// Asks for the file from a byte on.
    async fn from(
        &self,
        offset: u64,
        with: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> std::result::Result<Response, RemoteError> {
        let request = with(self.endpoint.get(self.url.clone()));
        let request = if offset == 0 { request } else { request.header(RANGE, format!("bytes={offset}-")) };
        ask(self.url, request).await
    }
}

/// What has arrived of a file when its connection broke, and the state of the file that it is of.
type BrokenOff = tokio::sync::Mutex<Option<(Arriving, String)>>;

/// What the server calls this state of the file. A weak tag may stay the same while bytes change.
fn etag(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(ETAG)?.to_str().ok()?;
    (!text.starts_with("W/")).then(|| text.to_owned())
}
