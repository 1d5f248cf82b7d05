//! A registry that is killed in the middle of a download: nothing half is ever served as whole, and the next one goes on.

use super::by_hand::{ByHand, Question, Reply};
use super::{DOMAIN, before_in, bytes_of, noise, path, upstream};
use crate::process::Process;
use sealer_model::Digest;
use std::sync::Arc;
use tokio::sync::Semaphore;

#[tokio::test]
async fn a_killed_registry_leaves_nothing_half() {
    let blob = noise(2_000_000);
    let digest = Digest::of(&blob);
    let gate = Arc::new(Semaphore::new(0));
    let (body, held) = (blob.clone(), gate.clone());
    let peer = ByHand::start(move |question| match question.start() {
        0 => Reply { gate: Some(held.clone()), ..Reply::new(200, body.clone()) },
        start => Reply::new(206, &body[start..]).header(format!(
            "content-range: bytes {start}-{}/{}",
            body.len() - 1,
            body.len()
        )),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let configuration = format!("upstreams: [{{match: {DOMAIN}, url: 'http://{}'}}]", peer.address);
    let process = Process::start(folder.path(), &configuration).await;
    let address = process.address;
    let wanted = path(&digest);
    let client = tokio::spawn(async move { bytes_of(address, &wanted).await });
    let partial = folder.path().join("upstreams/ingest").join(format!("partial-{}", digest.hex()));
    while std::fs::metadata(&partial).map_or(0, |file| file.len()) < 1_000_000 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    process.kill();
    let (_, came, whole) = client.await.unwrap();
    assert!(!whole && came.len() < blob.len());
    assert!(!folder.path().join("upstreams/blobs/sha256").join(digest.hex()).exists());
    let served = before_in(folder.path(), vec![upstream(DOMAIN, peer.address)]).await;
    assert!(served.get(&path(&digest)).await.expect(200).body == blob);
    let starts: Vec<usize> = peer.asked("GET /v2/a/web/blobs").iter().map(Question::start).collect();
    assert_eq!(starts, [0, 1_000_000]);
}
