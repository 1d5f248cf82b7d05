//! Taking names away. Only names that the store itself gives can be: those of container images belong to a cluster image, and
//! those of a platform to its index; and not those of images that a cluster of this site runs. What no name leads to any more
//! is garbage, and goes when garbage is collected.

use crate::asked::Asked;
use crate::changes::By;
use crate::disk::blocking;
use crate::headers::value;
use crate::names::Catalog;
use crate::peers::{LACKING, Mark};
use crate::refusal::Refusal;
use crate::router::Registry;
use crate::selector::Selector;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sealer_model::Digest;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Takes a tag away, or a manifest with all tags that lead to it.
pub(crate) async fn delete(registry: &Arc<Registry>, asked: &Asked, selector: Selector) -> Result<Response, Refusal> {
    let repository = asked.writable(&*registry.catalog().await?)?;
    let (owner, name, by) = (registry.clone(), asked.name_of(&selector), asked.by());
    let marked = blocking(move || take_away(&owner, &repository, &selector, &name, by)).await?;
    let mut lacking = BTreeSet::new();
    for marks in &marked {
        lacking.extend(registry.peers.copied(marks).await);
    }
    let mut response = StatusCode::ACCEPTED.into_response();
    if !lacking.is_empty() {
        let lacking = lacking.into_iter().collect::<Vec<_>>().join(", ");
        response.headers_mut().insert(LACKING, value(&lacking));
    }
    Ok(response)
}

/// Returns the marks of each name that is gone.
fn take_away(
    registry: &Registry,
    repository: &str,
    selector: &Selector,
    name: &str,
    by: By,
) -> Result<Vec<Vec<Mark>>, Refusal> {
    let catalog = registry.names.current()?;
    let gone: Vec<Selector> = match selector {
        // A peer tells each name by itself.
        Selector::Digest(digest) if by == By::Client => names_of(&catalog, repository, digest),
        _ => vec![selector.clone()],
    };
    let mut all = Vec::new();
    let mut any = false;
    for selector in gone {
        let name = selector.name_in(repository)?;
        let told = by == By::Client && catalog.named(&name).is_some();
        let marks = if told { registry.peers.mark(&name)? } else { Vec::new() };
        let taken = registry.take_name(&name, by);
        registry.peers.release(&marks);
        any |= taken?;
        all.push(marks);
    }
    if any { Ok(all) } else { Err(why_not(&catalog, repository, selector, name)) }
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
