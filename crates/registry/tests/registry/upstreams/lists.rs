//! Tags and referrers of repositories that an upstream serves: what is here and what is there, and what was there when it is away.

use super::by_hand::{ByHand, Reply};
use super::{DOMAIN, before, upstream};
use crate::client::Served;
use crate::fixtures::image;
use sealer_model::Digest;
use sealer_model::image::media_type;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

const MANIFEST: &str = r#"{"schemaVersion":2,"config":{},"layers":[]}"#;

/// An upstream with two tags on two pages that can be switched off.
async fn listing() -> (ByHand, Arc<AtomicBool>) {
    let away = Arc::new(AtomicBool::new(false));
    let off = away.clone();
    let peer = ByHand::start(move |question| match question.what.split_once("/a/web/").unwrap().1 {
        _ if off.load(SeqCst) => Reply::new(503, "{}"),
        "tags/list?n=100" => {
            Reply::new(200, r#"{"tags":["v2"]}"#).header("link: </v2/a/web/tags/list?n=100&last=v2>; rel=\"next\"")
        }
        "tags/list?n=100&last=v2" => Reply::new(200, r#"{"tags":["v3"]}"#),
        "manifests/v3" => Reply::new(200, MANIFEST).header(format!("content-type: {}", media_type::MANIFEST)),
        _ => Reply::new(404, "{}"),
    })
    .await;
    (peer, away)
}

async fn tags(served: &Served) -> (serde_json::Value, bool) {
    let answer = served.get("/v2/a/web/tags/list?ns=one.corp.example").await.expect(200);
    (answer.json()["tags"].clone(), !answer.header("warning").is_empty())
}

#[tokio::test]
async fn tags_are_those_of_here_and_there_and_of_before_when_there_is_away() {
    let (peer, away) = listing().await;
    let served = before(vec![upstream(DOMAIN, peer.address)]).await;
    let own = image(&served.store, "own");
    served.store.tag(&format!("{DOMAIN}/a/web:v1").parse().unwrap(), &own).unwrap();
    assert_eq!(tags(&served).await, (json!(["v1", "v2", "v3"]), false));
    away.store(true, SeqCst);
    assert_eq!(tags(&served).await, (json!(["v1", "v2", "v3"]), true));
    assert_eq!(served.get(&format!("/v2/{DOMAIN}/a/else/tags/list")).await.status, 502);
}

#[tokio::test]
async fn a_registry_that_has_never_been_told_lists_the_tags_that_it_has_cached() {
    let (peer, away) = listing().await;
    let served = before(vec![upstream(DOMAIN, peer.address)]).await;
    served.get(&format!("/v2/{DOMAIN}/a/web/manifests/v3")).await.expect(200);
    away.store(true, SeqCst);
    assert_eq!(tags(&served).await, (json!(["v3"]), true));
}

#[tokio::test]
async fn referrers_are_those_that_the_upstream_lists_or_keeps_under_a_tag() {
    let subject = Digest::of(b"subject");
    let referrer = |kind: &str| json!({"mediaType": media_type::MANIFEST, "digest": Digest::of(kind.as_bytes()), "size": 1, "artifactType": kind});
    for listed in [true, false] {
        let index = json!({"schemaVersion": 2, "mediaType": media_type::INDEX,
            "manifests": [referrer("text/signature"), referrer("text/else")]});
        let wanted = subject.to_string();
        let peer = ByHand::start(move |question| {
            let path = question.what.split_once("/a/web/").unwrap().1;
            let here =
                if listed { format!("referrers/{wanted}") } else { format!("manifests/{}", wanted.replace(':', "-")) };
            match path == here {
                true => Reply::new(200, index.to_string()).header(format!("content-type: {}", media_type::INDEX)),
                false => Reply::new(404, "{}"),
            }
        })
        .await;
        let served = before(vec![upstream(DOMAIN, peer.address)]).await;
        let path = format!("/v2/{DOMAIN}/a/web/referrers/{subject}?artifactType=text/signature");
        let found = served.get(&path).await.expect(200).json();
        assert_eq!(found["manifests"], json!([referrer("text/signature")]), "listed: {listed}");
    }
}
