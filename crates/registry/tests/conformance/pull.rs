//! Pull: "Pulling manifests", "Pulling blobs", "Checking if content exists in the registry".

use crate::client::Served;
use crate::content::{REPOSITORY, blob, blob_path, manifest, manifest_path, put};
use axum::http::Method;
use sealer_model::Digest;
use sealer_model::image::media_type;

const TAG: &str = "tagtest0";

async fn with_manifest() -> (Served, Vec<u8>) {
    let served = Served::new().await;
    let document = manifest(&served, "pull").await;
    put(&served, TAG, &document).await.expect(201);
    (served, document)
}

/// Determining Support
#[tokio::test]
async fn get_of_the_base_is_200() {
    Served::new().await.get("/v2/").await.expect(200);
}

/// Pulling blobs: "a GET request to a nonexistent blob ... MUST return 404"
#[tokio::test]
async fn a_blob_that_is_not_there_is_404() {
    let served = Served::new().await;
    let path = blob_path(&Digest::of(b"nothing"));
    assert_eq!(served.get(&path).await.refusal(), (404, "BLOB_UNKNOWN".to_owned()));
    served.head(&path).await.expect(404);
}

/// Pulling blobs: "the body of the response MUST be the requested blob"
#[tokio::test]
async fn a_blob_is_given_as_it_was_pushed() {
    let served = Served::new().await;
    let pushed = blob(&served, media_type::LAYER_TAR, "hello blob").await;
    let answer = served.get(&blob_path(&pushed.digest)).await.expect(200);
    assert_eq!(answer.body, "hello blob");
    assert_eq!(answer.header("docker-content-digest"), pushed.digest.as_str());
}

/// Checking if content exists: HEAD of a blob, with Content-Length
#[tokio::test]
async fn head_of_a_blob_tells_its_size() {
    let served = Served::new().await;
    let pushed = blob(&served, media_type::LAYER_TAR, "hello blob").await;
    let answer = served.head(&blob_path(&pushed.digest)).await.expect(200);
    assert_eq!(answer.header("content-length"), "10");
    assert_eq!(answer.body, "");
}

/// Pulling blobs: ranges (RFC 9110), "SHOULD support ... Range"
#[tokio::test]
async fn a_range_of_a_blob_is_206() {
    let served = Served::new().await;
    let pushed = blob(&served, media_type::LAYER_TAR, "hello blob").await;
    let headers = [("range", "bytes=6-9")];
    let answer = served.send(Method::GET, &blob_path(&pushed.digest), &headers, "").await.expect(206);
    assert_eq!(answer.body, "blob");
    assert_eq!(answer.header("content-range"), "bytes 6-9/10");
}

/// Pulling blobs: a range that the blob does not have (RFC 9110, section 15.5.17), and several that become the whole
#[tokio::test]
async fn a_range_outside_of_a_blob_is_416() {
    let served = Served::new().await;
    let pushed = blob(&served, media_type::LAYER_TAR, "hello blob").await;
    let path = blob_path(&pushed.digest);
    let answer = served.send(Method::GET, &path, &[("range", "bytes=10-")], "").await.expect(416);
    assert_eq!(answer.header("content-range"), "bytes */10");
    for range in ["bytes=0-1,3-4", "bits=0-1", "bytes=x"] {
        let answer = served.send(Method::GET, &path, &[("range", range)], "").await.expect(200);
        assert_eq!(answer.body, "hello blob", "{range}");
    }
    let answer = served.send(Method::GET, &path, &[("range", "bytes=-4")], "").await.expect(206);
    assert_eq!(answer.body, "blob");
}

/// Checking if content exists: "404 Not Found" of HEAD has no body; digests of algorithms that are not kept are refused
#[tokio::test]
async fn head_has_no_body_and_other_algorithms_are_refused() {
    let served = Served::new().await;
    assert_eq!(served.head(&manifest_path("absent")).await.expect(404).body, "");
    let other = format!("sha512:{}", "0".repeat(128));
    let answer = served.get(&format!("/v2/{REPOSITORY}/blobs/{other}")).await;
    assert_eq!(answer.refusal(), (400, "DIGEST_INVALID".to_owned()));
}

/// Pulling manifests: "if the manifest is not found ... MUST be 404"
#[tokio::test]
async fn a_manifest_that_is_not_there_is_404() {
    let (served, _) = with_manifest().await;
    for reference in [".INVALID_MANIFEST_NAME", "absent", Digest::of(b"absent").as_str()] {
        let answer = served.get(&manifest_path(reference)).await;
        assert_eq!(answer.refusal(), (404, "MANIFEST_UNKNOWN".to_owned()), "{reference}");
        served.head(&manifest_path(reference)).await.expect(404);
    }
}

/// Pulling manifests: by tag and by digest, "Content-Type ... MUST match the mediaType", "Docker-Content-Digest"
#[tokio::test]
async fn a_manifest_is_given_as_it_was_pushed() {
    let (served, document) = with_manifest().await;
    let digest = Digest::of(&document);
    for reference in [TAG, digest.as_str()] {
        let answer = served.get(&manifest_path(reference)).await.expect(200);
        assert_eq!(answer.body, document);
        assert_eq!(answer.header("content-type"), media_type::MANIFEST);
        assert_eq!(answer.header("docker-content-digest"), digest.as_str());
    }
}

/// Checking if content exists: HEAD of a manifest
#[tokio::test]
async fn head_of_a_manifest_tells_digest_size_and_type() {
    let (served, document) = with_manifest().await;
    let digest = Digest::of(&document);
    for reference in [TAG, digest.as_str()] {
        let answer = served.head(&manifest_path(reference)).await.expect(200);
        assert_eq!(answer.header("content-length"), document.len().to_string());
        assert_eq!(answer.header("docker-content-digest"), digest.as_str());
        assert_eq!(answer.header("content-type"), media_type::MANIFEST);
    }
}

/// Error Codes: "4XX ... the body ... MUST follow the format", with code and message
#[tokio::test]
async fn errors_have_a_code_and_a_message() {
    let served = Served::new().await;
    let answer = served.get(&manifest_path("absent")).await.expect(404);
    assert_eq!(answer.header("content-type"), "application/json");
    let error = &answer.json()["errors"][0];
    assert_eq!(error["code"], "MANIFEST_UNKNOWN");
    assert!(error["message"].as_str().unwrap().contains("absent"));
}

/// Pull: names outside of the grammar
#[tokio::test]
async fn names_outside_of_the_grammar_are_refused() {
    let served = Served::new().await;
    for path in ["/v2/UPPER/manifests/v1", "/v2/a..b/manifests/v1", "/v2/-a/tags/list", "/v2/a/blobs/sha256:1"] {
        let answer = served.get(path).await;
        assert_eq!(answer.status.as_u16(), 400, "{path}");
    }
}
