//! How upstreams are reached: over TLS with an authority of the company's own, and under other names than here.

use super::by_hand::{ByHand, Reply};
use super::{DOMAIN, before, noise};
use crate::client::Served;
use crate::connections::certificate;
use crate::fixtures::image;
use sealer_model::Digest;
use sealer_model::image::media_type;
use sealer_registry::Configuration;
use sealer_registry::configuration::Upstream;

fn parsed(upstream: &str) -> Upstream {
    Configuration::parse(&format!("upstreams: [{upstream}]")).unwrap().upstreams.remove(0)
}

#[tokio::test]
async fn who_names_an_authority_means_it_and_no_other() {
    let (_folder, tls, _) = certificate(&["127.0.0.1"]);
    let authority = tls.certificate.display().to_string();
    let peer = Served::with(Configuration { tls: Some(tls), ..Configuration::default() }).await;
    let web = image(&peer.store, "web");
    peer.store.tag(&"localhost/a/web:v1".parse().unwrap(), &web).unwrap();
    let asked = async |more: &str| {
        let served = before(vec![parsed(&format!("{{match: {DOMAIN}, url: 'https://{}'{more}}}", peer.address))]).await;
        served.get(&format!("/v2/{DOMAIN}/a/web/manifests/v1")).await
    };
    let (_other, stranger, _) = certificate(&["127.0.0.1"]);
    let refused = asked(&format!(", ca: '{}'", stranger.certificate.display())).await;
    assert_eq!(refused.refusal(), (502, "UNAVAILABLE".to_owned()));
    assert!(String::from_utf8_lossy(&refused.body).contains("certificate"), "{refused:?}");
    for more in [format!(", ca: '{authority}'"), ", insecure: true".to_owned()] {
        let answer = asked(&more).await.expect(200);
        assert_eq!(answer.header("docker-content-digest"), web.digest.as_str(), "{more}");
    }
}

#[tokio::test]
async fn an_authority_that_cannot_be_read_keeps_the_registry_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let store = sealer_image::Store::open(folder.path()).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstreams = vec![parsed("{match: a.example, ca: /absent/corp.crt}")];
    let configuration = Configuration { upstreams, ..Configuration::default() };
    let error = sealer_registry::serve(listener, store, configuration, std::future::pending()).await.unwrap_err();
    let told = sealer_model::causes::chain(&error);
    assert!(told.contains("/absent/corp.crt"), "{told}");
}

/// Docker asks the mirror of Docker Hub without `ns`, containerd any mirror with it; either way the upstream is asked for its own
/// name of the image.
#[tokio::test]
async fn a_repository_has_another_name_at_the_upstream() {
    let blob = noise(10_000);
    let digest = Digest::of(&blob);
    let body = blob.clone();
    let peer = ByHand::start(move |question| match question.what.rsplit_once('/').unwrap().1 {
        "v1" => Reply::new(200, r#"{"schemaVersion":2,"config":{},"layers":[]}"#)
            .header(format!("content-type: {}", media_type::MANIFEST)),
        _ => Reply::new(200, body.clone()),
    })
    .await;
    let url = format!("http://{}", peer.address);
    let served = before(vec![
        parsed(&format!("{{match: docker.io, url: '{url}', rewrite: {{from: library/, to: hub/}}}}")),
        parsed(&format!("{{match: '*', url: '{url}', rewrite: {{to: proxy/}}}}")),
    ])
    .await;
    for (asked, there) in [
        ("/v2/library/nginx/{}", "hub/nginx"),
        ("/v2/nginx/{}?ns=docker.io", "hub/nginx"),
        ("/v2/bitnami/nginx/{}", "bitnami/nginx"),
        ("/v2/team/app/{}?ns=quay.io", "proxy/team/app"),
        ("/v2/ghcr.io/team/app/{}", "proxy/team/app"),
    ] {
        let at = |what: &str| asked.replace("{}", what);
        served.get(&at("manifests/v1")).await.expect(200);
        assert!(!peer.asked(&format!("GET /v2/{there}/manifests/v1")).is_empty(), "{asked} is not {there}");
        assert!(served.get(&at(&format!("blobs/{digest}"))).await.expect(200).body == blob, "{asked}");
    }
    assert_eq!(peer.asked(&format!("GET /v2/hub/nginx/blobs/{digest}")).len(), 1);
}
