//! Registries that copy pushes to each other: what one has taken the others have, at once or when they are back, and nothing goes
//! round.

use crate::client::{Answer, Served};
use crate::fixtures::{bytes, image};
use axum::http::Method;
use sealer_image::Store;
use sealer_model::image::media_type;
use sealer_registry::Configuration;
use sealer_registry::configuration::Peer;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tempfile::tempdir;

fn free() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn beside(addresses: &[SocketAddr]) -> Configuration {
    let peer = |address: &SocketAddr| Peer {
        url: format!("http://{address}"),
        username: None,
        password_file: None,
        ca: None,
        insecure: false,
    };
    Configuration { peers: addresses.iter().map(peer).collect(), ..Configuration::default() }
}

/// Pushes an image that no registry has; returns the answer to its manifest.
async fn push(served: &Served, name: &str, text: &str) -> Answer {
    let folder = tempdir().unwrap();
    let theirs = Store::open(folder.path()).unwrap();
    let made = image(&theirs, text);
    for blob in theirs.manifest(&made).unwrap().blobs() {
        let path = format!("/v2/{name}/blobs/uploads/?digest={}", blob.digest);
        served.send(Method::POST, &path, &[], bytes(&theirs, &blob.digest)).await.expect(201);
    }
    let (path, headers) = (format!("/v2/{name}/manifests/v1"), [("content-type", media_type::MANIFEST)]);
    served.send(Method::PUT, &path, &headers, bytes(&theirs, &made.digest)).await.expect(201)
}

async fn number(served: &Served, family: &str, peer: SocketAddr) -> String {
    let text = String::from_utf8(served.get("/metrics").await.body.to_vec()).unwrap();
    let line = format!("sealer_registry_{family}{{peer=\"{peer}\"}} ");
    text.lines().find_map(|found| found.strip_prefix(&line)).unwrap().to_owned()
}

fn marks(root: &Path, peer: SocketAddr) -> usize {
    std::fs::read_dir(root.join("peers").join(peer.to_string())).unwrap().count()
}

async fn pending(served: &Served, peer: SocketAddr, expected: &str) {
    while number(served, "peer_pending", peer).await != expected {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn has(served: &Served, name: &str, expected: &Answer) {
    let found = served.get(&format!("/v2/{name}/manifests/v1")).await.expect(200);
    assert_eq!(found.header("docker-content-digest"), expected.header("docker-content-digest"));
    let document: serde_json::Value = found.json();
    for blob in document["layers"].as_array().unwrap().iter().chain([&document["config"]]) {
        let path = format!("/v2/{name}/blobs/{}", blob["digest"].as_str().unwrap());
        served.head(&path).await.expect(200);
    }
}

#[tokio::test]
async fn a_push_to_one_is_on_both_when_it_is_acknowledged_and_does_not_go_round() {
    let (one, other) = (tempdir().unwrap(), tempdir().unwrap());
    let (here, there) = (free(), free());
    let first = Served::at(here, one.path(), beside(&[there])).await;
    let second = Served::at(there, other.path(), beside(&[here])).await;
    for name in ["team/web", "quay.io/team/web", "docker.io/library/web"] {
        let pushed = push(&first, name, name).await;
        assert_eq!(pushed.header("sealer-still-copying-to"), "");
        has(&second, name, &pushed).await;
    }
    assert_eq!(number(&first, "peer_copied_total", there).await, "3");
    assert_eq!(number(&second, "peer_copied_total", here).await, "0");
    let pushed = push(&second, "team/web", "newer").await;
    has(&first, "team/web", &pushed).await;
    assert_eq!((marks(one.path(), there), marks(other.path(), here)), (0, 0));
}

#[tokio::test]
async fn what_a_peer_missed_it_gets_when_it_is_back_even_from_a_registry_that_was_restarted() {
    let (one, other) = (tempdir().unwrap(), tempdir().unwrap());
    let there = free();
    let first = Served::within(one.path(), beside(&[there])).await;
    let older = push(&first, "team/web", "older").await;
    // What cannot be named there does not keep the others from it.
    push(&first, "harbor.example:5000/team/web", "unnameable").await;
    let newer = push(&first, "team/web", "newer").await;
    for answer in [&older, &newer] {
        assert_eq!(answer.header("sealer-still-copying-to"), there.to_string());
    }
    assert_eq!(number(&first, "peer_pending", there).await, "3");
    first.stop().await;
    assert_eq!(marks(one.path(), there), 3);
    let first = Served::within(one.path(), beside(&[there])).await;
    let second = Served::at(there, other.path(), Configuration::default()).await;
    pending(&first, there, "1").await;
    has(&second, "team/web", &newer).await;
    assert_eq!(marks(one.path(), there), 1);
}
