//! Taking a manifest or an index in. It counts when it is verified, on the disk, and named: under its tag, or by its digest,
//! so that what was pushed without a tag is kept too, and found by those who ask what refers to an image.

use super::document;
use crate::disk::blocking;
use crate::headers::{SUBJECT, identity, text, value};
use crate::refusal::Refusal;
use crate::repository::Selector;
use crate::router::{Asked, Registry};
use axum::body::{Body, to_bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use sealer_image::store::LARGEST_DOCUMENT;
use sealer_model::Digest;
use std::error::Error as _;
use std::sync::Arc;

/// Takes a manifest or an index in.
pub(crate) async fn write(
    registry: &Arc<Registry>,
    asked: &Asked,
    selector: Selector,
    body: Body,
) -> Result<Response, Refusal> {
    let repository = asked.writable(&*registry.catalog().await?)?;
    let bytes = receive(registry, body).await?;
    let declared = text(&asked.headers, header::CONTENT_TYPE).map(str::to_owned);
    let arrived = Arrived { repository, selector, declared, bytes };
    let owner = registry.clone();
    let (digest, subject) = blocking(move || keep(&owner, arrived)).await?;
    let mut headers = identity(&digest);
    let location = format!("/v2/{}/manifests/{digest}", asked.path);
    headers.insert(header::LOCATION, value(&location));
    if let Some(subject) = subject {
        headers.insert(SUBJECT, value(subject.as_str()));
    }
    Ok((StatusCode::CREATED, headers).into_response())
}

async fn receive(registry: &Registry, body: Body) -> Result<Bytes, Refusal> {
    let limit = usize::try_from(LARGEST_DOCUMENT).unwrap_or(usize::MAX);
    let received = tokio::time::timeout(registry.silence, to_bytes(body, limit)).await;
    let late = |_| Refusal::manifest_invalid("the manifest did not arrive in time");
    received.map_err(late)?.map_err(|error| {
        let too_large = |error: &(dyn std::error::Error + 'static)| error.is::<http_body_util::LengthLimitError>();
        if error.source().is_some_and(too_large) {
            let message = format!("more than {LARGEST_DOCUMENT} bytes are not accepted");
            return Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "MANIFEST_INVALID", message);
        }
        Refusal::manifest_invalid(format!("the manifest did not arrive: {error}"))
    })
}

/// What a client sent.
struct Arrived {
    repository: String,
    selector: Selector,
    declared: Option<String>,
    bytes: Bytes,
}

/// Returns the digest of what was kept, and that of what it says it is about.
fn keep(registry: &Registry, arrived: Arrived) -> Result<(Digest, Option<Digest>), Refusal> {
    let Arrived { repository, selector, declared, bytes } = arrived;
    let found = document::outline(&bytes, declared.as_deref()).map_err(Refusal::manifest_invalid)?;
    let digest = Digest::of(&bytes);
    if let Selector::Digest(expected) = &selector
        && *expected != digest
    {
        let message = format!("the manifest has digest {digest}, not {expected}");
        return Err(Refusal::digest_invalid(message));
    }
    let name = selector.name_in(&repository)?;
    // A writer keeps the garbage collector away from what was just seen to be there.
    let _hold = registry.store.writer()?;
    document::check_references(&registry.store, &found.media_type, &bytes)?;
    let descriptor = registry.store.put_document(&found.media_type, &bytes)?;
    registry.store.tag(&name, &descriptor)?;
    registry.names.forget();
    registry.documents.put(digest.clone(), bytes);
    Ok((digest, found.subject))
}
