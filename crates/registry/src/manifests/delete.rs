//! Taking names away. Only names that the store itself gives can be: those of container images belong to a cluster image, and
//! those of a platform to its index. What no name leads to any more is garbage, and goes when garbage is collected.

use crate::asked::Asked;
use crate::disk::blocking;
use crate::names::Catalog;
use crate::refusal::Refusal;
use crate::router::Registry;
use crate::selector::Selector;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sealer_model::Digest;
use std::sync::Arc;

/// Takes a tag away, or a manifest with all tags that lead to it.
pub(crate) async fn delete(registry: &Arc<Registry>, asked: &Asked, selector: Selector) -> Result<Response, Refusal> {
    let repository = asked.writable(&*registry.catalog().await?)?;
    let (registry, name) = (registry.clone(), asked.name_of(&selector));
    blocking(move || take_away(&registry, &repository, &selector, &name)).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

fn take_away(registry: &Registry, repository: &str, selector: &Selector, name: &str) -> Result<(), Refusal> {
    let catalog = registry.names.current()?;
    let gone: Vec<Selector> = match selector {
        Selector::Tag(_) => vec![selector.clone()],
        Selector::Digest(digest) => names_of(&catalog, repository, digest),
    };
    let mut any = false;
    for selector in gone {
        any |= registry.store.untag(&selector.name_in(repository)?)?;
    }
    registry.names.forget();
    if any { Ok(()) } else { Err(why_not(&catalog, repository, selector, name)) }
}

fn names_of(catalog: &Catalog, repository: &str, digest: &Digest) -> Vec<Selector> {
    let tags = catalog.own_tags_of(repository, digest).map(|tag| Selector::Tag(tag.to_owned()));
    tags.chain([Selector::Digest(digest.clone())]).collect()
}

fn why_not(catalog: &Catalog, repository: &str, selector: &Selector, name: &str) -> Refusal {
    let held = match selector {
        Selector::Tag(tag) => catalog.tag(repository, tag),
        Selector::Digest(digest) => catalog.digest(repository, digest),
    };
    match held {
        Some(_) => Refusal::denied(format!("{name} is part of another image and cannot be deleted alone")),
        None => Refusal::manifest_unknown(name),
    }
}
