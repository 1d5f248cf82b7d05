//! The lists of the protocol: the tags of a repository, and all repositories.

use crate::asked::{Asked, Parameters};
use crate::headers::value;
use crate::names::Catalog;
use crate::origin::{Listed, Notes};
use crate::page::{Page, page};
use crate::peers::Listing;
use crate::refusal::Refusal;
use crate::router::{Registry, only_reads};
use axum::Json;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

/// The tags of a repository.
pub(crate) async fn tags(registry: &Arc<Registry>, asked: &Asked) -> Result<Response, Refusal> {
    only_reads(&asked.method)?;
    let catalog = registry.catalog().await?;
    let meaning = asked.meanings.choose(|repository| catalog.has(repository));
    let here = catalog.has(&meaning.repository);
    let mut tags = catalog.tags(&meaning.repository);
    let mut notes = Notes::new();
    match from_elsewhere(registry, asked, &catalog).await {
        Ok(Some(listed)) => {
            tags.extend(listed.list);
            tags.sort();
            tags.dedup();
            notes = listed.notes;
        }
        Ok(None) if here => {}
        Ok(None) => return Err(Refusal::name_unknown(&asked.path)),
        Err(refusal) if !here => return Err(refusal),
        // What is here is told whatever becomes of the rest.
        Err(_) => {}
    }
    let query = &asked.query;
    let page = page(tags, query.n.as_deref(), query.last.as_deref())?;
    let document = Json(json!({ "name": asked.path, "tags": page.entries }));
    let here = format!("/v2/{}/tags/list", asked.path);
    let mut response = with_link(document.into_response(), &here, query, &page);
    response.headers_mut().extend(notes);
    Ok(response)
}

async fn from_elsewhere(
    registry: &Arc<Registry>,
    asked: &Asked,
    catalog: &Catalog,
) -> Result<Option<Listed<String>>, Refusal> {
    let Some(origin) = &registry.origin else { return Ok(None) };
    match asked.foreign(catalog, origin.as_ref()) {
        Some(meaning) => origin.tags(&meaning.repository).await,
        None => Ok(None),
    }
}

/// All repositories, by full name.
pub(crate) async fn catalog(
    registry: &Arc<Registry>,
    method: &Method,
    query: &Parameters,
) -> Result<Response, Refusal> {
    only_reads(method)?;
    let repositories = registry.catalog().await?.repositories();
    let page = page(repositories, query.n.as_deref(), query.last.as_deref())?;
    let document = Json(json!({ "repositories": page.entries }));
    let response = document.into_response();
    Ok(with_link(response, "/v2/_catalog", query, &page))
}

/// All names that the store itself gives, for the other registries of the site.
pub(crate) async fn names(registry: &Arc<Registry>, method: &Method) -> Result<Response, Refusal> {
    only_reads(method)?;
    let catalog = registry.catalog().await?;
    Ok(Json(Listing::of(&catalog, registry.changes.gone(), &registry.peers.own)).into_response())
}

fn with_link(mut response: Response, here: &str, query: &Parameters, page: &Page) -> Response {
    if let (true, Some(n), Some(last)) = (page.more, &query.n, page.entries.last()) {
        let namespace = query.ns.iter().map(|ns| format!("&ns={ns}"));
        let namespace: String = namespace.collect();
        let link = format!("<{here}?n={n}&last={last}{namespace}>; rel=\"next\"");
        response.headers_mut().insert(header::LINK, value(&link));
    }
    response
}
