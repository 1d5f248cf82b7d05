//! A cold cache and everybody at once: the upstream is asked once for each tag and each blob, whatever the order in which clients come.

use super::by_hand::{ByHand, Reply};
use super::{DOMAIN, noise, upstream};
use crate::client::{Served, ask};
use axum::http::Method;
use sealer_model::Digest;
use sealer_model::image::{Descriptor, Manifest, media_type};
use sealer_registry::Configuration;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::task::JoinSet;

const IMAGES: usize = 40;
const PULLS: usize = 200;

/// Images of four layers each, one of which ten images share; by the path at the upstream, with its media type.
fn images() -> HashMap<String, (&'static str, Vec<u8>)> {
    let mut found = HashMap::new();
    for image in 0..IMAGES {
        let numbers = [image / 10, 100 + image, 200 + image, 300 + image];
        let layers = numbers.map(|number| noise(2_000 + number));
        let config = format!("{{\"author\":\"{image}\"}}").into_bytes();
        let described = layers.iter().map(|layer| Descriptor::of(media_type::LAYER_TAR, layer)).collect();
        let manifest = Manifest::new(Descriptor::of(media_type::CONFIG, &config), described);
        let manifest = serde_json::to_vec(&manifest).unwrap();
        found.insert(format!("/v2/a/image{image}/manifests/v1"), (media_type::MANIFEST, manifest));
        for blob in layers.into_iter().chain([config]) {
            let path = format!("/v2/a/image{image}/blobs/{}", Digest::of(&blob));
            found.insert(path, ("application/octet-stream", blob));
        }
    }
    found
}

async fn pull(address: SocketAddr, image: usize) {
    let at = |what: &str| format!("/v2/a/image{image}/{what}?ns={DOMAIN}");
    let answer = ask(address, Method::GET, &at("manifests/v1"), &[], "").await.unwrap().expect(200);
    let manifest: Manifest = serde_json::from_slice(&answer.body).unwrap();
    for blob in manifest.blobs() {
        let answer = ask(address, Method::GET, &at(&format!("blobs/{}", blob.digest)), &[], "").await.unwrap();
        assert_eq!(Digest::of(&answer.expect(200).body), blob.digest);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_pulls_of_forty_images_ask_the_upstream_once_for_everything() {
    let images = Arc::new(images());
    let given = images.clone();
    let peer = ByHand::start(move |question| {
        let (_, path) = question.what.split_once(' ').unwrap();
        match given.get(path) {
            Some((kind, bytes)) => Reply::new(200, bytes.clone()).header(format!("content-type: {kind}")),
            None => Reply::new(404, "{}"),
        }
    })
    .await;
    let upstreams = vec![upstream(DOMAIN, peer.address)];
    let served = Served::with(Configuration { upstreams, ..Configuration::default() }).await;
    let mut pulls = JoinSet::new();
    for number in 0..PULLS {
        pulls.spawn(pull(served.address, number % IMAGES));
    }
    while let Some(ended) = pulls.join_next().await {
        ended.unwrap();
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for question in peer.asked("GET /v2/a/") {
        // What ten images share is one blob, by whichever of their names it was asked for.
        let what = question.what.split_once("/blobs/").map_or(question.what.as_str(), |(_, digest)| digest);
        *counts.entry(what.to_owned()).or_default() += 1;
    }
    let twice: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "asked for more than once: {twice:?}");
    assert_eq!(counts.len(), IMAGES + IMAGES / 10 + 3 * IMAGES + IMAGES, "tags, shared and own layers, configurations");
}
