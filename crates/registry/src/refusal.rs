//! What a request is told when it is not carried out: a status and the protocol's error document.

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::error::Error as _;

/// An answer that is an error.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), headers: Vec::new() }
    }

    /// The same with more headers.
    pub(crate) fn with(mut self, more: impl IntoIterator<Item = (HeaderName, HeaderValue)>) -> Self {
        self.headers.extend(more);
        self
    }

    pub(crate) fn name_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "NAME_INVALID", message)
    }

    pub(crate) fn name_unknown(repository: &str) -> Self {
        let message = format!("repository {repository} is not here");
        Self::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", message)
    }

    pub(crate) fn manifest_unknown(name: &str) -> Self {
        let message = format!("manifest {name} is not here");
        Self::new(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", message)
    }

    pub(crate) fn manifest_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", message)
    }

    pub(crate) fn blob_unknown(digest: &str) -> Self {
        let message = format!("blob {digest} is not here");
        Self::new(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", message)
    }

    pub(crate) fn digest_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", message)
    }

    pub(crate) fn upload_unknown(session: &str) -> Self {
        let message = format!("upload {session} is not under way");
        Self::new(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", message)
    }

    pub(crate) fn upload_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BLOB_UPLOAD_INVALID", message)
    }

    pub(crate) fn unsupported(message: impl Into<String>, allowed: &'static str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", message)
            .with([(header::ALLOW, HeaderValue::from_static(allowed))])
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", message)
    }
}

/// An error of the store is the registry's fault unless its caller knows better. Its causes are told too: whoever reads the
/// client's log on a closed site has no other place to look.
impl From<sealer_image::Error> for Refusal {
    fn from(error: sealer_image::Error) -> Self {
        if let sealer_image::Error::NoBlob { digest, .. } = &error {
            return Self::blob_unknown(digest.as_str());
        }
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            message.push_str(&format!(": {error}"));
            cause = error.source();
        }
        Self::internal(message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let headers = HeaderMap::from_iter(self.headers);
        let error = json!({ "code": self.code, "message": self.message });
        let document = Json(json!({ "errors": [error] }));
        (self.status, headers, document).into_response()
    }
}
