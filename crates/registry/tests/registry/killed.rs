//! Registries that are stopped or killed: what was acknowledged is there, what was under way goes on, and no bad byte is served.

use crate::client::{Answer, Served, ask};
use crate::process::Process;
use axum::http::Method;
use sealer_model::Digest;
use sealer_model::image::{Descriptor, Manifest, media_type};
use sealer_registry::Configuration;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const UPLOADS: &str = "/v2/a/web/blobs/uploads/";

/// Bytes that differ from number to number.
fn noise(number: u64, length: usize) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// Where the next byte of an upload goes.
async fn offset(address: SocketAddr, location: &str) -> usize {
    let state = ask(address, Method::GET, location, &[], "").await.unwrap().expect(204);
    let last: usize = state.header("range").strip_prefix("0-").unwrap().parse().unwrap();
    last + 1
}

async fn chunk(address: SocketAddr, location: &str, start: usize, bytes: &[u8]) -> Answer {
    let range = format!("{start}-{}", start + bytes.len() - 1);
    ask(address, Method::PATCH, location, &[("content-range", &range)], bytes.to_vec()).await.unwrap()
}

#[tokio::test]
async fn an_upload_goes_on_where_it_was_after_the_registry_was_killed() {
    let (folder, blob) = (tempfile::tempdir().unwrap(), noise(1, 4_000_000));
    let digest = Digest::of(&blob);
    let registry = Process::start(folder.path(), "").await;
    let begun = ask(registry.address, Method::POST, UPLOADS, &[], "").await.unwrap().expect(202);
    let location = begun.header("location").to_owned();
    chunk(registry.address, &location, 0, &blob[..1_500_000]).await.expect(202);
    // It dies in the middle of the second chunk, and has told somebody how far it was.
    let mut broken = TcpStream::connect(registry.address).await.unwrap();
    let head = format!("PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 2500000\r\n\r\n");
    broken.write_all(head.as_bytes()).await.unwrap();
    broken.write_all(&blob[1_500_000..2_000_000]).await.unwrap();
    let told = loop {
        let told = offset(registry.address, &location).await;
        if told > 1_500_000 {
            break told;
        }
        tokio::task::yield_now().await;
    };
    registry.kill();
    let registry = Process::start(folder.path(), "").await;
    let there = offset(registry.address, &location).await;
    assert!((told..=2_000_000).contains(&there), "{there} bytes are there, and {told} were acknowledged");
    let refused = chunk(registry.address, &location, there + 1, &blob[there + 1..]).await;
    assert_eq!(refused.refusal(), (416, "BLOB_UPLOAD_INVALID".to_owned()));
    chunk(registry.address, &location, there, &blob[there..3_000_000]).await.expect(202);
    let end = format!("{location}?digest={digest}");
    ask(registry.address, Method::PUT, &end, &[], blob[3_000_000..].to_vec()).await.unwrap().expect(201);
    let path = format!("/v2/a/web/blobs/{digest}");
    assert!(ask(registry.address, Method::GET, &path, &[], "").await.unwrap().expect(200).body == blob);
    let entries = std::fs::read_dir(folder.path().join("ingest")).unwrap();
    let left: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("upload-")), "{left:?}");
}

#[tokio::test]
async fn an_upload_goes_on_after_the_registry_was_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::within(folder.path(), Configuration::default()).await;
    let begun = served.send(Method::POST, UPLOADS, &[], "").await.expect(202);
    let location = begun.header("location").to_owned();
    served.send(Method::PATCH, &location, &[], "0123").await.expect(202);
    served.stop().await;
    let served = Served::within(folder.path(), Configuration::default()).await;
    assert_eq!(offset(served.address, &location).await, 4);
    // What came before the stop counts for the digest.
    let wrong = format!("{location}?digest={}", Digest::of(b"456"));
    assert_eq!(served.send(Method::PUT, &wrong, &[], "456").await.refusal(), (400, "DIGEST_INVALID".to_owned()));
    served.get(&location).await.expect(404);
}

/// An image whose push was acknowledged.
#[derive(Clone)]
struct Pushed {
    tag: String,
    manifest: Vec<u8>,
    layer: Digest,
}

/// What a client gets that may be cut off at any time; an answer that is whole must be what is expected.
type Cut<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

async fn push(address: SocketAddr, number: u64) -> Cut<Pushed> {
    let layer = noise(number, 100_000 + (number as usize % 7) * 300_000);
    let digest = Digest::of(&layer);
    let begun = ask(address, Method::POST, UPLOADS, &[], "").await?.expect(202);
    let location = begun.header("location").to_owned();
    let (first, rest) = layer.split_at(layer.len() / 2);
    ask(address, Method::PATCH, &location, &[], first.to_vec()).await?.expect(202);
    ask(address, Method::PUT, &format!("{location}?digest={digest}"), &[], rest.to_vec()).await?.expect(201);
    let text = format!("{{\"author\":\"{number}\"}}");
    let config = Descriptor::of(media_type::CONFIG, text.as_bytes());
    let whole = format!("{UPLOADS}?digest={}", config.digest);
    ask(address, Method::POST, &whole, &[], text).await?.expect(201);
    let layers = vec![Descriptor::new(media_type::LAYER_TAR, digest.clone(), layer.len() as u64)];
    let manifest = serde_json::to_vec(&Manifest::new(config, layers)).unwrap();
    let tag = format!("v{number}");
    let path = format!("/v2/a/web/manifests/{tag}");
    let headers = [("content-type", media_type::MANIFEST)];
    ask(address, Method::PUT, &path, &headers, manifest.clone()).await?.expect(201);
    Ok(Pushed { tag, manifest, layer: digest })
}

async fn pull(address: SocketAddr, pushed: &Pushed) -> Cut<()> {
    let Pushed { tag, manifest, layer } = pushed;
    let answer = ask(address, Method::GET, &format!("/v2/a/web/manifests/{tag}"), &[], "").await?.expect(200);
    assert!(answer.body == *manifest, "another manifest under {tag}");
    let answer = ask(address, Method::GET, &format!("/v2/a/web/blobs/{layer}"), &[], "").await?.expect(200);
    assert_eq!(Digest::of(&answer.body), *layer, "bad bytes of {tag}");
    Ok(())
}

fn any(pushed: &Mutex<Vec<Pushed>>, number: usize) -> Option<Pushed> {
    let pushed = pushed.lock().unwrap();
    pushed.get(number % pushed.len().max(1)).cloned()
}

/// Clients that push and pull until the registry is gone.
fn load(address: SocketAddr, round: u64, acknowledged: &Arc<Mutex<Vec<Pushed>>>) -> JoinSet<()> {
    let mut clients = JoinSet::new();
    for client in 0..4 {
        let pushed = acknowledged.clone();
        clients.spawn(async move {
            for number in 0.. {
                match push(address, round * 1_000_000 + client * 10_000 + number).await {
                    Ok(image) => pushed.lock().unwrap().push(image),
                    Err(_gone) => return,
                }
            }
        });
        let pushed = acknowledged.clone();
        clients.spawn(async move {
            for number in client as usize.. {
                match any(&pushed, number) {
                    None => tokio::task::yield_now().await,
                    Some(image) if pull(address, &image).await.is_err() => return,
                    Some(_) => {}
                }
            }
        });
    }
    clients
}

#[tokio::test]
async fn killed_under_load_it_loses_no_acknowledged_push_and_serves_no_bad_byte() {
    let folder = tempfile::tempdir().unwrap();
    let acknowledged: Arc<Mutex<Vec<Pushed>>> = Arc::default();
    for round in 0..3 {
        let registry = Process::start(folder.path(), "").await;
        let before: Vec<Pushed> = acknowledged.lock().unwrap().clone();
        for image in &before {
            pull(registry.address, image).await.unwrap();
        }
        let mut clients = load(registry.address, round, &acknowledged);
        while acknowledged.lock().unwrap().len() < before.len() + 15 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if let Some(ended) = clients.try_join_next() {
                panic!("a client has ended: {ended:?}");
            }
        }
        registry.kill();
        while let Some(ended) = clients.join_next().await {
            ended.unwrap();
        }
    }
    let served = Served::within(folder.path(), Configuration::default()).await;
    let all: Vec<Pushed> = acknowledged.lock().unwrap().clone();
    for image in &all {
        pull(served.address, image).await.unwrap();
    }
    let faults = sealer_registry::upkeep::verify(&served.store).unwrap();
    assert!(faults.is_empty(), "{faults:?}");
    assert!(all.len() >= 45);
}
