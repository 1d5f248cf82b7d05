//! Registries that copy pushes to each other: what one has taken the others have, at once or when they are back, and nothing goes
//! round.

use crate::client::{Answer, Served};
use crate::connections::{ask_over_tls, certificate};
use crate::fixtures::{bytes, image};
use crate::process::Process;
use axum::http::Method;
use rustls::pki_types::CertificateDer;
use sealer_image::Store;
use sealer_model::Digest;
use sealer_model::image::{Descriptor, media_type};
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
    push(&first, "harbor.example:5000/team/web", "of a domain with a port").await;
    let newer = push(&first, "team/web", "newer").await;
    for answer in [&older, &newer] {
        assert_eq!(answer.header("sealer-still-copying-to"), there.to_string());
    }
    assert_eq!(number(&first, "peer_pending", there).await, "3");
    first.stop().await;
    assert_eq!(marks(one.path(), there), 3);
    let first = Served::within(one.path(), beside(&[there])).await;
    let second = Served::at(there, other.path(), Configuration::default()).await;
    pending(&first, there, "0").await;
    has(&second, "team/web", &newer).await;
    second.get("/v2/team/web/manifests/v1?ns=harbor.example:5000").await.expect(200);
    second.get("/v2/harbor.example:5000/team/web/manifests/v1").await.expect(200);
    assert_eq!(marks(one.path(), there), 0);
}

/// Three registries of a site, each with the others as peers, over TLS and with a user; each in a process of its own.
struct Site {
    _certificate: tempfile::TempDir,
    folders: [tempfile::TempDir; 3],
    addresses: [SocketAddr; 3],
    configurations: [String; 3],
    registries: [Option<Process>; 3],
    trust: CertificateDer<'static>,
}

const ANN: (&str, &str) = ("authorization", "Basic YW5uOnNlY3JldA==");

impl Site {
    async fn start() -> Self {
        let (certificate, tls, trust) = certificate(&["127.0.0.1"]);
        let (users, password) = (certificate.path().join("htpasswd"), certificate.path().join("password"));
        std::fs::write(&users, format!("ann:{}\n", bcrypt::hash("secret", 4).unwrap())).unwrap();
        std::fs::write(&password, "secret\n").unwrap();
        let addresses = [free(), free(), free()];
        let peer = |address: &SocketAddr| {
            format!(
                "{{url: 'https://{address}', username: ann, password-file: {}, ca: {}}}",
                password.display(),
                tls.certificate.display()
            )
        };
        let configuration = |own: &SocketAddr| {
            let others = addresses.iter().filter(|address| *address != own).map(peer).collect::<Vec<_>>();
            format!(
                "addr: {own}\ntls: {{certificate: {}, key: {}}}\nusers: {}\npeers: [{}]\n",
                tls.certificate.display(),
                tls.key.display(),
                users.display(),
                others.join(", ")
            )
        };
        let configurations = [0, 1, 2].map(|number| configuration(&addresses[number]));
        let folders = [tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap()];
        let mut site = Self {
            _certificate: certificate,
            folders,
            addresses,
            configurations,
            registries: [None, None, None],
            trust,
        };
        for number in 0..3 {
            site.run(number).await;
        }
        site
    }

    async fn run(&mut self, number: usize) {
        let process = Process::start(self.folders[number].path(), &self.configurations[number]).await;
        self.registries[number] = Some(process);
    }

    fn kill(&mut self, number: usize) {
        self.registries[number].take().unwrap().kill();
    }

    async fn ask(&self, number: usize, method: Method, path: &str, body: Vec<u8>) -> Answer {
        let headers = [ANN, ("content-type", media_type::MANIFEST)];
        ask_over_tls(self.addresses[number], &self.trust, method, path, &headers, body).await
    }

    /// Pushes `team/web:<tag>` and says its digest.
    async fn push(&self, number: usize, tag: &str, text: &str) -> Answer {
        let folder = tempdir().unwrap();
        let theirs = Store::open(folder.path()).unwrap();
        let made = image(&theirs, text);
        for blob in theirs.manifest(&made).unwrap().blobs() {
            let path = format!("/v2/team/web/blobs/uploads/?digest={}", blob.digest);
            self.ask(number, Method::POST, &path, bytes(&theirs, &blob.digest)).await.expect(201);
        }
        let path = format!("/v2/team/web/manifests/{tag}");
        self.ask(number, Method::PUT, &path, bytes(&theirs, &made.digest)).await.expect(201)
    }

    /// What a tag leads to at one registry.
    async fn digest(&self, number: usize, tag: &str) -> String {
        let answer = self.ask(number, Method::GET, &format!("/v2/team/web/manifests/{tag}"), Vec::new()).await;
        answer.header("docker-content-digest").to_owned()
    }

    /// Waits until a tag leads to the same at all of them.
    async fn agree(&self, tag: &str, expected: &str) {
        for number in 0..3 {
            while self.digest(number, tag).await != expected {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

fn digest(answer: &Answer) -> String {
    answer.header("docker-content-digest").to_owned()
}

#[tokio::test]
async fn three_registries_agree_whoever_was_killed_or_lost_its_disk() {
    let mut site = Site::start().await;
    let first = digest(&site.push(0, "v1", "first").await);
    site.agree("v1", &first).await;

    // One is killed; what the others take and lose meanwhile it learns when it is back.
    site.kill(2);
    let gone = digest(&site.push(1, "gone", "gone").await);
    let second = digest(&site.push(1, "v1", "second").await);
    let deleted = site.ask(0, Method::DELETE, "/v2/team/web/manifests/gone", Vec::new()).await.expect(202);
    assert_eq!(deleted.header("sealer-still-copying-to"), site.addresses[2].to_string());
    site.run(2).await;
    site.agree("v1", &second).await;
    site.agree("gone", "").await;
    assert_ne!(gone, "");

    // One comes back with an empty disk, and the two that marked nothing for it give it everything.
    site.kill(0);
    site.folders[0] = tempdir().unwrap();
    site.run(0).await;
    site.agree("v1", &second).await;
    assert_eq!(site.digest(0, "gone").await, "", "what was deleted does not come back");
}

#[tokio::test]
async fn of_two_pushes_that_did_not_know_of_each_other_the_later_is_right_everywhere() {
    let mut site = Site::start().await;
    let first = digest(&site.push(0, "v1", "first").await);
    site.agree("v1", &first).await;
    site.kill(1);
    site.kill(2);
    let _earlier = site.push(0, "v1", "earlier").await;
    site.kill(0);
    site.run(1).await;
    let later = digest(&site.push(1, "v1", "later").await);
    site.run(0).await;
    site.run(2).await;
    site.agree("v1", &later).await;
}

/// A pull does not notice that its registry's peer dies, nor does a push to it.
#[tokio::test]
async fn a_peer_that_dies_is_not_noticed_by_those_who_pull_and_push_elsewhere() {
    let mut site = Site::start().await;
    let pushed = site.push(0, "v1", "first").await;
    site.agree("v1", &digest(&pushed)).await;
    // A pull that has begun goes on to its end.
    let large = vec![7; 8_000_000];
    let digest_of_large = Digest::of(&large);
    let path = format!("/v2/team/web/blobs/uploads/?digest={digest_of_large}");
    site.ask(2, Method::POST, &path, large.clone()).await.expect(201);
    let (address, trust) = (site.addresses[2], site.trust.clone());
    let under_way = tokio::spawn(async move {
        ask_over_tls(address, &trust, Method::GET, &format!("/v2/x/blobs/{digest_of_large}"), &[ANN], Vec::new()).await
    });
    site.kill(1);
    assert!(under_way.await.unwrap().expect(200).body == large);
    let document: serde_json::Value =
        site.ask(2, Method::GET, "/v2/team/web/manifests/v1", Vec::new()).await.expect(200).json();
    let layer = document["layers"][0]["digest"].as_str().unwrap();
    site.ask(2, Method::GET, &format!("/v2/team/web/blobs/{layer}"), Vec::new()).await.expect(200);
    let answer = site.push(0, "v2", "second").await;
    assert_eq!(answer.header("sealer-still-copying-to"), site.addresses[1].to_string());
    assert_eq!(site.digest(2, "v2").await, digest(&answer));
}

#[tokio::test]
async fn what_a_cluster_runs_stays_under_its_name_and_can_be_taken_away_by_nobody_who_asks() {
    let served = Served::new().await;
    let name = "localhost/guestbook:v1".parse().unwrap();
    let (installed, other) = (image(&served.store, "installed"), image(&served.store, "other"));
    served.store.install(&name, &installed).unwrap();
    let path = "/v2/guestbook/manifests/v1";
    let by_digest = format!("/v2/guestbook/manifests/{}", installed.digest);
    for path in [path, &by_digest] {
        let refused = served.send(Method::DELETE, path, &[], "").await;
        assert_eq!(refused.refusal(), (403, "DENIED".to_owned()), "{path}");
        assert!(String::from_utf8_lossy(&refused.body).contains("a cluster of this site runs"), "{refused:?}");
    }
    let headers = [("content-type", media_type::MANIFEST)];
    let put =
        async |image: &Descriptor| served.send(Method::PUT, path, &headers, bytes(&served.store, &image.digest)).await;
    assert_eq!(put(&other).await.refusal(), (403, "DENIED".to_owned()));
    put(&installed).await.expect(201);
    let found = served.get(path).await.expect(200);
    assert_eq!(found.header("docker-content-digest"), installed.digest.as_str());
    served.store.untag(&name).unwrap();
    put(&other).await.expect(201);
}
