//! What refers to a manifest: signatures, attestations, bills of materials that name it as their subject.

use crate::asked::Asked;
use crate::headers::{FILTERS_APPLIED, value};
use crate::origin::Notes;
use crate::refusal::Refusal;
use crate::router::{Registry, only_reads};
use crate::selector::parse_digest;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sealer_model::image::{Descriptor, Index, media_type};
use std::sync::Arc;

/// Lists the referrers of a manifest, of one type if asked so. A manifest that is not here has none, which is no error.
pub(crate) async fn referrers(registry: &Arc<Registry>, asked: &Asked, subject: &str) -> Result<Response, Refusal> {
    only_reads(&asked.method)?;
    let subject = parse_digest(subject)?;
    let catalog = registry.catalog().await?;
    let meaning = asked.meanings.choose(|repository| catalog.has(repository));
    let mut referrers = catalog.referrers(&meaning.repository, &subject);
    let mut notes = Notes::new();
    if let Some(origin) = &registry.origin
        && let Some(meaning) = asked.foreign(&catalog, origin.as_ref())
    {
        let listed = origin.referrers(&meaning.repository, &subject).await?;
        let new = |it: &Descriptor| !referrers.iter().any(|known| known.digest == it.digest);
        let theirs: Vec<Descriptor> = listed.list.into_iter().filter(new).collect();
        referrers.extend(theirs);
        notes = listed.notes;
    }
    let wanted = asked.query.artifact_type.as_deref();
    if let Some(wanted) = wanted {
        referrers.retain(|referrer| is_of(referrer, wanted));
    }
    let document = serde_json::to_vec(&Index::new(referrers))
        .map_err(|error| Refusal::internal(format!("the list of referrers cannot be written: {error}")))?;
    let mut response = document.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, value(media_type::INDEX));
    response.headers_mut().extend(notes);
    if wanted.is_some() {
        response.headers_mut().insert(FILTERS_APPLIED, value("artifactType"));
    }
    Ok(response)
}

fn is_of(referrer: &Descriptor, wanted: &str) -> bool {
    referrer.other.get("artifactType").and_then(|kind| kind.as_str()) == Some(wanted)
}
