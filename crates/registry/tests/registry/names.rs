//! Which repository a name means: domains never mix, whatever the form of the request.

use crate::client::Served;
use crate::fixtures::{bytes, cluster_image, image, index};
use axum::http::Method;
use sealer_model::image::{Descriptor, Entry, Index, media_type};
use sealer_model::{Digest, Platform};
use sealer_registry::Configuration;

async fn push(served: &Served, path: &str, document: &Descriptor) -> crate::client::Answer {
    let headers = [("content-type", document.media_type.as_str())];
    served.send(Method::PUT, path, &headers, bytes(&served.store, &document.digest)).await
}

async fn digest(served: &Served, path: &str) -> String {
    served.get(path).await.expect(200).header("docker-content-digest").to_owned()
}

fn names(served: &Served) -> Vec<String> {
    served.store.images().unwrap().iter().map(|image| image.name.to_string()).collect()
}

#[tokio::test]
async fn the_same_path_of_three_domains_is_three_repositories() {
    let served = Served::new().await;
    let images = ["hub", "quay", "own"].map(|text| image(&served.store, text));
    for (path, image) in [
        ("/v2/foo/bar/manifests/1?ns=docker.io", &images[0]),
        ("/v2/quay.io/foo/bar/manifests/1", &images[1]),
        ("/v2/foo/bar/manifests/1?ns=localhost:5000", &images[2]),
    ] {
        push(&served, path, image).await.expect(201);
    }
    assert_eq!(names(&served), ["docker.io/foo/bar:1", "localhost/foo/bar:1", "quay.io/foo/bar:1"]);
    for (path, image) in [
        ("/v2/foo/bar/manifests/1?ns=docker.io", &images[0]),
        ("/v2/docker.io/foo/bar/manifests/1", &images[0]),
        ("/v2/foo/bar/manifests/1?ns=quay.io", &images[1]),
        ("/v2/foo/bar/manifests/1", &images[2]),
        ("/v2/localhost/foo/bar/manifests/1", &images[2]),
    ] {
        assert_eq!(digest(&served, path).await, image.digest.as_str(), "{path}");
    }
    served.get("/v2/foo/bar/manifests/1?ns=ghcr.io").await.expect(404);
    let other = format!("/v2/foo/bar/manifests/{}?ns=quay.io", images[0].digest);
    assert_eq!(served.get(&other).await.refusal(), (404, "MANIFEST_UNKNOWN".to_owned()));
}

#[tokio::test]
async fn docker_finds_docker_hubs_images_without_a_namespace() {
    let served = Served::new().await;
    let nginx = image(&served.store, "nginx");
    served.store.tag(&"nginx:1".parse().unwrap(), &nginx).unwrap();
    for path in ["/v2/library/nginx/manifests/1", "/v2/nginx/manifests/1"] {
        assert_eq!(digest(&served, path).await, nginx.digest.as_str(), "{path}");
    }
}

#[tokio::test]
async fn a_container_image_comes_before_a_cluster_image_of_the_same_name() {
    let served = Served::new().await;
    let [inside, pushed] = ["inside", "pushed"].map(|text| image(&served.store, text));
    let path = "/v2/library/guestbook/manifests/v1?ns=docker.io";
    let guestbook = cluster_image(&served.store, "guestbook:v1", &inside);
    // whether it is the same cluster image that brings it along or another one, and whichever came last
    let bare = cluster_image(&served.store, "redis:7", &inside);
    for (own, other) in [(&guestbook, &bare), (&bare, &guestbook)] {
        served.store.tag(&"a-bundle:v1".parse().unwrap(), other).unwrap();
        served.store.tag(&"guestbook:v1".parse().unwrap(), own).unwrap();
        assert_eq!(digest(&served, path).await, inside.digest.as_str());
        let by_digest = format!("/v2/library/guestbook/manifests/{}?ns=docker.io", own.digest);
        assert_eq!(digest(&served, &by_digest).await, own.digest.as_str());
    }
    // but what somebody pushed is what he meant
    push(&served, path, &pushed).await.expect(201);
    assert_eq!(digest(&served, path).await, pushed.digest.as_str());
}

#[tokio::test]
async fn a_push_without_a_domain_never_touches_docker_hubs_repository() {
    let served = Served::new().await;
    let (theirs, mine) = (image(&served.store, "theirs"), image(&served.store, "mine"));
    served.store.tag(&"docker.io/foo/bar:1".parse().unwrap(), &theirs).unwrap();
    let refused = push(&served, "/v2/foo/bar/manifests/1", &mine).await;
    assert_eq!(refused.refusal(), (403, "DENIED".to_owned()));
    assert!(String::from_utf8_lossy(&refused.body).contains("docker.io/foo/bar"));
    let upload = served.send(Method::POST, "/v2/foo/bar/blobs/uploads/", &[], "").await;
    assert_eq!(upload.refusal(), (403, "DENIED".to_owned()));
    push(&served, "/v2/docker.io/foo/bar/manifests/2", &mine).await.expect(201);
    assert_eq!(digest(&served, "/v2/foo/bar/manifests/1").await, theirs.digest.as_str());
    assert_eq!(digest(&served, "/v2/foo/bar/manifests/2").await, mine.digest.as_str());
}

#[tokio::test]
async fn a_registry_with_a_name_keeps_its_own_repositories_under_it() {
    let domain = Some("sea.hub:5000".to_owned());
    let served = Served::with(Configuration { domain, ..Configuration::default() }).await;
    let mine = image(&served.store, "mine");
    push(&served, "/v2/foo/bar/manifests/1", &mine).await.expect(201);
    assert_eq!(names(&served), ["sea.hub:5000/foo/bar:1"]);
    let address = format!("/v2/foo/bar/manifests/1?ns={}", served.address);
    for path in ["/v2/foo/bar/manifests/1?ns=sea.hub:5000", "/v2/sea.hub:5000/foo/bar/manifests/1", &address] {
        assert_eq!(digest(&served, path).await, mine.digest.as_str(), "{path}");
    }
}

#[tokio::test]
async fn images_that_lost_their_domain_are_found_last() {
    let served = Served::new().await;
    let (old, new) = (image(&served.store, "old"), image(&served.store, "new"));
    served.store.tag(&"stripped.invalid/pause:3".parse().unwrap(), &old).unwrap();
    let path = "/v2/pause/manifests/3?ns=registry.k8s.io";
    for path in [path, "/v2/registry.k8s.io/pause/manifests/3", "/v2/pause/manifests/3"] {
        assert_eq!(digest(&served, path).await, old.digest.as_str(), "{path}");
    }
    served.store.tag(&"registry.k8s.io/pause:3".parse().unwrap(), &new).unwrap();
    assert_eq!(digest(&served, path).await, new.digest.as_str());
    assert_eq!(push(&served, "/v2/pause/manifests/4", &new).await.refusal().0, 403);
}

#[tokio::test]
async fn several_platforms_without_their_index_get_one() {
    let served = Served::new().await;
    let entry = |architecture: &str| {
        let name = "docker.io/db/redis:7".parse().unwrap();
        let platform = image(&served.store, architecture).for_platform(Platform::linux(architecture));
        Entry::ContainerImage { name, original_index: None }.annotate(platform)
    };
    let (amd, arm) = (entry("amd64"), entry("arm64"));
    let rootfs = Entry::Rootfs { platform: Platform::linux("amd64") }.annotate(image(&served.store, "rootfs"));
    let cluster = index(&served.store, vec![rootfs, amd.clone(), arm.clone()]);
    served.store.tag(&"guestbook:v1".parse().unwrap(), &cluster).unwrap();
    let answer = served.get("/v2/db/redis/manifests/7?ns=docker.io").await.expect(200);
    assert_eq!(answer.header("content-type"), media_type::INDEX);
    let made: Index = serde_json::from_slice(&answer.body).unwrap();
    let found: Vec<&Digest> = made.manifests.iter().map(|platform| &platform.digest).collect();
    assert_eq!(found, [&amd.digest, &arm.digest]);
    assert!(made.manifests.iter().all(|platform| platform.annotations.is_empty() && platform.platform.is_some()));
    let by_digest = format!("/v2/db/redis/manifests/{}?ns=docker.io", Digest::of(&answer.body));
    assert_eq!(served.get(&by_digest).await.expect(200).body, answer.body);
    for platform in [&amd, &arm] {
        let path = format!("/v2/db/redis/manifests/{}?ns=docker.io", platform.digest);
        served.get(&path).await.expect(200);
    }
}

#[tokio::test]
async fn a_damaged_image_does_not_take_the_others_away() {
    let served = Served::new().await;
    let (good, bad) = (image(&served.store, "good"), image(&served.store, "bad"));
    let cluster = cluster_image(&served.store, "redis:7", &good);
    served.store.tag(&"good:1".parse().unwrap(), &good).unwrap();
    served.store.tag(&"bad:1".parse().unwrap(), &cluster).unwrap();
    std::fs::write(served.store.blob_path(&cluster.digest), b"{}").unwrap();
    assert_eq!(digest(&served, "/v2/good/manifests/1").await, good.digest.as_str());
    served.get("/v2/bad/manifests/1").await.expect(500);
    let health = served.get("/healthz").await.expect(200).json();
    assert!(health["unreadable"][0].as_str().unwrap().contains("library/bad:1"), "{health}");
    drop(bad);
}
