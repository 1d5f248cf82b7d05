//! The shapes of answers: errors as problems, long work as lines of JSON.

use crate::error::{Error, Result};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sealer_model::agent::{Changed, Problem, Progress};
use serde::Serialize;
use std::convert::Infallible;
use tokio::sync::mpsc;

/// Lines that may wait for the delivering machine.
const QUEUE: usize = 256;

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Request { .. } | Self::Path { .. } | Self::Name { .. } => StatusCode::BAD_REQUEST,
            Self::OtherCluster { .. } | Self::Claimed { .. } | Self::Busy { .. } | Self::Offset { .. } => {
                StatusCode::CONFLICT
            }
            Self::NoProgram { .. } => StatusCode::NOT_FOUND,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(Problem { message: self.chain() })).into_response()
    }
}

/// There is no such file.
pub(super) struct Missed;

impl IntoResponse for Missed {
    fn into_response(self) -> Response {
        StatusCode::NOT_FOUND.into_response()
    }
}

/// Runs work that blocks where it may.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Broken(error.to_string()))?
}

/// One JSON document a line, as they come.
pub(super) fn lines<T: Serialize + Send + 'static>(mut messages: mpsc::Receiver<T>) -> Response {
    let stream = futures_util::stream::poll_fn(move |context| {
        messages.poll_recv(context).map(|message| {
            let mut line = serde_json::to_vec(&message?).expect("messages are plain data");
            line.push(b'\n');
            Some(Ok::<_, Infallible>(Bytes::from(line)))
        })
    });
    ([("content-type", "application/x-ndjson")], Body::from_stream(stream)).into_response()
}

/// Somebody to tell how far work has come, and the answer in which it is told.
pub(crate) fn progress() -> (Teller, Response) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    (Teller(sender), lines(receiver))
}

/// Tells the delivering machine how far work has come. If it has gone, the work goes on all the same.
#[derive(Clone)]
pub(crate) struct Teller(mpsc::Sender<Progress>);

impl Teller {
    /// Tells without waiting; what finds no room is of no use later either.
    pub(crate) fn tell(&self, progress: Progress) {
        let _unheard = self.0.try_send(progress);
    }

    /// Tells how it ended.
    pub(crate) async fn end(&self, result: Result<Changed>) {
        let last = match result {
            Ok(changed) => Progress::Done(changed),
            Err(error) if error.is_out_of_reach() => Progress::OutOfReach(error.chain()),
            Err(error) => Progress::Failed(error.chain()),
        };
        let _unheard = self.0.send(last).await;
    }
}
