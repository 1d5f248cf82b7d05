//! From a request's body to the upload's file: frames go through a short queue to a thread that may block, so a slow disk
//! slows the client down and not the memory up.

use super::session::{Held, Session};
use crate::refusal::Refusal;
use crate::router::Registry;
use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tokio::sync::mpsc;

/// Frames of a body that wait for the disk.
const QUEUE: usize = 4;

/// Appends a body to an upload. What has arrived of a body that breaks off stays, so that the client can go on.
///
/// # Errors
/// When the body breaks off, or when the disk fails; then the upload is over.
pub(super) async fn receive(
    registry: &Registry,
    session: &Arc<Session>,
    held: Held,
    body: Body,
) -> Result<Held, Refusal> {
    let (frames, arriving) = mpsc::channel(QUEUE);
    let writing = {
        let session = session.clone();
        tokio::task::spawn_blocking(move || write(&session, held, arriving))
    };
    let forwarded = forward(registry, session, body, frames).await;
    let failure = match writing.await {
        Ok(Ok(held)) => return forwarded.map(|()| held),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    registry.uploads.remove(session.id());
    Err(Refusal::internal(format!("the upload cannot be written: {failure}")))
}

fn write(session: &Session, mut held: Held, mut arriving: mpsc::Receiver<Bytes>) -> io::Result<Held> {
    let ended = || io::Error::other("the upload has ended");
    let upload = held.as_mut().ok_or_else(ended)?;
    while let Some(frame) = arriving.blocking_recv() {
        upload.write_all(&frame)?;
        session.advance_to(upload.size());
    }
    Ok(held)
}

/// Ends early and without an error when the thread is gone, which knows why.
async fn forward(
    registry: &Registry,
    session: &Session,
    mut body: Body,
    frames: mpsc::Sender<Bytes>,
) -> Result<(), Refusal> {
    let mut size = session.offset();
    loop {
        let frame = tokio::time::timeout(registry.silence, body.frame()).await;
        let late = |_| Refusal::upload_invalid(format!("no byte came for {:?}", registry.silence));
        let Some(frame) = frame.map_err(late)? else {
            return Ok(());
        };
        let broken = |error| Refusal::upload_invalid(format!("the body broke off: {error}"));
        let Ok(data) = frame.map_err(broken)?.into_data() else {
            continue;
        };
        registry.books.counters.received.fetch_add(data.len() as u64, Relaxed);
        size += data.len() as u64;
        registry.uploads.check_size(size)?;
        if frames.send(data).await.is_err() {
            return Ok(());
        }
    }
}
