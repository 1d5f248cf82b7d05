//! Blobs on their way in: at once, or as a session of chunks that a client may leave and come back to.

mod session;
mod spool;

pub(crate) use session::Uploads;

use crate::asked::Asked;
use crate::disk::blocking;
use crate::headers::{CONTENT_DIGEST, UPLOAD, text, value};
use crate::range;
use crate::refusal::Refusal;
use crate::router::{Registry, other_method};
use crate::selector::parse_digest;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sealer_image::Error;
use sealer_model::Digest;
use session::{Held, Lasting, Session};
use std::sync::Arc;

/// Begins an upload, takes a whole blob, or finds that the blob to be mounted is here already. Where it would be mounted from
/// does not matter: there is one store.
pub(crate) async fn begin(registry: &Arc<Registry>, asked: &Asked, body: Body) -> Result<Response, Refusal> {
    if asked.method != Method::POST {
        return Err(other_method(&asked.method, "POST"));
    }
    let repository = asked.writable(&*registry.catalog().await?)?;
    if let Some(digest) = mountable(registry, asked).await? {
        return Ok(created(asked, &digest));
    }
    let digest = asked.query.digest.as_deref().map(parse_digest).transpose()?;
    let lasting = if digest.is_some() { Lasting::No } else { Lasting::Yes };
    let owner = registry.clone();
    let session = blocking(move || owner.uploads.begin(repository, lasting)).await?;
    let Some(digest) = digest else {
        return Ok(progress(StatusCode::ACCEPTED, asked, &session));
    };
    // Nobody else knows this session, so nobody would go on with it after a failure.
    let result = take(registry, asked, &session, &digest, body).await;
    registry.uploads.remove(session.id());
    result
}

async fn mountable(registry: &Arc<Registry>, asked: &Asked) -> Result<Option<Digest>, Refusal> {
    let Some(mount) = &asked.query.mount else {
        return Ok(None);
    };
    let (store, digest) = (registry.store.clone(), parse_digest(mount)?);
    let look = move || {
        let found = store.contains(&digest);
        if found {
            store.keep(&digest)?;
        }
        Ok::<_, Refusal>(found.then_some(digest))
    };
    blocking(look).await
}

/// Says how far an upload has come.
pub(crate) fn status(registry: &Arc<Registry>, asked: &Asked, session: &str) -> Result<Response, Refusal> {
    let session = registry.uploads.find(session, &asked.meanings)?;
    Ok(progress(StatusCode::NO_CONTENT, asked, &session))
}

/// Takes the next chunk.
pub(crate) async fn append(
    registry: &Arc<Registry>,
    asked: &Asked,
    session: &str,
    body: Body,
) -> Result<Response, Refusal> {
    let session = registry.uploads.find(session, &asked.meanings)?;
    let held = session.hold()?;
    check_place(asked, &session)?;
    let mut held = spool::receive(registry, &session, held, body).await?;
    // What the client is told to have arrived is not lost with the power.
    blocking(move || held.as_mut().map_or(Ok(()), |upload| upload.settle())).await?;
    Ok(progress(StatusCode::ACCEPTED, asked, &session))
}

/// Takes the last chunk, which may be empty, and puts the blob into the store.
pub(crate) async fn complete(
    registry: &Arc<Registry>,
    asked: &Asked,
    session: &str,
    body: Body,
) -> Result<Response, Refusal> {
    let session = registry.uploads.find(session, &asked.meanings)?;
    let Some(digest) = &asked.query.digest else {
        return Err(Refusal::digest_invalid("an upload ends with ?digest="));
    };
    take(registry, asked, &session, &parse_digest(digest)?, body).await
}

/// Forgets an upload and what has arrived of it.
pub(crate) fn cancel(registry: &Arc<Registry>, asked: &Asked, session: &str) -> Result<Response, Refusal> {
    let session = registry.uploads.find(session, &asked.meanings)?;
    let _held = session.hold()?;
    registry.uploads.remove(session.id());
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn take(
    registry: &Arc<Registry>,
    asked: &Asked,
    session: &Arc<Session>,
    digest: &Digest,
    body: Body,
) -> Result<Response, Refusal> {
    let held = session.hold()?;
    check_place(asked, session)?;
    let held = spool::receive(registry, session, held, body).await?;
    let finished = finish(held, digest.clone()).await;
    registry.uploads.remove(session.id());
    finished.map(|()| created(asked, digest))
}

async fn finish(mut held: Held, digest: Digest) -> Result<(), Refusal> {
    let Some(upload) = held.take() else {
        return Err(Refusal::upload_invalid("the upload has ended"));
    };
    let finish = move || match upload.finish_expecting(&digest) {
        Err(error @ Error::Damaged { .. }) => Err(Refusal::digest_invalid(error.to_string())),
        other => other.map(drop).map_err(Refusal::from),
    };
    blocking(finish).await
}

/// Checks that a chunk goes on where the one before ended and is as long as it says.
fn check_place(asked: &Asked, session: &Session) -> Result<(), Refusal> {
    let Some(header) = text(&asked.headers, header::CONTENT_RANGE) else {
        return Ok(());
    };
    let malformed = || Refusal::upload_invalid(format!("Content-Range {header:?} is no chunk"));
    let (start, length) = range::chunk(header).ok_or_else(malformed)?;
    if start != session.offset() {
        return Err(out_of_order(asked, session));
    }
    let announced = text(&asked.headers, header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
    if announced.is_some_and(|announced: u64| announced != length) {
        let message = format!("Content-Range {header:?} does not fit Content-Length");
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "SIZE_INVALID", message));
    }
    Ok(())
}

fn out_of_order(asked: &Asked, session: &Session) -> Refusal {
    let message = format!("the next chunk starts at byte {}", session.offset());
    let status = StatusCode::RANGE_NOT_SATISFIABLE;
    let refusal = Refusal::new(status, "BLOB_UPLOAD_INVALID", message);
    refusal.with(position(asked, session))
}

fn progress(status: StatusCode, asked: &Asked, session: &Session) -> Response {
    (status, position(asked, session)).into_response()
}

fn position(asked: &Asked, session: &Session) -> [(HeaderName, HeaderValue); 3] {
    let id = session.id();
    let namespace = asked.query.ns.iter().map(|ns| format!("?ns={ns}"));
    let namespace: String = namespace.collect();
    let location = format!("/v2/{}/blobs/uploads/{id}{namespace}", asked.path);
    // The protocol has no words for "nothing yet"; all registries say 0-0.
    let range = format!("0-{}", session.offset().saturating_sub(1));
    [(header::LOCATION, value(&location)), (header::RANGE, value(&range)), (UPLOAD, value(id))]
}

fn created(asked: &Asked, digest: &Digest) -> Response {
    let location = format!("/v2/{}/blobs/{digest}", asked.path);
    let headers = [(header::LOCATION, value(&location)), (CONTENT_DIGEST, value(digest.as_str()))];
    (StatusCode::CREATED, headers).into_response()
}
