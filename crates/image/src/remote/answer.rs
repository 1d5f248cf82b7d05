//! Answers of registries: how long they are waited for, how much of them is read, and what a failed one says.

use super::RemoteError;
use reqwest::header::RETRY_AFTER;
use reqwest::{RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use std::time::Duration;
use tokio::time::timeout;

/// The longest time without a byte.
pub(super) const SILENCE: Duration = Duration::from_secs(30);

/// An explanation is no longer than this.
const MOST_EXPLANATION: u64 = 64 * 1024;

/// Characters of an explanation that an error repeats; a registry is not trusted with somebody's terminal.
const LONGEST_TOLD: usize = 400;

/// The list of errors that the distribution protocol defines.
#[derive(Deserialize)]
struct Explanation {
    errors: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    code: Option<String>,
    message: Option<String>,
}

/// Sends a request whose body is at hand, and waits for the beginning of the answer.
pub(super) async fn ask(url: &Url, request: RequestBuilder) -> Result<Response, RemoteError> {
    match timeout(SILENCE, request.send()).await {
        Ok(answer) => answer.map_err(|source| unreachable(url, source)),
        Err(_) => Err(silent(url, SILENCE)),
    }
}

/// The next piece of an answer.
pub(super) async fn piece(url: &Url, response: &mut Response) -> Result<Option<bytes::Bytes>, RemoteError> {
    match timeout(SILENCE, response.chunk()).await {
        Ok(Ok(piece)) => Ok(piece),
        Ok(Err(source)) => Err(RemoteError::BrokenOff { url: address(url), source: source.without_url() }),
        Err(_) => Err(silent(url, SILENCE)),
    }
}

/// An answer as a whole, if it is not larger than `limit` bytes.
pub(super) async fn read(url: &Url, mut response: Response, limit: u64) -> Result<Vec<u8>, RemoteError> {
    let mut bytes = Vec::new();
    while let Some(piece) = piece(url, &mut response).await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() as u64 > limit {
            return Err(protocol(url, format!("more than {limit} bytes")));
        }
    }
    Ok(bytes)
}

/// The answer, if its status is one of `wanted`.
pub(super) async fn expect(url: &Url, response: Response, wanted: &[StatusCode]) -> Result<Response, RemoteError> {
    let status = response.status();
    if wanted.contains(&status) {
        return Ok(response);
    }
    let retry_after = response.headers().get(RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Err(RemoteError::Status {
        url: address(url),
        status: status.as_u16(),
        reason: reason(url, response).await,
        retry_after: retry_after.map(Duration::from_secs),
    })
}

/// What the registry says about its answer. A failure to say it does not hide the failure itself.
pub(super) async fn reason(url: &Url, response: Response) -> String {
    match read(url, response, MOST_EXPLANATION).await {
        Ok(bytes) => explanation(&bytes),
        Err(_) => String::new(),
    }
}

fn explanation(bytes: &[u8]) -> String {
    let Ok(Explanation { errors }) = serde_json::from_slice(bytes) else {
        return String::new();
    };
    let text = |reason: Reason| reason.message.or(reason.code);
    let texts: Vec<String> = errors.into_iter().filter_map(text).collect();
    let printable = |character: &char| !character.is_control();
    let text: String = texts.join(", ").chars().filter(printable).take(LONGEST_TOLD).collect();
    if text.is_empty() { text } else { format!(": {text}") }
}

/// An address as errors tell it.
pub(super) fn address(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.into()
}

pub(super) fn unreachable(url: &Url, source: reqwest::Error) -> RemoteError {
    RemoteError::Connection { url: address(url), source: source.without_url() }
}

pub(super) fn silent(url: &Url, limit: Duration) -> RemoteError {
    RemoteError::Silent { url: address(url), seconds: limit.as_secs() }
}

pub(super) fn protocol(url: &Url, reason: impl Into<String>) -> RemoteError {
    RemoteError::Protocol { url: address(url), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registrys_explanation_becomes_part_of_the_error() {
        let text = br#"{"errors":[{"code":"DENIED","message":"quota exceeded"},{"code":"SIZE"}]}"#;
        assert_eq!(explanation(text), ": quota exceeded, SIZE");
        assert_eq!(explanation(b"<html>"), "");
        assert_eq!(explanation(br#"{"errors":[{"message":"\u001b[2Jgone"}]}"#), ": [2Jgone");
        assert_eq!(explanation(br#"{"errors":[]}"#), "");
    }

    #[test]
    fn a_signature_in_an_address_is_not_told() {
        let url = Url::parse("https://storage.example/blob?signature=secret").unwrap();
        assert_eq!(address(&url), "https://storage.example/blob");
    }
}
