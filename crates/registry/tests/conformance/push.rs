//! Push: "Pushing blobs" in all its forms, "Pushing manifests", "Pushing manifests with subject".

use crate::client::Served;
use crate::content::{
    REPOSITORY, artifact, blob, blob_path, descriptor, document, manifest, manifest_path, put, put_as, uploads,
    with_digest,
};
use axum::http::Method;
use sealer_model::Digest;
use sealer_model::image::media_type;
use serde_json::json;

const OCTETS: (&str, &str) = ("content-type", "application/octet-stream");

async fn begun(served: &Served) -> String {
    served.send(Method::POST, &uploads(), &[], "").await.expect(202).header("location").to_owned()
}

async fn patch(served: &Served, location: &str, range: &str, body: &'static str) -> crate::client::Answer {
    served.send(Method::PATCH, location, &[OCTETS, ("content-range", range)], body).await
}

/// Pushing a blob monolithically: POST then PUT
#[tokio::test]
async fn a_blob_by_post_and_put() {
    let served = Served::new().await;
    let digest = Digest::of(b"POST then PUT");
    let location = with_digest(&begun(&served).await, &digest);
    let answer = served.send(Method::PUT, &location, &[OCTETS], "POST then PUT").await.expect(201);
    let pullable = answer.header("location").to_owned();
    assert_eq!(answer.header("docker-content-digest"), digest.as_str());
    assert_eq!(served.get(&pullable).await.expect(200).body, "POST then PUT");
}

/// Pushing a blob monolithically: single POST
#[tokio::test]
async fn a_blob_by_one_post() {
    let served = Served::new().await;
    let digest = Digest::of(b"single POST");
    let path = format!("{}?digest={digest}", uploads());
    let answer = served.send(Method::POST, &path, &[OCTETS], "single POST").await.expect(201);
    assert_eq!(answer.header("location"), blob_path(&digest));
    served.get(&blob_path(&digest)).await.expect(200);
}

/// Pushing blobs: the digest must be that of the content
#[tokio::test]
async fn a_blob_with_another_digest_is_400() {
    let served = Served::new().await;
    let other = Digest::of(b"other");
    let location = with_digest(&begun(&served).await, &other);
    let answer = served.send(Method::PUT, &location, &[OCTETS], "content").await;
    assert_eq!(answer.refusal(), (400, "DIGEST_INVALID".to_owned()));
    served.get(&blob_path(&other)).await.expect(404);
}

/// Pushing a blob in chunks: PATCH, GET of the state, PUT with and without a last chunk
#[tokio::test]
async fn a_blob_in_chunks() {
    let served = Served::new().await;
    let digest = Digest::of(b"chunk one chunk two");
    for last in ["", "chunk two"] {
        let location = begun(&served).await;
        let answer = patch(&served, &location, "0-9", "chunk one ").await.expect(202);
        assert_eq!(answer.header("range"), "0-9");
        let mut location = answer.header("location").to_owned();
        if last.is_empty() {
            let answer = patch(&served, &location, "10-18", "chunk two").await.expect(202);
            assert_eq!(answer.header("range"), "0-18");
            location = answer.header("location").to_owned();
        }
        served.send(Method::PUT, &with_digest(&location, &digest), &[OCTETS], last).await.expect(201);
        assert_eq!(served.get(&blob_path(&digest)).await.expect(200).body, "chunk one chunk two");
        served.store.remove_blob(&digest).unwrap();
    }
}

/// Pushing a blob in chunks: "chunks MUST be uploaded in order ... 416 Requested Range Not Satisfiable"
#[tokio::test]
async fn a_chunk_out_of_order_is_416() {
    let served = Served::new().await;
    let location = begun(&served).await;
    patch(&served, &location, "9-17", "chunk two").await.expect(416);
    patch(&served, &location, "0-8", "chunk one").await.expect(202);
    patch(&served, &location, "0-8", "chunk one").await.expect(416);
    patch(&served, &location, "10-18", "chunk two").await.expect(416);
}

/// Pushing a blob in chunks: "to get the current status ... GET", "204 No Content" with Location and Range
#[tokio::test]
async fn the_state_of_an_upload_is_told() {
    let served = Served::new().await;
    let location = begun(&served).await;
    patch(&served, &location, "0-8", "chunk one").await.expect(202);
    let answer = served.get(&location).await.expect(204);
    assert_eq!(answer.header("range"), "0-8");
    assert!(answer.header("location").starts_with(&uploads()));
}

/// Pushing a blob: a stream of unknown length
#[tokio::test]
async fn a_stream_without_ranges_is_taken() {
    let served = Served::new().await;
    let location = begun(&served).await;
    served.send(Method::PATCH, &location, &[OCTETS], "streamed").await.expect(202);
    let location = with_digest(&location, &Digest::of(b"streamed"));
    served.send(Method::PUT, &location, &[], "").await.expect(201);
}

/// Mounting a blob from another repository: 201 with Location, or 202 and an upload
#[tokio::test]
async fn a_blob_is_mounted_or_an_upload_begins() {
    let served = Served::new().await;
    let here = blob(&served, media_type::LAYER_TAR, "mount").await.digest;
    for from in ["&from=myorg/myrepo", ""] {
        let path = format!("/v2/myorg/other/blobs/uploads/?mount={here}{from}");
        let answer = served.send(Method::POST, &path, &[], "").await.expect(201);
        assert_eq!(answer.header("location"), format!("/v2/myorg/other/blobs/{here}"));
        assert_eq!(served.get(answer.header("location")).await.expect(200).body, "mount");
    }
    let path = format!("/v2/myorg/other/blobs/uploads/?mount={}&from={REPOSITORY}", Digest::of(b"absent"));
    let answer = served.send(Method::POST, &path, &[], "").await.expect(202);
    assert!(answer.header("location").starts_with("/v2/myorg/other/blobs/uploads/"));
}

/// Cancel a blob upload
#[tokio::test]
async fn a_cancelled_upload_is_gone() {
    let served = Served::new().await;
    let location = begun(&served).await;
    served.send(Method::DELETE, &location, &[], "").await.expect(204);
    assert_eq!(served.get(&location).await.refusal(), (404, "BLOB_UPLOAD_UNKNOWN".to_owned()));
}

/// Pushing manifests: "201 Created" with Location, by tag and by digest
#[tokio::test]
async fn a_manifest_by_tag_and_by_digest() {
    let served = Served::new().await;
    let pushed = manifest(&served, "push").await;
    let digest = Digest::of(&pushed);
    for reference in ["tagtest0", digest.as_str()] {
        let answer = put(&served, reference, &pushed).await.expect(201);
        assert_eq!(answer.header("location"), manifest_path(digest.as_str()));
        assert_eq!(answer.header("docker-content-digest"), digest.as_str());
    }
    served.get(&manifest_path("tagtest0")).await.expect(200);
}

/// Pushing manifests: "an image manifest with no layers"
#[tokio::test]
async fn a_manifest_without_layers_is_taken() {
    let served = Served::new().await;
    let config = blob(&served, media_type::CONFIG, "{}").await;
    let empty = json!({ "schemaVersion": 2, "mediaType": media_type::MANIFEST, "config": config, "layers": [] });
    put(&served, "emptylayer", &document(&empty)).await.expect(201);
}

/// Pushing manifests: "Registries ... SHOULD ... manifest sizes ... at least 4 megabytes", "413 Payload Too Large" beyond the limit
#[tokio::test]
async fn a_manifest_of_four_megabytes_is_taken_and_one_beyond_the_limit_is_413() {
    let served = Served::new().await;
    let config = blob(&served, media_type::CONFIG, "{}").await;
    let padded = |length: usize| {
        let note = json!({ "padding": "x".repeat(length) });
        document(&json!({ "schemaVersion": 2, "config": config, "layers": [], "annotations": note }))
    };
    put(&served, "large", &padded(4 << 20)).await.expect(201);
    assert!(served.get(&manifest_path("large")).await.expect(200).body.len() > 4 << 20);
    assert_eq!(put(&served, "huge", &padded(8 << 20)).await.refusal(), (413, "MANIFEST_INVALID".to_owned()));
}

/// Pushing a blob: an upload belongs to its repository, and a session that nobody began is 404
#[tokio::test]
async fn an_upload_is_known_only_in_its_repository() {
    let served = Served::new().await;
    let location = begun(&served).await;
    let elsewhere = location.replace(REPOSITORY, "myorg/other");
    for location in [elsewhere, format!("{}0123456789abcdef", uploads())] {
        let answer = patch(&served, &location, "0-4", "chunk").await;
        assert_eq!(answer.refusal(), (404, "BLOB_UPLOAD_UNKNOWN".to_owned()), "{location}");
    }
    let answer = served.send(Method::PUT, &location, &[OCTETS], "without a digest").await;
    assert_eq!(answer.refusal(), (400, "DIGEST_INVALID".to_owned()));
}

/// Pushing manifests: parts that are not there, other digests, no JSON, tags outside of the grammar
#[tokio::test]
async fn a_manifest_that_is_wrong_is_refused() {
    let served = Served::new().await;
    let good = manifest(&served, "good").await;
    let other = Digest::of(b"other");
    let absent = descriptor(b"absent");
    let lacking = json!({ "schemaVersion": 2, "config": absent, "layers": [] });
    for (reference, bytes, code) in [
        ("v1", document(&lacking), "MANIFEST_BLOB_UNKNOWN"),
        ("v1", b"no json".to_vec(), "MANIFEST_INVALID"),
        (other.as_str(), good.clone(), "DIGEST_INVALID"),
        ("..", good.clone(), "TAG_INVALID"),
        ("sha256:12", good, "DIGEST_INVALID"),
    ] {
        let answer = put(&served, reference, &bytes).await;
        assert_eq!(answer.refusal(), (400, code.to_owned()), "{reference}");
    }
}

/// Pushing manifests: an index of what is there
#[tokio::test]
async fn an_index_is_taken_with_its_manifests() {
    let served = Served::new().await;
    let child = manifest(&served, "child").await;
    put(&served, Digest::of(&child).as_str(), &child).await.expect(201);
    let index = json!({ "schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": [descriptor(&child)] });
    put_as(&served, "index", media_type::INDEX, &document(&index)).await.expect(201);
    let answer = served.get(&manifest_path("index")).await.expect(200);
    assert_eq!(answer.header("content-type"), media_type::INDEX);
    assert_eq!(served.get(&manifest_path(Digest::of(&child).as_str())).await.expect(200).body, child);
}

/// Pushing manifests with subject: "OCI-Subject ... MUST be set", also when the subject is not there yet
#[tokio::test]
async fn a_subject_is_told_back() {
    let served = Served::new().await;
    let later = manifest(&served, "later").await;
    let pushed = artifact(&served, &descriptor(&later), "application/vnd.example.signature").await;
    let answer = put(&served, Digest::of(&pushed).as_str(), &pushed).await.expect(201);
    assert_eq!(answer.header("oci-subject"), Digest::of(&later).as_str());
    let plain = put(&served, "later", &later).await.expect(201);
    assert_eq!(plain.header("oci-subject"), "");
}
