//! What a request is told when it is not carried out: a status and the protocol's error document.

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sealer_model::causes::chain;
use serde_json::json;

/// An answer that is an error.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Goes with the answer, for the log and the counters.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// The protocol's code.
    pub(crate) code: &'static str,
    /// What the client was told.
    pub(crate) message: String,
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

    /// What the client is told.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The same with another status.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same said of something that is only looked for: what cannot exist is not here.
    pub(crate) fn into_unknown(self) -> Self {
        Self { status: StatusCode::NOT_FOUND, code: "MANIFEST_UNKNOWN", ..self }
    }

    pub(crate) fn name_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "NAME_INVALID", message)
    }

    pub(crate) fn name_unknown(repository: &str) -> Self {
        let message = format!("repository {repository} is not here");
        Self::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", message)
    }

    /// A tag that breaks the grammar, which a write must not make.
    pub(crate) fn tag_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "TAG_INVALID", message)
    }

    pub(crate) fn denied(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "DENIED", message)
    }

    pub(crate) fn too_many(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "TOOMANYREQUESTS", message)
            .with([(header::RETRY_AFTER, HeaderValue::from_static("1"))])
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
        Self::internal(chain(&error))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let headers = HeaderMap::from_iter(self.headers);
        let error = json!({ "code": self.code, "message": self.message });
        let document = Json(json!({ "errors": [error] }));
        let mut response = (self.status, headers, document).into_response();
        response.extensions_mut().insert(Refused { code: self.code, message: self.message });
        response
    }
}
