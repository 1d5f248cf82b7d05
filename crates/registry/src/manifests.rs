//! Manifests and indexes: found by name or by digest, taken in when all that they need is there, and taken away.

mod delete;
mod document;
mod write;

pub(crate) use delete::delete;
pub(crate) use write::write;

use crate::asked::Asked;
use crate::disk::blocking;
use crate::headers::{already_there, identity, value};
use crate::names::{Catalog, Held};
use crate::origin::{Foreign, Notes};
use crate::refusal::Refusal;
use crate::repository::Meaning;
use crate::router::Registry;
use crate::selector::Selector;
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use sealer_image::Error;
use sealer_model::image::Descriptor;
use std::sync::Arc;

/// Serves a manifest or an index. What the store holds is not looked up elsewhere: the site runs what was delivered to it.
pub(crate) async fn read(registry: &Arc<Registry>, asked: &Asked, selector: &Selector) -> Result<Response, Refusal> {
    let catalog = registry.catalog().await?;
    let meaning = asked.meanings.choose(|repository| catalog.has(repository));
    let unknown = || Refusal::manifest_unknown(&asked.name_of(selector));
    let Some(held) = look_up(&catalog, meaning, selector) else {
        return from_elsewhere(registry, asked, &catalog, selector).await;
    };
    let descriptor = held.descriptor.clone();
    if already_there(&asked.headers, &descriptor.digest) {
        return Ok((StatusCode::NOT_MODIFIED, identity(&descriptor.digest)).into_response());
    }
    // A part of an image that is not here may be had elsewhere.
    match document(registry, &catalog, descriptor.clone()).await? {
        Some(bytes) => Ok(answer(asked, Foreign { descriptor, bytes, notes: Notes::new() })),
        None if registry.origin.is_some() => from_elsewhere(registry, asked, &catalog, selector).await,
        None => Err(unknown()),
    }
}

async fn from_elsewhere(
    registry: &Arc<Registry>,
    asked: &Asked,
    catalog: &Catalog,
    selector: &Selector,
) -> Result<Response, Refusal> {
    let unknown = || Refusal::manifest_unknown(&asked.name_of(selector));
    let origin = registry.origin.as_ref().ok_or_else(unknown)?;
    let meaning = asked.foreign(catalog, origin.as_ref()).ok_or_else(unknown)?;
    let found = origin.manifest(&meaning.repository, selector).await?.ok_or_else(unknown)?;
    Ok(answer(asked, found))
}

fn answer(asked: &Asked, found: Foreign) -> Response {
    let mut headers = identity(&found.descriptor.digest);
    headers.extend(found.notes);
    if already_there(&asked.headers, &found.descriptor.digest) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, value(&found.descriptor.media_type));
    headers.insert(header::CONTENT_LENGTH, found.bytes.len().into());
    let body = if asked.method == Method::HEAD { Body::empty() } else { Body::from(found.bytes) };
    (headers, body).into_response()
}

fn look_up<'a>(catalog: &'a Catalog, meaning: &Meaning, selector: &Selector) -> Option<&'a Held> {
    match selector {
        Selector::Digest(digest) => catalog.digest(&meaning.repository, digest),
        Selector::Tag(tag) => catalog.tag(&meaning.repository, tag),
    }
}

/// A document from memory, or from the store. `None` when its blob is gone.
async fn document(
    registry: &Arc<Registry>,
    catalog: &Catalog,
    descriptor: Descriptor,
) -> Result<Option<Bytes>, Refusal> {
    let known = registry.documents.get(&descriptor.digest).or_else(|| catalog.made(&descriptor.digest));
    if known.is_some() {
        return Ok(known);
    }
    let registry = registry.clone();
    blocking(move || match registry.store.read_document(&descriptor) {
        Err(Error::NoBlob { .. }) => Ok(None),
        Err(error) => Err(Refusal::from(error)),
        Ok(bytes) => {
            let bytes = Bytes::from(bytes);
            registry.documents.put(descriptor.digest, bytes.clone());
            Ok(Some(bytes))
        }
    })
    .await
}
