//! Taking a manifest or an index in. It counts when it is verified, on the disk, and named: under its tag, or by its digest,
//! so that what was pushed without a tag is kept too, and found by those who ask what refers to an image.

use super::document;
use crate::asked::Asked;
use crate::changes::By;
use crate::disk::blocking;
use crate::headers::{SUBJECT, identity, text, value};
use crate::names::Catalog;
use crate::peers::{LACKING, Mark};
use crate::refusal::Refusal;
use crate::router::Registry;
use crate::selector::Selector;
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
    let catalog = registry.catalog().await?;
    let repository = asked.writable(&catalog)?;
    let bytes = receive(registry, body).await?;
    let declared = text(&asked.headers, header::CONTENT_TYPE).map(str::to_owned);
    let arrived = Arrived { repository, selector, declared, bytes, by: asked.by() };
    bring_blobs(registry, asked, &catalog, &arrived).await?;
    let owner = registry.clone();
    let (digest, subject, marked) = blocking(move || keep(&owner, arrived)).await?;
    let lacking = registry.peers.copied(&marked).await;
    let mut headers = identity(&digest);
    let location = format!("/v2/{}/manifests/{digest}", asked.path);
    headers.insert(header::LOCATION, value(&location));
    if let Some(subject) = subject {
        headers.insert(SUBJECT, value(subject.as_str()));
    }
    if !lacking.is_empty() {
        headers.insert(LACKING, value(&lacking.join(", ")));
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

/// Where an upstream serves the repository, a client is told that the upstream's blobs are here, and does not push them. Those that
/// its image needs are brought now, so that the image is whole here whatever becomes of the upstream.
async fn bring_blobs(
    registry: &Arc<Registry>,
    asked: &Asked,
    catalog: &Catalog,
    arrived: &Arrived,
) -> Result<(), Refusal> {
    let Some(origin) = &registry.origin else {
        return Ok(());
    };
    let served = asked.foreign(catalog, origin.as_ref()).is_some_and(|it| it.repository == arrived.repository);
    let Some(found) = document::outline(&arrived.bytes, arrived.declared.as_deref()).ok().filter(|_| served) else {
        return Ok(());
    };
    let (store, bytes) = (registry.store.clone(), arrived.bytes.clone());
    for digest in blocking(move || document::absent_blobs(&store, &found.media_type, &bytes)).await? {
        if !origin.bring(&arrived.repository, &digest).await? {
            return Err(document::unknown_blob(&digest));
        }
    }
    Ok(())
}

/// What a client sent.
struct Arrived {
    repository: String,
    selector: Selector,
    declared: Option<String>,
    bytes: Bytes,
    by: By,
}

/// Returns the digest of what was kept, that of what it says it is about, and which peers lack it.
fn keep(registry: &Registry, arrived: Arrived) -> Result<(Digest, Option<Digest>, Vec<Mark>), Refusal> {
    let Arrived { repository, selector, declared, bytes, by } = arrived;
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
    // Marked first: a registry that is killed in between looks at a name too many, and never at one too few. What a peer brings,
    // no peer is told.
    let marked = if by == By::Client { registry.peers.mark(&name)? } else { Vec::new() };
    let given = registry.give_name(&name, &descriptor, by);
    registry.peers.release(&marked);
    given?;
    registry.documents.put(digest.clone(), bytes);
    Ok((digest, found.subject, marked))
}
