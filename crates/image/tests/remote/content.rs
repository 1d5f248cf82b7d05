//! What the test's registry keeps, and the answers of the distribution protocol.

use crate::registry::{header, status};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use sealer_model::Digest;
use std::collections::BTreeMap;

/// Blobs by digest; manifests, with their types, by repository and tag or digest.
#[derive(Default)]
pub(crate) struct Content {
    pub(crate) blobs: BTreeMap<String, Vec<u8>>,
    pub(crate) manifests: BTreeMap<String, (String, Vec<u8>)>,
    /// Always sends whole blobs.
    pub(crate) without_ranges: bool,
    /// What it calls the state of what it sends.
    pub(crate) etag: Option<&'static str>,
    /// Does not know how much of an upload has arrived.
    pub(crate) forgetful: bool,
    uploads: BTreeMap<String, Vec<u8>>,
}

impl Content {
    /// The protocol's answer.
    pub(crate) fn answer(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap, body: Bytes) -> Response<Body> {
        let path = uri.path();
        let query = uri.query().unwrap_or_default();
        if let Some((repository, selector)) = path.split_once("/manifests/") {
            return match *method {
                Method::PUT => self.take_manifest(repository, selector, headers, &body),
                _ => self.manifest(repository, selector),
            };
        }
        match (method, path) {
            (&Method::POST, _) if query.contains("mount=") => self.mount(query),
            (&Method::POST, _) => self.begin_upload(path),
            (&Method::PATCH, _) => self.take_chunk(path, headers, &body),
            (&Method::GET, _) if path.contains("/uploads/") => self.upload_status(path),
            (&Method::PUT, _) => self.take_blob(path, query, &body),
            (_, "/v2/") => status(StatusCode::OK),
            _ => self.blob(path, headers),
        }
    }

    fn manifest(&self, repository: &str, selector: &str) -> Response<Body> {
        let Some((kind, bytes)) = self.manifests.get(&format!("{repository} {selector}")) else {
            return status(StatusCode::NOT_FOUND);
        };
        let digest = Digest::of(bytes).to_string();
        let response = Response::builder().header("content-type", kind);
        response.header("docker-content-digest", digest).body(Body::from(bytes.clone())).unwrap()
    }

    fn take_manifest(&mut self, repository: &str, selector: &str, headers: &HeaderMap, body: &Bytes) -> Response<Body> {
        let kind = header(headers, "content-type").unwrap_or_default().to_owned();
        for selector in [selector.to_owned(), Digest::of(body).to_string()] {
            let manifest = (kind.clone(), body.to_vec());
            self.manifests.insert(format!("{repository} {selector}"), manifest);
        }
        status(StatusCode::CREATED)
    }

    fn blob(&self, path: &str, headers: &HeaderMap) -> Response<Body> {
        let digest = path.rsplit('/').next().unwrap_or_default();
        let Some(bytes) = self.blobs.get(digest) else {
            return status(StatusCode::NOT_FOUND);
        };
        let is_same = header(headers, "if-range").is_none_or(|etag| Some(etag) == self.etag);
        let range = header(headers, "range").filter(|_| !self.without_ranges && is_same);
        let start = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
        let builder = || match self.etag {
            Some(etag) => Response::builder().header("etag", etag),
            None => Response::builder(),
        };
        let Some(start) = start else {
            return builder().body(Body::from(bytes.clone())).unwrap();
        };
        let told = format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len());
        let rest = bytes[start..].to_vec();
        builder().status(206).header("content-range", told).body(Body::from(rest)).unwrap()
    }

    /// Blobs of all repositories are one, so a blob that is there can be borrowed from anywhere.
    fn mount(&mut self, query: &str) -> Response<Body> {
        let digest = query.split("mount=").nth(1).and_then(|rest| rest.split('&').next());
        let digest = digest.unwrap_or_default().replace("%3A", ":");
        if self.blobs.contains_key(&digest) {
            return status(StatusCode::CREATED);
        }
        self.begin_upload("/v2/any/blobs/uploads/")
    }

    fn begin_upload(&mut self, path: &str) -> Response<Body> {
        let place = format!("{path}{}", self.uploads.len());
        self.uploads.insert(place.clone(), Vec::new());
        upload(202, &place, 0)
    }

    /// A chunk begins where the one before it ended.
    pub(crate) fn take_chunk(&mut self, path: &str, headers: &HeaderMap, body: &[u8]) -> Response<Body> {
        let Some(arrived) = self.uploads.get_mut(path) else {
            return status(StatusCode::NOT_FOUND);
        };
        let start = header(headers, "content-range").map_or("0", |range| range.split('-').next().unwrap());
        if start.parse() != Ok(arrived.len()) {
            return status(StatusCode::RANGE_NOT_SATISFIABLE);
        }
        arrived.extend_from_slice(body);
        upload(202, path, arrived.len())
    }

    fn upload_status(&self, path: &str) -> Response<Body> {
        match self.uploads.get(path).filter(|_| !self.forgetful) {
            Some(arrived) => upload(204, path, arrived.len()),
            None => status(StatusCode::NOT_FOUND),
        }
    }

    fn take_blob(&mut self, path: &str, query: &str, body: &[u8]) -> Response<Body> {
        let digest = query.split("digest=").nth(1).unwrap_or_default().replace("%3A", ":");
        let mut content = self.uploads.remove(path).unwrap_or_default();
        content.extend_from_slice(body);
        if Digest::of(&content).as_str() != digest {
            return status(StatusCode::BAD_REQUEST);
        }
        self.blobs.insert(digest, content);
        status(StatusCode::CREATED)
    }
}

fn upload(status: u16, place: &str, arrived: usize) -> Response<Body> {
    let response = Response::builder().status(status).header("location", format!("{place}?state=x"));
    response.header("range", format!("0-{}", arrived.saturating_sub(1))).body(Body::empty()).unwrap()
}
