//! A blob as a registry sends it: from the beginning or from where an earlier connection broke off, and never more or fewer
//! bytes than it should have.

use super::answer::{address, expect, piece, protocol};
use super::{RemoteError, Repository};
use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, RANGE};
use reqwest::{Response, StatusCode, Url};
use sealer_model::Digest;

/// A blob on its way. Nothing of it is verified yet.
#[derive(Debug)]
pub struct IncomingBlob {
    url: Url,
    response: Response,
    start: u64,
    /// Where the next piece begins.
    position: u64,
    size: Option<u64>,
}

impl IncomingBlob {
    /// The byte of the blob where it begins: the one that was asked for, or 0 where the registry does not understand ranges.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Bytes of the whole blob, if the registry tells or somebody else did.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// The same, where the size of the whole blob is known from its descriptor.
    pub(super) fn expecting(self, size: u64) -> Self {
        Self { size: Some(size), ..self }
    }

    /// The next piece.
    ///
    /// # Errors
    /// When the connection breaks, or the blob is longer or shorter than its size.
    pub async fn next(&mut self) -> Result<Option<Bytes>, RemoteError> {
        let piece = piece(&self.url, &mut self.response).await?;
        self.position += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        let Some(size) = self.size else {
            return Ok(piece);
        };
        let ended = piece.is_none();
        if self.position > size || (ended && self.position < size) {
            let (expected, found) = (size.saturating_sub(self.start), self.position - self.start);
            return Err(RemoteError::Length { url: address(&self.url), expected, found });
        }
        Ok(piece)
    }
}

impl Repository {
    /// Asks for a blob from a byte on. Asks once; what to do about a failure is the caller's to decide.
    ///
    /// # Errors
    /// When the registry cannot be reached, or does not give it.
    pub async fn blob_from(&self, digest: &Digest, offset: u64) -> Result<IncomingBlob, RemoteError> {
        let url = self.blob_url(digest);
        let response = self.send(&url, || {
            let request = self.endpoint.http.get(url.clone());
            if offset == 0 { request } else { request.header(RANGE, format!("bytes={offset}-")) }
        });
        let response = response.await?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT => match range(&response) {
                Some((start, size)) if start == offset => Ok(incoming(url, response, offset, size)),
                _ => Err(protocol(&url, "another range than the one asked for")),
            },
            StatusCode::RANGE_NOT_SATISFIABLE if offset > 0 => Box::pin(self.blob_from(digest, 0)).await,
            _ => {
                let response = expect(&url, response, &[StatusCode::OK]).await?;
                let size = length(&response);
                Ok(incoming(url, response, 0, size))
            }
        }
    }

    /// A blob's size in bytes; `None` where the registry does not have it, or does not tell.
    ///
    /// # Errors
    /// When the registry cannot be reached, or answers with anything but yes or no.
    pub async fn blob_size(&self, digest: &Digest) -> Result<Option<u64>, RemoteError> {
        let url = self.blob_url(digest);
        let response = self.send(&url, || self.endpoint.http.head(url.clone())).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        Ok(length(&expect(&url, response, &[StatusCode::OK]).await?))
    }
}

fn incoming(url: Url, response: Response, start: u64, size: Option<u64>) -> IncomingBlob {
    IncomingBlob { url, response, start, position: start, size }
}

/// The answer to a `HEAD` has no body, so the header is read and not the body's length.
fn length(response: &Response) -> Option<u64> {
    response.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// `bytes 10-99/100`: where the range begins, and the size of the whole if it is told.
pub(super) fn range(response: &Response) -> Option<(u64, Option<u64>)> {
    let text = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split('-').next()?.parse().ok()?, size.parse().ok()))
}
