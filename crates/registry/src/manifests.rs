//! Manifests and indexes: found by name or by digest, taken in when all that they need is there.

mod document;

use crate::disk::blocking;
use crate::headers::{already_there, identity, text, value};
use crate::refusal::Refusal;
use crate::repository::Selector;
use crate::router::{Asked, Registry};
use axum::body::{Body, to_bytes};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use sealer_image::store::LARGEST_DOCUMENT;
use sealer_image::{Error, Store};
use sealer_model::image::{Descriptor, media_type};
use sealer_model::{Digest, Reference};
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

/// How long a manifest may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(60);

/// Serves a manifest or an index.
pub(crate) async fn read(registry: &Arc<Registry>, asked: &Asked, selector: Selector) -> Result<Response, Refusal> {
    let registry = registry.clone();
    let (descriptor, bytes) = blocking(move || match selector {
        Selector::Digest(digest) => of_digest(&registry.store, digest),
        Selector::Tag(name) => of_tag(&registry, &name),
    })
    .await?;
    let mut headers = identity(&descriptor.digest);
    if already_there(&asked.headers, &descriptor.digest) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    headers.insert(header::CONTENT_TYPE, value(&descriptor.media_type));
    headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    let body = match asked.method {
        Method::HEAD => Body::empty(),
        _ => Body::from(bytes),
    };
    Ok((headers, body).into_response())
}

fn of_tag(registry: &Registry, name: &Reference) -> Result<(Descriptor, Vec<u8>), Refusal> {
    let unknown = || Refusal::manifest_unknown(&name.to_string());
    let descriptor = registry.names.current()?.lookup(name).ok_or_else(unknown)?;
    match registry.store.read_document(&descriptor) {
        Err(Error::NoBlob { .. }) => Err(unknown()),
        other => Ok((descriptor, other?)),
    }
}

/// By digest everything in the store is served that is a manifest or an index; a layer is none.
fn of_digest(store: &Store, digest: Digest) -> Result<(Descriptor, Vec<u8>), Refusal> {
    let unknown = || Refusal::manifest_unknown(digest.as_str());
    let mut descriptor = Descriptor::new(media_type::MANIFEST, digest.clone(), 0);
    let bytes = match store.read_document(&descriptor) {
        Err(Error::NoBlob { .. } | Error::TooLarge { .. }) => return Err(unknown()),
        other => other?,
    };
    descriptor.media_type = document::media_type(&bytes, None).map_err(|_| unknown())?;
    descriptor.size = bytes.len() as u64;
    Ok((descriptor, bytes))
}

/// Takes a manifest or an index in, and names it where it comes with a tag.
pub(crate) async fn write(
    registry: &Arc<Registry>,
    asked: &Asked,
    selector: Selector,
    body: Body,
) -> Result<Response, Refusal> {
    let bytes = receive(body).await?;
    let declared = text(&asked.headers, header::CONTENT_TYPE).map(str::to_owned);
    let registry = registry.clone();
    let keep = move || keep(&registry, &selector, declared.as_deref(), &bytes);
    let digest = blocking(keep).await?;
    let mut headers = identity(&digest);
    let location = format!("/v2/{}/manifests/{digest}", asked.path);
    headers.insert(header::LOCATION, value(&location));
    Ok((StatusCode::CREATED, headers).into_response())
}

async fn receive(body: Body) -> Result<Bytes, Refusal> {
    let limit = usize::try_from(LARGEST_DOCUMENT).unwrap_or(usize::MAX);
    let received = tokio::time::timeout(ARRIVAL, to_bytes(body, limit)).await;
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

fn keep(registry: &Registry, selector: &Selector, declared: Option<&str>, bytes: &[u8]) -> Result<Digest, Refusal> {
    let media_type = document::media_type(bytes, declared).map_err(Refusal::manifest_invalid)?;
    let digest = Digest::of(bytes);
    if let Selector::Digest(expected) = selector
        && *expected != digest
    {
        let message = format!("the manifest has digest {digest}, not {expected}");
        return Err(Refusal::digest_invalid(message));
    }
    // A writer keeps the garbage collector away from what was just seen to be there.
    let _hold = registry.store.writer()?;
    document::check_references(&registry.store, &media_type, bytes)?;
    let descriptor = registry.store.put_document(&media_type, bytes)?;
    if let Selector::Tag(name) = selector {
        registry.store.tag(name, &descriptor)?;
        registry.names.forget();
    }
    Ok(digest)
}

/// Takes a name away. Only names that the store itself gives can be: those of container images belong to a cluster image.
pub(crate) async fn delete(registry: &Arc<Registry>, selector: Selector) -> Result<Response, Refusal> {
    let Selector::Tag(name) = selector else {
        let message = "manifests are deleted by tag; what no name leads to is garbage";
        return Err(Refusal::unsupported(message, "GET, HEAD, PUT"));
    };
    let registry = registry.clone();
    blocking(move || untag(&registry, &name)).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

fn untag(registry: &Registry, name: &Reference) -> Result<(), Refusal> {
    let untagged = registry.store.untag(name)?;
    registry.names.forget();
    if untagged {
        return Ok(());
    }
    if registry.names.current()?.lookup(name).is_some() {
        let message = format!("{name} is part of a cluster image and cannot be deleted alone");
        return Err(Refusal::unsupported(message, "GET, HEAD, PUT"));
    }
    Err(Refusal::manifest_unknown(&name.to_string()))
}
