//! An answer that comes as lines of JSON while the work goes on.

use super::connection::Connection;
use crate::error::Result;
use bytes::BytesMut;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The longest line that is accepted; agents send far shorter ones.
const MOST_LINE: usize = 4 * 1024 * 1024;

pub(super) struct Lines<'a> {
    connection: &'a Connection,
    what: String,
    silence: Duration,
    body: Incoming,
    pending: BytesMut,
    /// How much of `pending` is known to hold no line end.
    searched: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(connection: &'a Connection, what: String, silence: Duration, body: Incoming) -> Self {
        Self { connection, what, silence, body, pending: BytesMut::new(), searched: 0 }
    }

    /// The next line; `None` at the regular end.
    pub(super) async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        loop {
            if let Some(line) = self.buffered() {
                let parsed = serde_json::from_slice(&line);
                let unexpected = |error| self.connection.unexpected(&self.what, &error);
                return parsed.map(Some).map_err(unexpected);
            }
            if self.pending.len() > MOST_LINE {
                return Err(self.connection.unexpected(&self.what, &"a line without end"));
            }
            if !self.more().await? {
                return Ok(None);
            }
        }
    }

    fn buffered(&mut self) -> Option<BytesMut> {
        let end = self.pending[self.searched..].iter().position(|byte| *byte == b'\n');
        let Some(end) = end else {
            self.searched = self.pending.len();
            return None;
        };
        let line = self.pending.split_to(self.searched + end + 1);
        self.searched = 0;
        Some(line)
    }

    async fn more(&mut self) -> Result<bool> {
        let frame = self.connection.within(&self.what, self.silence, self.body.frame()).await?;
        match frame {
            None => Ok(false),
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    self.pending.extend_from_slice(data);
                }
                Ok(true)
            }
            Some(Err(source)) => Err(self.connection.gone(&self.what, Some(source)).await),
        }
    }
}
