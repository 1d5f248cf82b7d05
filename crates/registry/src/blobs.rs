//! Blobs: served whole or in part, straight from the file; fetched from elsewhere where the store lacks them; taken away when
//! no image needs them.

use crate::asked::Asked;
use crate::disk::blocking;
use crate::file_body::FileBody;
use crate::headers::{already_there, identity, text, value};
use crate::origin::Found;
use crate::range::{Wanted, wanted};
use crate::refusal::Refusal;
use crate::router::{Registry, other_method};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use sealer_image::{Error, Store};
use sealer_model::Digest;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Answers whatever is asked of a blob.
pub(crate) async fn blob(registry: &Arc<Registry>, asked: &Asked, digest: Digest) -> Result<Response, Refusal> {
    match asked.method {
        Method::GET | Method::HEAD => read(registry, asked, digest).await,
        Method::DELETE => delete(registry, asked, digest).await,
        _ => Err(other_method(&asked.method, "GET, HEAD, DELETE")),
    }
}

async fn read(registry: &Arc<Registry>, asked: &Asked, digest: Digest) -> Result<Response, Refusal> {
    let found = match open_at_once(&registry.store.blob_path(&digest)) {
        Some(found) => Some(found),
        None => {
            let (store, wanted_digest) = (registry.store.clone(), digest.clone());
            blocking(move || open(&store, &wanted_digest)).await?
        }
    };
    let headers = identity(&digest);
    if found.is_some() && already_there(&asked.headers, &digest) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    match found {
        Some((file, size)) => from_file(asked, headers, file, size),
        None => from_elsewhere(registry, asked, headers, &digest).await,
    }
}

fn from_file(asked: &Asked, mut headers: HeaderMap, file: File, size: u64) -> Result<Response, Refusal> {
    describe(&mut headers);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if asked.method == Method::HEAD {
        headers.insert(header::CONTENT_LENGTH, size.into());
        return Ok((headers, Body::empty()).into_response());
    }
    match wanted(text(&asked.headers, header::RANGE), size) {
        Wanted::Whole => Ok(send(asked, StatusCode::OK, headers, file, 0..size)),
        Wanted::Part { start, length } => {
            let range = format!("bytes {start}-{}/{size}", start + length - 1);
            headers.insert(header::CONTENT_RANGE, value(&range));
            Ok(send(asked, StatusCode::PARTIAL_CONTENT, headers, file, start..start + length))
        }
        Wanted::Nothing => Err(outside(size)),
    }
}

/// What is on its way from elsewhere comes whole, whatever part of it was asked for, as RFC 9110 section 14.2 lets servers do.
async fn from_elsewhere(
    registry: &Arc<Registry>,
    asked: &Asked,
    mut headers: HeaderMap,
    digest: &Digest,
) -> Result<Response, Refusal> {
    let unknown = || Refusal::blob_unknown(digest.as_str());
    let origin = registry.origin.as_ref().ok_or_else(unknown)?;
    let catalog = registry.catalog().await?;
    let meaning = asked.foreign(&catalog, origin.as_ref()).ok_or_else(unknown)?;
    let (size, body) = match asked.method {
        Method::HEAD => (origin.blob_size(&meaning.repository, digest).await?.ok_or_else(unknown)?, Body::empty()),
        _ => match origin.blob(&meaning.repository, digest).await?.ok_or_else(unknown)? {
            Found::Kept(file, size) => return from_file(asked, headers, file, size),
            Found::Coming(size, body) => (size, body),
        },
    };
    describe(&mut headers);
    headers.insert(header::CONTENT_LENGTH, size.into());
    Ok((headers, body).into_response())
}

fn describe(headers: &mut HeaderMap) {
    let octets = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, octets);
}

/// Opens a file whose place the system remembers, without waiting for the disk and so without another thread. `None` when it is not
/// remembered, or the system cannot be asked like that.
fn open_at_once(path: &Path) -> Option<(File, u64)> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let file = File::from(openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED).ok()?);
    let size = file.metadata().ok()?.len();
    Some((file, size))
}

fn open(store: &Store, digest: &Digest) -> Result<Option<(File, u64)>, Refusal> {
    let file = match store.open_blob(digest) {
        Err(Error::NoBlob { .. }) => return Ok(None),
        other => other?,
    };
    let size = file.metadata().map_err(|source| {
        let path = store.blob_path(digest);
        Refusal::from(Error::File { path, source })
    })?;
    Ok(Some((file, size.len())))
}

fn send(
    asked: &Asked,
    status: StatusCode,
    mut headers: HeaderMap,
    file: File,
    range: std::ops::Range<u64>,
) -> Response {
    let length = range.end - range.start;
    headers.insert(header::CONTENT_LENGTH, length.into());
    let body = FileBody::new(asked.files.clone(), file, range.start, length);
    (status, headers, Body::new(body)).into_response()
}

fn outside(size: u64) -> Refusal {
    let message = format!("the blob has {size} bytes, and none in the range");
    Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, "RANGE_INVALID", message)
        .with([(header::CONTENT_RANGE, value(&format!("bytes */{size}")))])
}

/// Blobs are shared by all repositories, so one can go only when no image needs it.
async fn delete(registry: &Arc<Registry>, asked: &Asked, digest: Digest) -> Result<Response, Refusal> {
    asked.writable(&*registry.catalog().await?)?;
    let registry = registry.clone();
    blocking(move || match registry.store.remove_blob(&digest) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Refusal::denied(format!("blob {digest} is needed by an image that is here"))),
        Err(error) => Err(Refusal::from(error)),
    })
    .await?;
    Ok(StatusCode::ACCEPTED.into_response())
}
