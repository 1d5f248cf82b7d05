//! Manifests on their way in and out: what they need must be there, and a tag becomes a name in the store.

use crate::client::{Answer, Served};
use crate::fixtures::{bytes, cluster_image, image, index};
use axum::http::Method;
use sealer_image::Store;
use sealer_model::Digest;
use sealer_model::image::{Descriptor, Manifest, media_type};
use sealer_registry::Configuration;

async fn put(served: &Served, path: &str, media_type: &str, body: Vec<u8>) -> Answer {
    let headers = [("content-type", media_type)];
    served.send(Method::PUT, path, &headers, body).await
}

/// An image that lies in another store, with what its manifest needs.
fn elsewhere(text: &str) -> (tempfile::TempDir, Store, Descriptor, Manifest) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let descriptor = image(&store, text);
    let manifest = store.manifest(&descriptor).unwrap();
    (folder, store, descriptor, manifest)
}

#[tokio::test]
async fn an_image_pushed_without_a_domain_belongs_to_the_registry() {
    let served = Served::new().await;
    let (_folder, theirs, descriptor, manifest) = elsewhere("web");
    for blob in manifest.blobs() {
        let path = format!("/v2/foo/bar/blobs/uploads/?digest={}", blob.digest);
        let content = bytes(&theirs, &blob.digest);
        served.send(Method::POST, &path, &[], content).await.expect(201);
    }
    let document = bytes(&theirs, &descriptor.digest);
    let path = "/v2/foo/bar/manifests/v1";
    let answer = put(&served, path, media_type::MANIFEST, document.clone()).await.expect(201);
    let by_digest = format!("/v2/foo/bar/manifests/{}", descriptor.digest);
    assert_eq!(answer.header("location"), by_digest);
    assert_eq!(served.get(path).await.body, document);
    assert_eq!(served.get(&by_digest).await.body, document);
    let images = served.store.images().unwrap();
    let names: Vec<String> = images.iter().map(|image| image.name.to_string()).collect();
    assert_eq!(names, ["localhost/foo/bar:v1"]);
}

#[tokio::test]
async fn a_manifest_without_its_blobs_is_refused() {
    let served = Served::new().await;
    let (_folder, theirs, descriptor, _) = elsewhere("web");
    let document = bytes(&theirs, &descriptor.digest);
    let answer = put(&served, "/v2/a/manifests/v1", media_type::MANIFEST, document).await;
    assert_eq!(answer.refusal(), (400, "MANIFEST_BLOB_UNKNOWN".to_owned()));
    let list = index(&theirs, vec![descriptor]);
    let document = bytes(&theirs, &list.digest);
    let answer = put(&served, "/v2/a/manifests/v1", media_type::INDEX, document).await;
    assert_eq!(answer.refusal(), (400, "MANIFEST_BLOB_UNKNOWN".to_owned()));
    assert_eq!(served.store.images().unwrap(), []);
}

#[tokio::test]
async fn documents_that_are_no_manifests_are_refused() {
    let served = Served::new().await;
    let web = image(&served.store, "web");
    let document = bytes(&served.store, &web.digest);
    let other = format!("/v2/a/manifests/{}", Digest::of(b"other"));
    let huge = vec![b' '; 9 * 1024 * 1024];
    let cases = [
        ("/v2/a/manifests/v1", media_type::MANIFEST, b"{}".to_vec(), 400, "MANIFEST_INVALID"),
        ("/v2/a/manifests/v1", media_type::MANIFEST, b"\xff".to_vec(), 400, "MANIFEST_INVALID"),
        ("/v2/a/manifests/v1", media_type::INDEX, document.clone(), 400, "MANIFEST_INVALID"),
        (other.as_str(), media_type::MANIFEST, document, 400, "DIGEST_INVALID"),
        ("/v2/a/manifests/v1", media_type::MANIFEST, huge, 413, "MANIFEST_INVALID"),
    ];
    for (path, media_type, body, status, code) in cases {
        let answer = put(&served, path, media_type, body).await;
        assert_eq!(answer.refusal(), (status, code.to_owned()));
    }
    assert_eq!(served.store.images().unwrap(), []);
}

#[tokio::test]
async fn a_tag_is_deleted_and_what_a_cluster_image_brings_is_not() {
    let served = Served::new().await;
    let web = image(&served.store, "web");
    served.store.tag(&"web:v1".parse().unwrap(), &web).unwrap();
    let cluster = cluster_image(&served.store, "redis:7", &web);
    served.store.tag(&"guestbook:v1".parse().unwrap(), &cluster).unwrap();
    let delete = async |path: &str| served.send(Method::DELETE, path, &[], "").await;
    delete("/v2/docker.io/library/web/manifests/v1").await.expect(202);
    served.get("/v2/web/manifests/v1").await.expect(404);
    let gone = delete("/v2/docker.io/library/web/manifests/v1").await;
    assert_eq!(gone.refusal(), (404, "MANIFEST_UNKNOWN".to_owned()));
    for part in ["/v2/redis/manifests/7", "/v2/docker.io/library/redis/manifests/7"] {
        assert_eq!(delete(part).await.refusal(), (403, "DENIED".to_owned()), "{part}");
    }
}

#[tokio::test]
async fn a_read_only_registry_takes_nothing() {
    let served = Served::with(Configuration { read_only: true, ..Configuration::default() }).await;
    let web = image(&served.store, "web");
    served.store.tag(&"web:v1".parse().unwrap(), &web).unwrap();
    for (method, path) in [
        (Method::POST, "/v2/web/blobs/uploads/"),
        (Method::PUT, "/v2/web/manifests/v2"),
        (Method::DELETE, "/v2/web/manifests/v1"),
    ] {
        let answer = served.send(method, path, &[], "").await;
        assert_eq!(answer.refusal(), (405, "UNSUPPORTED".to_owned()), "{path}");
        assert_eq!(answer.header("allow"), "GET, HEAD");
    }
    served.get("/v2/web/manifests/v1").await.expect(200);
}
