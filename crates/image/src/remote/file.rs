//! Files from the web into the store. A file with a known digest that is here needs no request; one that the server gives a tag of its
//! state is fetched again only when that has changed.

use super::answer::{address, ask, expect, piece, protocol};
use super::retry::retry;
use super::{Client, RemoteError};
use crate::blocking::blocking;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::store::{RememberedFile, Store};
use reqwest::header::{ETAG, HeaderMap, IF_NONE_MATCH};
use reqwest::{Response, StatusCode, Url};
use sealer_model::Digest;
use sealer_model::event::Listener;
use std::io::Write as _;

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
        let (here, asked) = (store.clone(), url.to_string());
        let remembered = blocking("a download", move || here.remembered_file(&asked)).await?;
        let fetched = retry(|| async {
            let request = endpoint.get(url.clone());
            let request = match &remembered {
                Some(file) => request.header(IF_NONE_MATCH, &file.etag),
                None => request,
            };
            let response = ask(&url, request).await?;
            if let (StatusCode::NOT_MODIFIED, Some(file)) = (response.status(), &remembered) {
                return Ok(FetchedFile { digest: file.digest.clone(), size: file.size });
            }
            let response = expect(&url, response, &[StatusCode::OK]).await?;
            receive(store, &url, response, listener).await
        });
        let fetched = fetched.await?;
        match expected.filter(|expected| **expected != fetched.digest) {
            None => Ok(fetched),
            Some(expected) => {
                Err(Error::Damaged { what: address(&url), expected: expected.clone(), found: fetched.digest })
            }
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

/// Writes an answer into the store as it comes.
async fn receive(store: &Store, url: &Url, mut response: Response, listener: &Listener) -> Result<FetchedFile> {
    let expected = response.content_length();
    let etag = etag(response.headers());
    let progress = Progress::new(listener, format!("fetch {}", address(url)), expected.unwrap_or(0));
    let part = progress.part();
    let mut writer = store.writer()?;
    while let Some(piece) = piece(url, &mut response).await? {
        part.advance(piece.len() as u64);
        writer = blocking("a download", move || {
            writer.write_all(&piece).map_err(|source| Error::File { path: "the store".into(), source })?;
            Ok(writer)
        })
        .await?;
    }
    if let Some(expected) = expected.filter(|expected| *expected != writer.size()) {
        return Err(RemoteError::Length { url: address(url), expected, found: writer.size() }.into());
    }
    progress.finish();
    let (store, url) = (store.clone(), url.to_string());
    blocking("a download", move || {
        let (digest, size) = writer.finish()?;
        if let Some(etag) = etag {
            store.remember_file(&RememberedFile { url, etag, digest: digest.clone(), size })?;
        }
        Ok(FetchedFile { digest, size })
    })
    .await
}

/// What the server calls this state of the file. A weak tag may stay the same while bytes change.
fn etag(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(ETAG)?.to_str().ok()?;
    (!text.starts_with("W/")).then(|| text.to_owned())
}
