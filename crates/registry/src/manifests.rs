//! Manifests and indexes: found by name or by digest, taken in when all that they need is there, and taken away.

mod delete;
mod document;
mod write;

pub(crate) use delete::delete;
pub(crate) use write::write;

use crate::disk::blocking;
use crate::headers::{already_there, identity, value};
use crate::names::{Catalog, Held};
use crate::origin::Notes;
use crate::refusal::Refusal;
use crate::repository::{Meaning, Selector};
use crate::router::{Asked, Registry};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use sealer_image::Error;
use sealer_model::image::Descriptor;
use std::sync::Arc;

/// Serves a manifest or an index.
pub(crate) async fn read(registry: &Arc<Registry>, asked: &Asked, selector: &Selector) -> Result<Response, Refusal> {
    let (catalog, notes) = up_to_date(registry, asked, selector).await?;
    let meaning = asked.meanings.choose(|repository| catalog.has(repository));
    let unknown = || Refusal::manifest_unknown(&asked.name_of(selector)).with(notes.clone());
    let descriptor = look_up(&catalog, meaning, selector).ok_or_else(unknown)?.descriptor.clone();
    let mut headers = identity(&descriptor.digest);
    headers.extend(notes.clone());
    if already_there(&asked.headers, &descriptor.digest) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    headers.insert(header::CONTENT_TYPE, value(&descriptor.media_type));
    let Some(bytes) = document(registry, &catalog, descriptor).await? else {
        return Err(unknown());
    };
    headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    let body = match asked.method {
        Method::HEAD => Body::empty(),
        _ => Body::from(bytes),
    };
    Ok((headers, body).into_response())
}

/// The names, after the origin has made them as fresh as it should, and what it says about that. What a delivered image
/// brings is not looked up elsewhere: the site runs what was delivered.
async fn up_to_date(
    registry: &Arc<Registry>,
    asked: &Asked,
    selector: &Selector,
) -> Result<(Arc<Catalog>, Notes), Refusal> {
    let catalog = registry.catalog().await?;
    let Some(origin) = &registry.origin else {
        return Ok((catalog, Notes::new()));
    };
    let known = asked.meanings.choose(|repository| catalog.has(repository));
    let enough = match (look_up(&catalog, known, selector), selector) {
        (None, _) => false,
        (Some(_), Selector::Digest(_)) => true,
        (Some(held), Selector::Tag(_)) => !held.own,
    };
    match asked.foreign(&catalog, origin.as_ref()) {
        Some(meaning) if !enough => {
            let notes = origin.manifest(&meaning.repository, selector).await?;
            Ok((registry.catalog().await?, notes))
        }
        _ => Ok((catalog, Notes::new())),
    }
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
