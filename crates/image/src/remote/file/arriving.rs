//! A file on its way into the store: with a digest that is known beforehand it survives its command, without one it lives as long as that.

use super::FetchedFile;
use crate::blocking::blocking;
use crate::error::{Error, Result, at};
use crate::progress::Progress;
use crate::remote::RemoteError;
use crate::remote::answer::{address, piece, protocol};
use crate::remote::incoming::range;
use crate::store::{BlobWriter, PartialBlob, Store};
use reqwest::{Response, StatusCode, Url};
use sealer_model::Digest;
use sealer_model::event::Listener;
use std::io::Write as _;
use std::path::Path;

/// What has arrived so far.
pub(super) enum Arriving {
    Known(Digest, Box<PartialBlob>),
    Unknown(Box<BlobWriter>),
}

impl Arriving {
    /// A file with this digest: what is there of it, or its beginning.
    pub(super) async fn known(store: &Store, digest: &Digest) -> Result<Self> {
        let (store, digest) = (store.clone(), digest.clone());
        blocking("a download", move || {
            let partial = store.partial(&digest)?;
            Ok(Self::Known(digest, Box::new(partial)))
        })
        .await
    }

    pub(super) fn unknown(store: &Store) -> Result<Self> {
        Ok(Self::Unknown(Box::new(store.writer()?)))
    }

    /// Bytes from the start that are there.
    pub(super) fn offset(&self) -> u64 {
        match self {
            Self::Known(_, partial) => partial.offset(),
            Self::Unknown(writer) => writer.size(),
        }
    }

    /// Forgets what has arrived of a file with a known digest.
    pub(super) async fn restart(mut self) -> Result<Self> {
        blocking("a download", move || {
            if let Self::Known(_, partial) = &mut self {
                partial.restart()?;
            }
            Ok(self)
        })
        .await
    }

    /// Writes an answer as it comes. When it breaks off, what has arrived is given back with the error.
    pub(super) async fn take(
        mut self,
        url: &Url,
        mut response: Response,
        listener: &Listener,
    ) -> std::result::Result<Self, (Option<Self>, Error)> {
        match (begins_at(&response), self.offset()) {
            (Some(begin), offset) if begin == offset => {}
            (Some(0), _) => self = self.restart().await.map_err(|error| (None, error))?,
            _ => return Err((None, protocol(url, "another range than the one asked for").into())),
        }
        let whole = response.content_length().map(|rest| self.offset() + rest);
        let progress = Progress::new(listener, format!("fetch {}", address(url)), whole.unwrap_or(0));
        let part = progress.part();
        part.reach(self.offset());
        loop {
            match piece(url, &mut response).await {
                Ok(Some(piece)) => {
                    part.advance(piece.len() as u64);
                    self = self.write(piece).await.map_err(|error| (None, error))?;
                }
                Ok(None) => break,
                Err(error) => return Err((Some(self), error.into())),
            }
        }
        if let Some(expected) = whole.filter(|whole| *whole != self.offset()) {
            let error = RemoteError::Length { url: address(url), expected, found: self.offset() };
            return Err((None, error.into()));
        }
        progress.finish();
        Ok(self)
    }

    async fn write(mut self, piece: bytes::Bytes) -> Result<Self> {
        blocking("a download", move || {
            let written = match &mut self {
                Self::Known(_, partial) => partial.write_all(&piece),
                Self::Unknown(writer) => writer.write_all(&piece),
            };
            written.map(|()| self).map_err(at(Path::new("the store")))
        })
        .await
    }

    /// Puts the file into the store, if it has the digest that it must have.
    pub(super) async fn finish(self, url: &Url) -> Result<FetchedFile> {
        let what = address(url);
        blocking("a download", move || match self {
            Self::Unknown(writer) => writer.finish().map(|(digest, size)| FetchedFile { digest, size }),
            Self::Known(digest, partial) => match partial.finish() {
                Ok(size) => Ok(FetchedFile { digest, size }),
                Err(Error::Damaged { expected, found, .. }) => Err(Error::Damaged { what, expected, found }),
                Err(error) => Err(error),
            },
        })
        .await
    }
}

/// The byte of the file at which an answer begins.
fn begins_at(response: &Response) -> Option<u64> {
    match response.status() {
        StatusCode::PARTIAL_CONTENT => range(response).map(|(start, _)| start),
        _ => Some(0),
    }
}
