//! Pulling: by every form of a name, by digest, in parts, and not again what is there already.

use crate::client::Served;
use crate::fixtures::{bytes, cluster_image, image};
use axum::http::Method;
use sealer_image::Store;
use sealer_model::image::{Manifest, media_type};

#[tokio::test]
async fn the_base_says_which_protocol_it_speaks() {
    let served = Served::new().await;
    let answer = served.get("/v2/").await.expect(200);
    assert_eq!(answer.header("docker-distribution-api-version"), "registry/2.0");
}

#[tokio::test]
async fn a_container_image_is_found_under_every_form_of_its_name() {
    let served = Served::new().await;
    let redis = image(&served.store, "redis");
    let cluster = cluster_image(&served.store, "docker.io/library/redis:7", &redis);
    served.store.tag(&"guestbook:v1".parse().unwrap(), &cluster).unwrap();
    let expected = bytes(&served.store, &redis.digest);
    for path in [
        "/v2/library/redis/manifests/7?ns=docker.io",
        "/v2/docker.io/library/redis/manifests/7",
        "/v2/library/redis/manifests/7",
        "/v2/redis/manifests/7",
        &format!("/v2/library/redis/manifests/{}?ns=docker.io", redis.digest),
    ] {
        let answer = served.get(path).await.expect(200);
        assert_eq!(answer.body, expected, "{path}");
        assert_eq!(answer.header("content-type"), media_type::MANIFEST);
        assert_eq!(answer.header("docker-content-digest"), redis.digest.as_str());
        let head = served.head(path).await.expect(200);
        assert_eq!(head.header("content-length"), expected.len().to_string());
        assert_eq!(head.header("docker-content-digest"), redis.digest.as_str());
    }
    let elsewhere = "/v2/library/redis/manifests/7?ns=quay.io";
    let unknown = (404, "MANIFEST_UNKNOWN".to_owned());
    assert_eq!(served.get(elsewhere).await.refusal(), unknown);
}

#[tokio::test]
async fn a_layer_is_no_manifest() {
    let served = Served::new().await;
    let manifest = image(&served.store, "web");
    let manifest: Manifest = served.store.manifest(&manifest).unwrap();
    let path = format!("/v2/web/manifests/{}", manifest.layers[0].digest);
    let unknown = (404, "MANIFEST_UNKNOWN".to_owned());
    assert_eq!(served.get(&path).await.refusal(), unknown);
}

#[tokio::test]
async fn tags_and_repositories_are_listed_in_pages() {
    let served = Served::new().await;
    let web = image(&served.store, "web");
    for name in ["web:v1", "web:v2", "web:v3", "quay.io/a/b:1"] {
        served.store.tag(&name.parse().unwrap(), &web).unwrap();
    }
    let first = served.get("/v2/library/web/tags/list?n=2&ns=docker.io").await;
    assert_eq!(first.json()["name"], "library/web");
    assert_eq!(first.json()["tags"], serde_json::json!(["v1", "v2"]));
    let next = first.header("link").strip_suffix(">; rel=\"next\"").unwrap();
    let last = served.get(next.strip_prefix('<').unwrap()).await.expect(200);
    assert_eq!(last.json()["tags"], serde_json::json!(["v3"]));
    assert_eq!(last.header("link"), "");
    let catalog = served.get("/v2/_catalog").await.json();
    let all = serde_json::json!({ "repositories": ["docker.io/library/web", "quay.io/a/b"] });
    assert_eq!(catalog, all);
    let unknown = (404, "NAME_UNKNOWN".to_owned());
    assert_eq!(served.get("/v2/nowhere/tags/list").await.refusal(), unknown);
}

#[tokio::test]
async fn a_name_that_another_process_gives_is_seen() {
    let served = Served::new().await;
    let other = Store::open(served.store.root()).unwrap();
    let one = image(&other, "one");
    let two = image(&other, "two");
    for expected in [one, two] {
        other.tag(&"web:v1".parse().unwrap(), &expected).unwrap();
        let answer = served.get("/v2/web/manifests/v1").await.expect(200);
        assert_eq!(answer.header("docker-content-digest"), expected.digest.as_str());
    }
}

#[tokio::test]
async fn a_blob_is_served_whole_or_in_part() {
    let served = Served::new().await;
    let blob = served.store.put_document("text/plain", b"0123456789").unwrap();
    let path = format!("/v2/any/thing/blobs/{}", blob.digest);
    let whole = served.get(&path).await.expect(200);
    assert_eq!(whole.body, "0123456789");
    assert_eq!(whole.header("docker-content-digest"), blob.digest.as_str());
    let head = served.head(&path).await.expect(200);
    assert_eq!(head.header("content-length"), "10");
    for (range, status, body, content_range) in [
        ("bytes=2-4", 206, "234", "bytes 2-4/10"),
        ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=-1", 206, "9", "bytes 9-9/10"),
        ("bytes=0-1,3-4", 200, "0123456789", ""),
    ] {
        let headers = [("range", range)];
        let part = served.send(Method::GET, &path, &headers, "").await.expect(status);
        assert_eq!(part.body, body, "{range}");
        assert_eq!(part.header("content-range"), content_range);
    }
    let headers = [("range", "bytes=10-")];
    let outside = served.send(Method::GET, &path, &headers, "").await.expect(416);
    assert_eq!(outside.header("content-range"), "bytes */10");
}

#[tokio::test]
async fn a_large_blob_comes_in_many_pieces_and_whole() {
    let served = Served::new().await;
    let large: Vec<u8> = (0..3_000_000_u32).map(|number| number.to_le_bytes()[1]).collect();
    let blob = served.store.put_document("text/plain", &large).unwrap();
    let answer = served.get(&format!("/v2/a/blobs/{}", blob.digest)).await.expect(200);
    assert!(answer.body == large, "the blob came back changed");
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let served = Served::new().await;
    let web = image(&served.store, "web");
    served.store.tag(&"web:v1".parse().unwrap(), &web).unwrap();
    let blob = served.store.put_document("text/plain", b"blob").unwrap();
    let blob = format!("/v2/web/blobs/{}", blob.digest);
    for path in ["/v2/web/manifests/v1", blob.as_str()] {
        let tag = served.get(path).await.expect(200).header("etag").to_owned();
        let headers = [("if-none-match", tag.as_str())];
        let answer = served.send(Method::GET, path, &headers, "").await.expect(304);
        assert_eq!(answer.body, "");
    }
}

#[tokio::test]
async fn hostile_paths_are_refused() {
    let served = Served::new().await;
    for path in [
        "/v2/../../etc/manifests/passwd",
        "/v2/a/../../b/manifests/v1",
        "/v2/a/manifests/..",
        "/v2/a/manifests/sha256:..%2f..%2findex.json",
        "/v2/a/blobs/sha256:../../index.json",
        "/v2/a/blobs/..",
        "/v2/a/blobs/uploads/../../../index.json",
        "/v2/a%00b/manifests/v1",
        "/v2/a/manifests/v1?ns=../..",
        "/v2/a/manifests/v1?ns=a&ns=b",
        "/v2/a/tags/list?n=-1",
        "/etc/passwd",
    ] {
        let answer = served.get(path).await;
        assert!(answer.status.is_client_error(), "{path}: {answer:?}");
        assert_ne!(answer.refusal().1, "", "{path}");
    }
}
