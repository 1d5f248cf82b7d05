//! Content as the specification's conformance tests make it, pushed with nothing but the protocol.

use crate::client::{Answer, Served};
use axum::http::Method;
use sealer_model::Digest;
use sealer_model::image::{Descriptor, media_type};
use serde_json::{Value, json};

/// The repository that the cases work in.
pub(crate) const REPOSITORY: &str = "myorg/myrepo";

/// Pushes a blob with POST and PUT, and describes it.
pub(crate) async fn blob(served: &Served, media_type: &str, bytes: &str) -> Descriptor {
    let digest = Digest::of(bytes.as_bytes());
    let begun = served.send(Method::POST, &uploads(), &[], "").await.expect(202);
    let location = with_digest(begun.header("location"), &digest);
    let headers = [("content-type", "application/octet-stream")];
    served.send(Method::PUT, &location, &headers, bytes.to_owned()).await.expect(201);
    Descriptor::new(media_type, digest, bytes.len() as u64)
}

/// Where uploads begin.
pub(crate) fn uploads() -> String {
    format!("/v2/{REPOSITORY}/blobs/uploads/")
}

/// Where a manifest is.
pub(crate) fn manifest_path(reference: &str) -> String {
    format!("/v2/{REPOSITORY}/manifests/{reference}")
}

/// Where a blob is.
pub(crate) fn blob_path(digest: &Digest) -> String {
    format!("/v2/{REPOSITORY}/blobs/{digest}")
}

/// An upload's location, for its last request.
pub(crate) fn with_digest(location: &str, digest: &Digest) -> String {
    let separator = if location.contains('?') { '&' } else { '?' };
    format!("{location}{separator}digest={digest}")
}

/// A manifest with one layer, whose blobs are pushed.
pub(crate) async fn manifest(served: &Served, text: &str) -> Vec<u8> {
    let config = blob(served, media_type::CONFIG, &json!({ "author": text }).to_string()).await;
    let layer = blob(served, media_type::LAYER_TAR, text).await;
    document(&json!({
        "schemaVersion": 2,
        "mediaType": media_type::MANIFEST,
        "config": config,
        "layers": [layer],
    }))
}

/// An artifact that refers to another manifest, whose blobs are pushed.
pub(crate) async fn artifact(served: &Served, subject: &Descriptor, kind: &str) -> Vec<u8> {
    let config = blob(served, "application/vnd.oci.empty.v1+json", "{}").await;
    document(&json!({
        "schemaVersion": 2,
        "mediaType": media_type::MANIFEST,
        "artifactType": kind,
        "config": config,
        "layers": [config],
        "subject": subject,
        "annotations": { "org.example": kind },
    }))
}

pub(crate) fn document(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

/// Pushes a manifest under a tag or a digest.
pub(crate) async fn put(served: &Served, reference: &str, document: &[u8]) -> Answer {
    put_as(served, reference, media_type::MANIFEST, document).await
}

pub(crate) async fn put_as(served: &Served, reference: &str, media_type: &str, document: &[u8]) -> Answer {
    let headers = [("content-type", media_type)];
    served.send(Method::PUT, &manifest_path(reference), &headers, document.to_vec()).await
}

pub(crate) fn descriptor(document: &[u8]) -> Descriptor {
    Descriptor::of(media_type::MANIFEST, document)
}
