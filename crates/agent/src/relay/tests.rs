//! Hosts that relay to one another, all in this process: each has its own port on loopback and its own certificate. The registry is a small
//! server that counts, because what matters is how often it is asked.

use super::*;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use sealer_model::agent::{Identity, Text};
use sealer_model::image::media_type;
use sealer_model::relay::{PIECE, pieces};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::AsyncReadExt as _;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

struct Authority(Issuer<'static, KeyPair>, String);

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap().pem();
        Self(Issuer::new(parameters, key), certificate)
    }

    fn identity(&self) -> Identity {
        let mut parameters = CertificateParams::new(vec![HERE.to_string()]).unwrap();
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.0).unwrap().pem();
        Identity { authority: self.1.clone(), certificate, key: Text(key.serialize_pem()) }
    }
}

#[derive(Clone)]
struct Counting {
    content: Bytes,
    given: Arc<AtomicU64>,
}

async fn give(State(registry): State<Counting>, headers: HeaderMap) -> Response {
    let range = headers["range"].to_str().unwrap().trim_start_matches("bytes=").to_owned();
    let (from, to) = range.split_once('-').unwrap();
    let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
    let content = registry.content.slice(from..=to);
    registry.given.fetch_add(content.len() as u64, Ordering::Relaxed);
    (StatusCode::PARTIAL_CONTENT, content).into_response()
}

/// Hosts, what they get, and whom they get it from.
struct Site {
    relays: Vec<Relay>,
    hosts: Vec<SocketAddr>,
    layer: Descriptor,
    source: Source,
    registry: Counting,
    folder: tempfile::TempDir,
}

impl Site {
    async fn new(count: usize) -> Self {
        let content: Vec<u8> =
            (0..9 * PIECE + 5).map(|place| (place.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect();
        let layer = Descriptor::of(media_type::LAYER_TAR, &content);
        let registry = Counting { content: content.into(), given: Arc::default() };
        let listener = tokio::net::TcpListener::bind((HERE, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new().route("/v2/{*path}", get(give)).with_state(registry.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let source = Source {
            registry: format!("http://sea.hub:{port}"),
            address: HERE.to_string(),
            authority: String::new(),
            repository: "a".into(),
            login: None,
        };
        let authority = Authority::new();
        let (mut relays, mut hosts) = (Vec::new(), Vec::new());
        for _host in 0..count {
            let relay = Relay::default();
            let request = OpenRelay { address: HERE, identity: authority.identity() };
            hosts.push(SocketAddr::new(HERE, relay.open(&request).await.unwrap().port));
            relays.push(relay);
        }
        Self { relays, hosts, layer, source, registry, folder: tempfile::tempdir().unwrap() }
    }

    fn relayed(&self, own: usize) -> Relayed {
        Relayed { own: own as u64, hosts: self.hosts.clone(), registries: vec![HERE.to_string()] }
    }

    async fn get(&self, own: usize) -> Vec<u8> {
        let source = (&self.source, &self.relayed(own));
        let (mut stream, failure) = self.relays[own].layer(&self.layer, source, self.folder.path()).unwrap();
        let mut content = Vec::new();
        let read = stream.read_to_end(&mut content).await;
        assert!(read.is_ok(), "{:?}", failure.take());
        content
    }

    async fn all_get(&self, hosts: std::ops::Range<usize>) {
        let all = futures_util::future::join_all(hosts.map(|own| self.get(own))).await;
        assert!(all.iter().all(|content| *content == self.registry.content), "somebody got something else");
    }

    fn given(&self) -> u64 {
        self.registry.given.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn all_hosts_get_the_layer_and_the_registry_gives_it_once() {
    let site = Site::new(7).await;
    site.all_get(0..7).await;
    assert_eq!(site.given(), site.layer.size);
}

#[tokio::test]
async fn a_host_that_is_away_is_passed_over() {
    let mut site = Site::new(7).await;
    // nobody listens there any more
    let closed = std::net::TcpListener::bind((HERE, 0)).unwrap().local_addr().unwrap();
    site.hosts[6] = closed;
    site.all_get(0..6).await;
    assert!(site.given() <= 3 * site.layer.size, "{} bytes were given", site.given());
}

#[tokio::test]
async fn what_a_host_does_not_keep_any_more_comes_from_another() {
    let site = Site::new(3).await;
    // two have gone through the layer, and keep its last pieces only where it has more than the window
    site.all_get(0..2).await;
    site.all_get(2..3).await;
    assert!(site.given() <= 2 * site.layer.size);
}

#[tokio::test]
async fn nobody_without_a_certificate_of_the_cluster_gets_a_piece() {
    let site = Site::new(3).await;
    site.get(0).await;
    let url = format!("https://{}/pieces/{}/0", site.hosts[0], site.layer.digest);
    let stranger = Authority::new().identity();
    let stranger = Identity { authority: stranger.authority, ..stranger };
    assert!(visiting(&stranger).unwrap().get(&url).send().await.is_err(), "a stranger was let in");
    let anonymous = sealer_image::tls::believing_anyone().unwrap();
    let anonymous = reqwest::Client::builder().tls_backend_preconfigured(anonymous).build().unwrap();
    assert!(anonymous.get(&url).send().await.is_err(), "somebody without a name was let in");
}

#[tokio::test]
async fn pieces_of_a_damaged_spool_do_not_become_a_layer() {
    let site = Site::new(3).await;
    let spool = site.relays[0].begin(Spool::create(site.folder.path(), &site.layer).unwrap());
    for _piece in 0..pieces(site.layer.size) {
        let piece = spool.wanted().await.unwrap();
        let range = sealer_model::relay::bytes(piece, site.layer.size);
        spool.put(piece, Bytes::from(vec![0; (range.end - range.start) as usize])).await.unwrap();
    }
    let (one, other) = tokio::join!(site.get(1), site.get(2));
    let damaged = |content: &[u8]| Digest::of(content) != site.layer.digest;
    assert!(damaged(&one) || damaged(&other), "nobody asked the host with the damaged spool");
}

fn large_layer(number: u8) -> Descriptor {
    Descriptor { size: KEPT_BYTES, ..Descriptor::of(media_type::LAYER_TAR, &[number]) }
}

#[tokio::test]
async fn a_layer_that_is_gone_is_said_to_be_and_waited_for_by_nobody() {
    let site = Site::new(2).await;
    for number in 0..3 {
        site.relays[0].begin(Spool::create(site.folder.path(), &large_layer(number)).unwrap());
    }
    let client = &site.relays[1].0.opened.get().unwrap().client;
    let url = format!("https://{}/pieces/{}/0", site.hosts[0], large_layer(0).digest);
    assert_eq!(client.get(&url).send().await.unwrap().status(), StatusCode::GONE);
}

#[tokio::test]
async fn small_layers_are_kept_and_of_large_ones_two() {
    let site = Site::new(1).await;
    let begin = |layer: &Descriptor| site.relays[0].begin(Spool::create(site.folder.path(), layer).unwrap());
    let small: Vec<Descriptor> = (10..20).map(|number| Descriptor::of(media_type::LAYER_TAR, &[number])).collect();
    small.iter().for_each(|layer| drop(begin(layer)));
    assert_eq!(site.relays[0].spools().kept.len(), small.len());
    (0..3).for_each(|number| drop(begin(&large_layer(number))));
    let spools = site.relays[0].spools();
    assert_eq!((spools.kept.len(), spools.gone.len()), (KEPT, small.len() + 1));
    drop(spools);
    begin(&small[0]);
    assert!(site.relays[0].spools().of(&small[0].digest).unwrap().is_some(), "a layer that is begun again is there");
}
