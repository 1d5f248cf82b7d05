//! Blobs on their way to a host: whole, in two parts, damaged, and as an image.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "agent/peer.rs"]
mod peer;

use peer::agent;
use sealer_host::{Agent, Error};
use sealer_model::Digest;
use sealer_model::agent::{Installed, Missing};
use sealer_model::image::{Descriptor, Index, Manifest, media_type};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that are not all alike.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|position| u8::try_from(position * 7 % 251).unwrap()).collect()
}

fn blob(bytes: &[u8]) -> Descriptor {
    Descriptor::of(media_type::LAYER_TAR, bytes)
}

fn path(system: &Path, digest: &Digest) -> PathBuf {
    system.join("var/lib/sealer/registry/blobs/sha256").join(digest.hex())
}

async fn offset(agent: &Agent, blob: &Descriptor) -> Option<u64> {
    let missing = agent.missing_blobs(&[blob.clone(), blob.clone()]).await.unwrap();
    assert!(missing.len() <= 1, "a blob was named twice: {missing:?}");
    missing.first().map(|Missing { digest, offset }| {
        assert_eq!(*digest, blob.digest);
        *offset
    })
}

#[tokio::test]
async fn a_blob_arrives_whole_and_is_not_missing_any_more() {
    let (system, agent) = agent().await;
    let bytes = content(40_000_000);
    let blob = blob(&bytes);
    assert_eq!(offset(&agent, &blob).await, Some(0));
    let sent = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&sent);
    let count = move |bytes| counted.store(bytes, Ordering::Relaxed);
    agent.send_blob(&blob.digest, 0, std::io::Cursor::new(bytes.clone()), count).await.unwrap();
    assert_eq!(sent.load(Ordering::Relaxed), 40_000_000);
    assert_eq!(offset(&agent, &blob).await, None);
    assert!(std::fs::read(path(system.path(), &blob.digest)).unwrap() == bytes);
    // Sending it again is no error and no work.
    agent.send_blob(&blob.digest, 0, std::io::Cursor::new(bytes), |_| ()).await.unwrap();
}

/// Gives some bytes, then fails.
struct Breaks(std::io::Cursor<Vec<u8>>);

impl tokio::io::AsyncRead for Breaks {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let read = std::pin::Pin::new(&mut self.0).poll_read(context, buffer);
        if buffer.filled().len() == before {
            return std::task::Poll::Ready(Err(std::io::Error::other("the disk is gone")));
        }
        read
    }
}

#[tokio::test]
async fn a_blob_that_broke_off_goes_on_where_it_was() {
    let (system, agent) = agent().await;
    let bytes = content(3_000_000);
    let blob = blob(&bytes);
    let half = Breaks(std::io::Cursor::new(bytes[..1_000_000].to_vec()));
    let error = agent.send_blob(&blob.digest, 0, half, |_| ()).await.unwrap_err();
    assert!(matches!(error, Error::Content { .. }), "{error:?}");

    // What was on its way when the stream broke may or may not have arrived.
    let arrived = offset(&agent, &blob).await.unwrap();
    let wrong = agent.send_blob(&blob.digest, arrived + 1, tokio::io::empty(), |_| ()).await;
    assert!(wrong.unwrap_err().to_string().contains("bytes of it are here"));
    let rest = std::io::Cursor::new(bytes[usize::try_from(arrived).unwrap()..].to_vec());
    agent.send_blob(&blob.digest, arrived, rest, |_| ()).await.unwrap();
    assert!(std::fs::read(path(system.path(), &blob.digest)).unwrap() == bytes);
}

#[tokio::test]
async fn a_damaged_blob_is_refused_and_forgotten() {
    let (system, agent) = agent().await;
    let blob = blob(&content(1000));
    let damaged = std::io::Cursor::new(vec![0; 1000]);
    let error = agent.send_blob(&blob.digest, 0, damaged, |_| ()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("192.0.2.1") && text.contains(blob.digest.as_str()), "{text}");
    assert!(!path(system.path(), &blob.digest).exists());
    assert_eq!(offset(&agent, &blob).await, Some(0));
}

#[tokio::test]
async fn many_blobs_travel_at_once() {
    let (system, agent) = agent().await;
    let blobs: Vec<Vec<u8>> = (1..=16).map(|number| content(number * 300_000)).collect();
    let send = |bytes: &Vec<u8>| {
        let (agent, bytes) = (agent.clone(), bytes.clone());
        async move {
            let digest = Digest::of(&bytes);
            agent.send_blob(&digest, 0, std::io::Cursor::new(bytes), |_| ()).await
        }
    };
    let sent = futures_util::future::join_all(blobs.iter().map(send)).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    for bytes in &blobs {
        assert!(path(system.path(), &Digest::of(bytes)).is_file());
    }
}

#[tokio::test]
async fn an_image_gets_its_name_when_the_last_blob_is_there() {
    let (system, agent) = agent().await;
    let (configuration, layer) = (b"{}".to_vec(), content(5000));
    let manifest = Manifest::new(blob(&configuration), vec![blob(&layer)]);
    let manifest = serde_json::to_vec(&manifest).unwrap();
    let index = Index::new(vec![Descriptor::of(media_type::MANIFEST, &manifest)]);
    let index = serde_json::to_vec(&index).unwrap();
    let image = Installed {
        name: "docker.io/library/guestbook:v1".into(),
        index: Descriptor::of(media_type::INDEX, &index),
        kept: Vec::new(),
    };
    for bytes in [&index, &manifest, &configuration] {
        let content = std::io::Cursor::new(bytes.clone());
        agent.send_blob(&Digest::of(bytes), 0, content, |_| ()).await.unwrap();
    }
    let text = agent.install_image(&image).await.unwrap_err().to_string();
    assert!(text.contains("1 blobs") && text.contains(Digest::of(&layer).as_str()), "{text}");
    let names = system.path().join("var/lib/sealer/registry/index.json");
    assert!(!std::fs::read_to_string(&names).unwrap().contains("guestbook"));

    let content = std::io::Cursor::new(layer.clone());
    agent.send_blob(&Digest::of(&layer), 0, content, |_| ()).await.unwrap();
    agent.install_image(&image).await.unwrap();
    assert!(std::fs::read_to_string(&names).unwrap().contains("library/guestbook:v1"));
}
