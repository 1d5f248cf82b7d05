//! Upstreams: several private registries behind one, and everything that can go wrong between.

mod by_hand;
mod cold;
mod killed;
mod lists;
mod peers;
mod quota;
mod reached;
mod tokens;

use crate::client::{Answer, Served};
use axum::http::{Method, Request};
use by_hand::{ByHand, Reply};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use sealer_model::Digest;
use sealer_model::image::{Descriptor, Manifest, media_type};
use sealer_registry::Configuration;
use sealer_registry::configuration::{Cache, Upstream};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

const DOMAIN: &str = "one.corp.example";

/// An upstream of images of a domain at a loopback address.
fn upstream(domain: &str, address: SocketAddr) -> Upstream {
    Configuration::parse(&format!("upstreams: [{{match: '{domain}', url: 'http://{address}'}}]"))
        .unwrap()
        .upstreams
        .remove(0)
}

/// A registry in front of it that asks for every tag anew.
async fn before(upstreams: Vec<Upstream>) -> Served {
    Served::with(asking(upstreams)).await
}

/// As [`before`], over a folder that outlives it.
async fn before_in(folder: &std::path::Path, upstreams: Vec<Upstream>) -> Served {
    Served::within(folder, asking(upstreams)).await
}

fn asking(upstreams: Vec<Upstream>) -> Configuration {
    let cache = Cache { tag_seconds: 0, ..Cache::default() };
    Configuration { upstreams, cache, ..Configuration::default() }
}

fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|number| (number * 31 % 251) as u8).collect()
}

fn path(digest: &Digest) -> String {
    format!("/v2/{DOMAIN}/a/web/blobs/{digest}")
}

fn cached(served: &Served, digest: &Digest) -> bool {
    served.store.root().join("upstreams/blobs/sha256").join(digest.hex()).exists()
}

/// Asks for a body that may break off: what came of it, and whether it ended well.
async fn bytes_of(address: SocketAddr, path: &str) -> (u16, Vec<u8>, bool) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get(path).header("host", "x").body(Empty::<bytes::Bytes>::new()).unwrap();
    let mut response = sender.send_request(request).await.unwrap();
    let mut came = Vec::new();
    while let Some(frame) = response.frame().await {
        match frame {
            Ok(frame) => came.extend_from_slice(&frame.into_data().unwrap()),
            Err(_) => return (response.status().as_u16(), came, false),
        }
    }
    (response.status().as_u16(), came, true)
}

#[tokio::test]
async fn fifty_clients_share_one_download_while_it_comes() {
    let blob = noise(2_000_000);
    let digest = Digest::of(&blob);
    let gate = Arc::new(Semaphore::new(0));
    let (body, held) = (blob.clone(), gate.clone());
    let peer = ByHand::start(move |_| Reply { gate: Some(held.clone()), ..Reply::new(200, body.clone()) }).await;
    let served = before(vec![upstream(DOMAIN, peer.address)]).await;
    let (first, mut halves) = (Arc::new(AtomicUsize::new(0)), Vec::new());
    for _ in 0..50 {
        let (address, path, first) = (served.address, path(&digest), first.clone());
        halves.push(tokio::spawn(async move {
            let stream = TcpStream::connect(address).await.unwrap();
            let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            let request = Request::get(path).header("host", "x").body(Empty::<bytes::Bytes>::new()).unwrap();
            let mut body = sender.send_request(request).await.unwrap().into_body();
            let mut came = body.frame().await.unwrap().unwrap().into_data().unwrap().to_vec();
            first.fetch_add(1, SeqCst);
            came.extend_from_slice(&body.collect().await.unwrap().to_bytes());
            came
        }));
    }
    // Everybody has bytes although the upstream has sent only half of them.
    while first.load(SeqCst) < 50 {
        tokio::task::yield_now().await;
    }
    gate.add_permits(1);
    for half in halves {
        assert!(half.await.unwrap() == blob, "a client got something else");
    }
    assert_eq!(peer.asked(&format!("GET /v2/a/web/blobs/{digest}")).len(), 1);
    assert!(served.get(&path(&digest)).await.expect(200).body == blob);
    assert_eq!(peer.asked(&format!("GET /v2/a/web/blobs/{digest}")).len(), 1);
    let part = served.send(Method::GET, &path(&digest), &[("range", "bytes=5-9")], "").await.expect(206);
    assert_eq!(part.body, blob[5..10]);
    served.stop().await;
}

#[tokio::test]
async fn a_download_that_breaks_off_goes_on_where_it_was() {
    let blob = noise(1_000_000);
    let digest = Digest::of(&blob);
    let body = blob.clone();
    let peer = ByHand::start(move |question| match question.start() {
        0 => Reply { cut: Some(300_000), ..Reply::new(200, body.clone()) },
        start => Reply::new(206, &body[start..]).header(format!(
            "content-range: bytes {start}-{}/{}",
            body.len() - 1,
            body.len()
        )),
    })
    .await;
    let served = before(vec![upstream(DOMAIN, peer.address)]).await;
    assert!(served.get(&path(&digest)).await.expect(200).body == blob);
    let asked = peer.asked(&format!("GET /v2/a/web/blobs/{digest}"));
    let starts: Vec<usize> = asked.iter().map(by_hand::Question::start).collect();
    assert_eq!(starts, [0, 300_000]);
    assert!(cached(&served, &digest));
}

#[tokio::test]
async fn an_upstream_without_ranges_begins_again_and_nobody_notices() {
    let blob = noise(1_000_000);
    let digest = Digest::of(&blob);
    let (body, tries) = (blob.clone(), AtomicUsize::new(0));
    let peer = ByHand::start(move |_| {
        let cut = (tries.fetch_add(1, SeqCst) == 0).then_some(300_000);
        Reply { cut, ..Reply::new(200, body.clone()) }
    })
    .await;
    let served = before(vec![upstream(DOMAIN, peer.address)]).await;
    assert!(served.get(&path(&digest)).await.expect(200).body == blob);
    assert_eq!(peer.asked("GET /v2/a/web/blobs/").len(), 2);
}

#[tokio::test]
async fn a_blob_with_another_digest_is_never_served_as_whole_nor_kept() {
    let digest = Digest::of(b"something else");
    let peer = ByHand::start(|_| Reply::new(200, noise(100_000))).await;
    let served = before(vec![upstream(DOMAIN, peer.address)]).await;
    let (status, came, whole) = bytes_of(served.address, &path(&digest)).await;
    assert_eq!((status, whole), (200, false));
    assert!(came.len() < 100_000);
    assert!(!cached(&served, &digest));
}

#[tokio::test]
async fn a_limit_is_told_on_and_the_upstream_is_left_alone() {
    let peer = ByHand::start(|_| Reply::new(429, "{}").header("retry-after: 60")).await;
    let served = before(vec![upstream(DOMAIN, peer.address)]).await;
    for _ in 0..3 {
        let answer = served.get(&format!("/v2/{DOMAIN}/a/web/manifests/v1")).await;
        assert_eq!(answer.refusal(), (429, "TOOMANYREQUESTS".to_owned()));
        assert!(answer.header("retry-after").parse::<u64>().unwrap() > 30, "{answer:?}");
    }
    assert_eq!(peer.asked("GET /v2/a/web/manifests").len(), 1);
}

#[tokio::test]
async fn a_token_stays_with_its_registry_when_that_redirects_elsewhere() {
    let blob = noise(10_000);
    let digest = Digest::of(&blob);
    let body = blob.clone();
    let storage = ByHand::start(move |_| Reply::new(200, body.clone())).await;
    let (elsewhere, own) = (storage.address, Arc::new(std::sync::OnceLock::new()));
    let address: Arc<std::sync::OnceLock<SocketAddr>> = own.clone();
    let peer = ByHand::start(move |question| {
        if question.what.starts_with("GET /token") {
            let basic = "Basic YW5uOnNlY3JldA==";
            assert_eq!(question.header("authorization"), Some(basic));
            return Reply::new(200, r#"{"token":"let-me-in"}"#);
        }
        if question.header("authorization") != Some("Bearer let-me-in") {
            let realm = format!("www-authenticate: Bearer realm=\"http://{}/token\",service=\"x\"", own.get().unwrap());
            return Reply::new(401, "{}").header(realm);
        }
        Reply::new(307, "").header(format!("location: http://{elsewhere}/signed"))
    })
    .await;
    address.set(peer.address).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "secret\n").unwrap();
    let with_login =
        Upstream { username: Some("ann".into()), password_file: Some(file), ..upstream(DOMAIN, peer.address) };
    let served = before(vec![with_login]).await;
    assert!(served.get(&path(&digest)).await.expect(200).body == blob);
    let [signed] = &storage.asked("GET /signed")[..] else { panic!("{:?}", storage.asked("")) };
    assert_eq!(signed.header("authorization"), None);
}

#[tokio::test]
async fn an_image_is_pushed_over_the_one_of_an_upstream_with_layers_that_only_that_has() {
    let base = noise(300_000);
    let layer = Descriptor::new(media_type::LAYER_TAR, Digest::of(&base), base.len() as u64);
    let (body, theirs) = (base.clone(), br#"{"schemaVersion":2,"config":{},"layers":[]}"#);
    let peer = ByHand::start(move |question| match question.what.split_once("/a/web/").unwrap().1 {
        "manifests/v1" | "manifests/v2" => {
            Reply::new(200, theirs).header(format!("content-type: {}", media_type::MANIFEST))
        }
        blob if blob == format!("blobs/{}", Digest::of(&body)) => Reply::new(200, body.clone()),
        _ => Reply::new(404, "{}"),
    })
    .await;
    let served = before(vec![upstream(DOMAIN, peer.address)]).await;
    let at = |what: &str| format!("/v2/{DOMAIN}/a/web/{what}");
    served.head(&path(&layer.digest)).await.expect(200);
    let config = Descriptor::of(media_type::CONFIG, b"{}");
    served.send(Method::POST, &at(&format!("blobs/uploads/?digest={}", config.digest)), &[], "{}").await.expect(201);
    let headers = [("content-type", media_type::MANIFEST)];
    let push = async |layers: Vec<Descriptor>| {
        let manifest = serde_json::to_vec(&Manifest::new(config.clone(), layers)).unwrap();
        (served.send(Method::PUT, &at("manifests/v1"), &headers, manifest.clone()).await, manifest)
    };
    let nowhere = Descriptor::of(media_type::LAYER_TAR, b"nowhere");
    assert_eq!(push(vec![nowhere]).await.0.refusal(), (400, "MANIFEST_BLOB_UNKNOWN".to_owned()));
    assert_eq!(served.get(&at("manifests/v1")).await.expect(200).body, &theirs[..]);
    let (answer, ours) = push(vec![layer.clone()]).await;
    answer.expect(201);
    assert!(served.store.contains(&layer.digest), "what the image needs is no part of the cache");
    assert_eq!(served.get(&at("manifests/v1")).await.expect(200).body, ours);
    assert_eq!(served.get(&at("manifests/v2")).await.expect(200).body, &theirs[..]);
    served.send(Method::DELETE, &at("manifests/v1"), &[], "").await.expect(202);
    assert_eq!(served.get(&at("manifests/v1")).await.expect(200).body, &theirs[..]);
}

#[tokio::test]
async fn mirrors_come_first_and_never_see_the_password() {
    let blob = noise(10_000);
    let digest = Digest::of(&blob);
    let mirror = ByHand::start(|question| match question.header("authorization") {
        Some(_) => Reply::new(500, ""),
        None => Reply::new(404, "{}"),
    })
    .await;
    let body = blob.clone();
    let peer = ByHand::start(move |_| Reply::new(200, body.clone())).await;
    let with_mirror =
        Upstream { mirrors: vec![format!("http://{}", mirror.address)], ..upstream(DOMAIN, peer.address) };
    let served = before(vec![with_mirror]).await;
    assert!(served.get(&path(&digest)).await.expect(200).body == blob);
    assert_eq!((mirror.asked("GET /v2/a/").len(), peer.asked("GET /v2/a/").len()), (1, 1));
    let unknown: Answer = served.get(&format!("/v2/else.example/a/blobs/{digest}")).await;
    assert_eq!(unknown.refusal(), (404, "BLOB_UNKNOWN".to_owned()));
}
