//! What is remembered of a request until it has been answered to the last byte: then it is counted and, where the
//! configuration asks for it, logged. An answer that breaks off is logged with the bytes that it got to.

use crate::access_log::{AccessLog, Line, cut};
use crate::counters::Counters;
use crate::refusal::Refused;
use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use jiff::Timestamp;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};
use std::time::Instant;

/// An answer's body of at most so many bytes is in memory and counts as sent at once.
const SMALL: u64 = 64 * 1024;

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Record {
    client: SocketAddr,
    method: Method,
    target: String,
    agent: Option<String>,
    /// Known once the guard has let the request pass.
    pub(crate) user: Option<String>,
    started: Instant,
    status: StatusCode,
    refused: Option<Refused>,
    sent: u64,
}

/// Where requests are counted and logged.
#[derive(Clone, Debug)]
pub(crate) struct Books {
    pub(crate) counters: Arc<Counters>,
    pub(crate) log: AccessLog,
}

impl Record {
    pub(crate) fn new<B>(client: SocketAddr, request: &Request<B>) -> Self {
        Self {
            client,
            method: request.method().clone(),
            target: cut(request.uri().path_and_query().map_or("/", |target| target.as_str())).to_owned(),
            agent: agent(request.headers()),
            user: None,
            started: Instant::now(),
            status: StatusCode::OK,
            refused: None,
            sent: 0,
        }
    }

    /// Counts the answer, and has it logged when its body has ended.
    pub(crate) fn answer(mut self, books: &Books, mut response: Response<Body>) -> Response<Body> {
        self.status = response.status();
        self.refused = response.extensions_mut().remove();
        books.counters.answered(&self.method, self.status, self.started.elapsed());
        if let Some(refused) = self.refused.as_ref().filter(|_| self.is_refusal()) {
            books.counters.refused(refused.code);
        }
        let logged = books.log.wants(self.is_refusal());
        match response.body().size_hint().exact() {
            Some(size) if size <= SMALL => {
                self.sent = if self.method == Method::HEAD { 0 } else { size };
                books.counters.sent.fetch_add(self.sent, Relaxed);
                if logged {
                    self.write(books);
                }
                response
            }
            _ => response.map(|body| Body::new(Metered { body, record: self, books: books.clone(), logged })),
        }
    }

    /// That something asked for is not here is an answer and no refusal.
    fn is_refusal(&self) -> bool {
        let absent = self.status == StatusCode::NOT_FOUND && matches!(self.method, Method::GET | Method::HEAD);
        let absent = absent && self.refused.as_ref().is_some_and(|refused| refused.code.ends_with("_UNKNOWN"));
        (self.status.is_client_error() || self.status.is_server_error()) && !absent
    }

    fn write(&self, books: &Books) {
        books.log.request(&Line {
            at: Timestamp::now().to_string(),
            client: self.client,
            user: self.user.as_deref(),
            method: cut(self.method.as_str()),
            target: &self.target,
            status: self.status.as_u16(),
            bytes: self.sent,
            milliseconds: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            agent: self.agent.as_deref(),
            refused: self.refused.as_ref().map(|refused| refused.code),
            message: self.refused.as_ref().map(|refused| cut(&refused.message)),
        });
    }
}

fn agent(headers: &HeaderMap) -> Option<String> {
    headers.get(header::USER_AGENT)?.to_str().ok().map(|agent| cut(agent).to_owned())
}

/// A body that counts what is taken from it.
#[derive(Debug)]
struct Metered {
    body: Body,
    record: Record,
    books: Books,
    logged: bool,
}

impl HttpBody for Metered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.record.sent += data.len() as u64;
            self.books.counters.sent.fetch_add(data.len() as u64, Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Metered {
    fn drop(&mut self) {
        if self.logged {
            self.record.write(&self.books);
        }
    }
}
