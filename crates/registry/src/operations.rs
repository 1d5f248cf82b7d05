//! What those ask who look after the registry: whether it can do its work, and how much it has done.

use crate::refusal::Refusal;
use crate::router::Registry;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

/// Whether the store can be read now. Images that cannot be read are told and do not make the others ill.
pub(crate) async fn health(registry: &Arc<Registry>) -> Result<Response, Refusal> {
    match registry.catalog().await {
        Ok(catalog) => Ok(Json(json!({ "status": "ok", "unreadable": catalog.problems })).into_response()),
        Err(refusal) => Err(refusal.with_status(StatusCode::SERVICE_UNAVAILABLE)),
    }
}

/// The counters, for Prometheus.
pub(crate) fn metrics(registry: &Registry) -> Response {
    let kind = HeaderValue::from_static("text/plain; version=0.0.4");
    let mut text = registry.books.counters.text(registry.levels());
    if let Some(origin) = &registry.origin {
        origin.metrics(&mut text);
    }
    registry.peers.metrics(&mut text);
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
