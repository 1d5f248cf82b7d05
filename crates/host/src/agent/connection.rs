//! One HTTP/2 connection over an agent's standard input and output, and the few shapes that requests and answers have.

use super::ending::Ending;
use super::lines::Lines;
use super::request::{Body, request};
use crate::error::{Error, Result};
use crate::process::Process;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use sealer_model::agent::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::timeout;

const STREAM_WINDOW: u32 = 16 * 1024 * 1024;
const CONNECTION_WINDOW: u32 = 32 * 1024 * 1024;
const FRAME: u32 = 256 * 1024;

/// The largest answer that is not a stream.
const MOST_ANSWER: usize = 32 * 1024 * 1024;

pub(super) struct Connection {
    host: String,
    requests: http2::SendRequest<Body>,
    ending: Ending,
}

impl Connection {
    pub(super) async fn open(host: String, process: Process) -> Result<Self> {
        let Process { input, output, errors, exit } = process;
        let ending = Ending::of(errors, exit);
        let stream = TokioIo::new(tokio::io::join(output, input));
        let handshake = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_frame_size(FRAME)
            .max_send_buf_size(4 * 1024 * 1024)
            .handshake(stream);
        let (requests, connection) = match handshake.await {
            Ok(both) => both,
            Err(source) => return Err(ending.during(&host, "its start", Some(source)).await),
        };
        // What breaks the connection also breaks every request on it, and is reported there.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self { host, requests, ending })
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// A request without a body.
    pub(super) fn empty(&self, method: Method, target: &str) -> Request<Body> {
        let body = Empty::new().map_err(|never| match never {});
        request(method, target, body.boxed_unsync())
    }

    /// A request with a JSON body.
    pub(super) fn json<Q: Serialize>(&self, method: Method, path: &str, question: &Q) -> Result<Request<Body>> {
        let text = serde_json::to_vec(question).map_err(|error| self.unexpected(path, &error))?;
        let body = Full::new(Bytes::from(text)).map_err(|never| match never {});
        Ok(request(method, path, body.boxed_unsync()))
    }

    /// Sends a request and waits for the head of the answer.
    pub(super) async fn send(&self, what: &str, request: Request<Body>, limit: Duration) -> Result<Response<Incoming>> {
        let sent = self.requests.clone().send_request(request);
        match self.within(what, limit, sent).await? {
            Ok(response) => Ok(response),
            Err(source) => Err(self.gone(what, Some(source)).await),
        }
    }

    /// The response, if its status is good; else the agent's own words.
    pub(super) async fn successful(&self, what: &str, response: Response<Incoming>) -> Result<Response<Incoming>> {
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let bytes = self.collect(what, response, MOST_ANSWER).await?;
        let message = match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) => problem.message,
            Err(_) => format!("the agent answered {status}"),
        };
        Err(Error::Agent { host: self.host.clone(), what: what.to_owned(), message })
    }

    /// Sends JSON, expects JSON.
    pub(super) async fn ask<Q: Serialize, A: DeserializeOwned>(
        &self,
        what: &str,
        path: &str,
        question: &Q,
        limit: Duration,
    ) -> Result<A> {
        let request = self.json(Method::POST, path, question)?;
        let answer = async {
            let response = self.send(what, request, limit).await?;
            let response = self.successful(what, response).await?;
            self.collect(what, response, MOST_ANSWER).await
        };
        let bytes = self.within(what, limit, answer).await??;
        serde_json::from_slice(&bytes).map_err(|error| self.unexpected(what, &error))
    }

    /// Sends a request whose success has no content.
    pub(super) async fn finish(&self, what: &str, request: Request<Body>, limit: Duration) -> Result<()> {
        let response = self.send(what, request, limit).await?;
        self.successful(what, response).await.map(drop)
    }

    /// Sends a request whose answer is lines of JSON.
    pub(super) async fn lines(&self, what: &str, request: Request<Body>, silence: Duration) -> Result<Lines<'_>> {
        let response = self.send(what, request, silence).await?;
        self.lines_of(what, response, silence).await
    }

    /// The lines of JSON that an answer consists of.
    pub(super) async fn lines_of(
        &self,
        what: &str,
        response: Response<Incoming>,
        silence: Duration,
    ) -> Result<Lines<'_>> {
        let response = self.successful(what, response).await?;
        Ok(Lines::new(self, what.to_owned(), silence, response.into_body()))
    }

    /// The whole answer, if it is not larger than `most`.
    pub(super) async fn collect(&self, what: &str, response: Response<Incoming>, most: usize) -> Result<Vec<u8>> {
        match Limited::new(response.into_body(), most).collect().await {
            Ok(body) => Ok(body.to_bytes().into()),
            Err(error) if error.is::<LengthLimitError>() => {
                Err(self.unexpected(what, &format!("it is larger than {most} bytes")))
            }
            Err(error) => {
                let source = error.downcast::<hyper::Error>().ok().map(|error| *error);
                Err(self.gone(what, source).await)
            }
        }
    }

    pub(super) async fn within<T>(&self, what: &str, limit: Duration, work: impl Future<Output = T>) -> Result<T> {
        timeout(limit, work).await.map_err(|_| self.late(what, limit))
    }

    pub(super) fn late(&self, what: &str, limit: Duration) -> Error {
        Error::Timeout { host: self.host.clone(), what: format!("finish {what}"), limit }
    }

    pub(super) fn unexpected(&self, what: &str, reason: &dyn std::fmt::Display) -> Error {
        Error::Answer { host: self.host.clone(), what: what.into(), reason: reason.to_string() }
    }

    /// The agent has gone: with its last words, if it had any.
    pub(super) async fn gone(&self, what: &str, source: Option<hyper::Error>) -> Error {
        self.ending.during(&self.host, what, source).await
    }
}
