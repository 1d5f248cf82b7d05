//! A cache that is too small for what is asked of it: everybody gets whole blobs all the same, and what was delivered stays.

use super::by_hand::{ByHand, Reply};
use super::{DOMAIN, noise, path, upstream};
use crate::client::{Served, ask};
use crate::fixtures::image;
use axum::http::Method;
use sealer_model::Digest;
use sealer_registry::Configuration;
use sealer_registry::configuration::Cache;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::task::JoinSet;

const QUOTA: u64 = 500_000;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_evicted_under_load_is_fetched_again_and_always_comes_whole() {
    let blobs: Vec<Vec<u8>> = (0..20).map(|number| noise(60_000 + number * 997)).collect();
    let by_digest: HashMap<String, Vec<u8>> =
        blobs.iter().map(|blob| (Digest::of(blob).to_string(), blob.clone())).collect();
    let peer = ByHand::start(move |question| {
        let digest = question.what.rsplit('/').next().unwrap();
        by_digest.get(digest).map_or_else(|| Reply::new(404, "{}"), |blob| Reply::new(200, blob.clone()))
    })
    .await;
    let cache = Cache { bytes: QUOTA, ..Cache::default() };
    let upstreams = vec![upstream(DOMAIN, peer.address)];
    let served = Served::with(Configuration { upstreams, cache, ..Configuration::default() }).await;
    let delivered = image(&served.store, "delivered");
    served.store.tag(&"docker.io/library/delivered:1".parse().unwrap(), &delivered).unwrap();
    let blobs = Arc::new(blobs);
    let mut clients = JoinSet::new();
    for client in 0..8 {
        let (blobs, address) = (blobs.clone(), served.address);
        clients.spawn(async move {
            for number in 0..40 {
                let blob = &blobs[(number * 7 + client * 3) % blobs.len()];
                let answer = ask(address, Method::GET, &path(&Digest::of(blob)), &[], "").await.unwrap().expect(200);
                assert!(answer.body == *blob, "not what was asked for");
            }
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    assert!(peer.asked("GET /v2/a/web/blobs/").len() > blobs.len(), "nothing was ever evicted");
    while sealer_registry::upkeep::usage(&served.store).unwrap().cached_bytes > QUOTA {
        tokio::task::yield_now().await;
    }
    served.get("/v2/library/delivered/manifests/1?ns=docker.io").await.expect(200);
    assert_eq!(served.store.missing(&delivered).unwrap(), []);
}
