//! What an API server answers: a status and a bounded body, and what a refusal says of itself.

use crate::error::{Cause, Error, Result};
use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use std::time::Duration;

/// Bytes of the largest answer: etcd holds objects of 1.5 MiB, and lists come in pages.
const LARGEST: usize = 512 << 20;
/// The longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// An answer that has been read to its end.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Reads an answer.
    pub(super) async fn read(
        mut response: Response,
        path: &str,
        unanswered: impl Fn(reqwest::Error) -> Error,
    ) -> Result<Self> {
        let status = response.status();
        let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let retry_after = seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST_PAUSE));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(&unanswered)? {
            if body.len() + chunk.len() > LARGEST {
                let problem = format!("it is larger than {LARGEST} bytes");
                return Err(Error::Answer { path: path.to_owned(), problem });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self { status, retry_after, body })
    }
}

/// Kubernetes' `Status`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    reason: String,
    message: String,
    details: Details,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    causes: Vec<Cause>,
}

/// The error that an answer means.
pub(super) fn refusal(method: &str, path: &str, answer: &Answer) -> Error {
    let status: Status = serde_json::from_slice(&answer.body).unwrap_or_else(|_| Status {
        reason: String::new(),
        message: String::from_utf8_lossy(answer.body.get(..400).unwrap_or(&answer.body)).trim().to_owned(),
        details: Details::default(),
    });
    let word = answer.status.canonical_reason().unwrap_or_default().replace(' ', "");
    Error::Refused {
        method: method.to_owned(),
        path: path.to_owned(),
        code: answer.status.as_u16(),
        reason: if status.reason.is_empty() { word } else { status.reason },
        message: status.message,
        causes: status.details.causes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_the_server_says() {
        let answer = |status, body: &str| Answer { status, retry_after: None, body: body.as_bytes().to_vec() };
        let text = |answer: Answer| refusal("GET", "/x", &answer).to_string();
        let known = answer(StatusCode::CONFLICT, r#"{"kind":"Status","reason":"AlreadyExists","message":"is there"}"#);
        assert_eq!(text(known), "the API server answers 409 (AlreadyExists) to GET /x: is there");
        let plain = answer(StatusCode::NOT_FOUND, "404 page not found\n");
        assert_eq!(text(plain), "the API server answers 404 (NotFound) to GET /x: 404 page not found");
    }
}
