//! Blobs: served whole or in part, straight from the file, in pieces of a fixed size.

use crate::disk::blocking;
use crate::headers::{already_there, identity, text, value};
use crate::range::{Wanted, wanted};
use crate::refusal::Refusal;
use crate::router::{Asked, Registry, only_reads};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sealer_image::{Error, Store};
use sealer_model::Digest;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

/// Bytes of a blob that are in memory for one request.
const PIECE: usize = 256 * 1024;

/// Serves a blob.
pub(crate) async fn read(registry: &Arc<Registry>, asked: &Asked, digest: Digest) -> Result<Response, Refusal> {
    only_reads(&asked.method)?;
    let (store, wanted_digest) = (registry.store.clone(), digest.clone());
    let (file, size) = blocking(move || open(&store, &wanted_digest)).await?;
    let mut headers = identity(&digest);
    if already_there(&asked.headers, &digest) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let octets = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, octets);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if asked.method == Method::HEAD {
        headers.insert(header::CONTENT_LENGTH, size.into());
        return Ok((headers, Body::empty()).into_response());
    }
    match wanted(text(&asked.headers, header::RANGE), size) {
        Wanted::Whole => send(StatusCode::OK, headers, file, 0, size).await,
        Wanted::Part { start, length } => {
            let range = format!("bytes {start}-{}/{size}", start + length - 1);
            headers.insert(header::CONTENT_RANGE, value(&range));
            send(StatusCode::PARTIAL_CONTENT, headers, file, start, length).await
        }
        Wanted::Nothing => Err(outside(size)),
    }
}

fn open(store: &Store, digest: &Digest) -> Result<(File, u64), Refusal> {
    let file = store.open_blob(digest)?;
    let size = file.metadata().map_err(|source| {
        let path = store.blob_path(digest);
        Refusal::from(Error::File { path, source })
    })?;
    Ok((file, size.len()))
}

async fn send(
    status: StatusCode,
    mut headers: HeaderMap,
    mut file: File,
    start: u64,
    length: u64,
) -> Result<Response, Refusal> {
    if start > 0 {
        file = blocking(move || seek(file, start)).await?;
    }
    headers.insert(header::CONTENT_LENGTH, length.into());
    let reader = tokio::fs::File::from_std(file).take(length);
    let body = Body::from_stream(ReaderStream::with_capacity(reader, PIECE));
    Ok((status, headers, body).into_response())
}

fn seek(mut file: File, start: u64) -> Result<File, Refusal> {
    match file.seek(SeekFrom::Start(start)) {
        Ok(_) => Ok(file),
        Err(error) => Err(Refusal::internal(format!("cannot read from byte {start}: {error}"))),
    }
}

fn outside(size: u64) -> Refusal {
    let message = format!("the blob has {size} bytes, and none in the range");
    Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, "RANGE_INVALID", message)
        .with([(header::CONTENT_RANGE, value(&format!("bytes */{size}")))])
}
