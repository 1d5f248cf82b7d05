//! Who may do what, and that whoever may not is refused, logged and counted.

use crate::client::{Answer, Served};
use crate::fixtures::image;
use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealer_image::remote::{Client, Login, Options};
use sealer_model::event::Listener;
use sealer_registry::Configuration;
use sealer_registry::configuration::{Logged, Logging, Reads};
use std::path::{Path, PathBuf};

struct Guarded {
    served: Served,
    log: PathBuf,
    _folder: tempfile::TempDir,
}

async fn guarded(reads: Reads) -> Guarded {
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("htpasswd");
    std::fs::write(&users, format!("ann:{}\n", bcrypt::hash("secret", 4).unwrap())).unwrap();
    let log = folder.path().join("log");
    let served = Served::with(Configuration {
        users: Some(users),
        reads,
        log: Logging { requests: Logged::Refused, file: Some(log.clone()) },
        ..Configuration::default()
    })
    .await;
    let web = image(&served.store, "web");
    served.store.tag(&"localhost/web:v1".parse().unwrap(), &web).unwrap();
    Guarded { served, log, _folder: folder }
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

async fn with(served: &Served, method: Method, path: &str, authorization: &str) -> Answer {
    served.send(method, path, &[("authorization", authorization)], "").await
}

/// Waits for a line of the log that holds all of these texts.
async fn logged(log: &Path, parts: &[&str]) -> String {
    loop {
        let text = std::fs::read_to_string(log).unwrap();
        if let Some(line) = text.lines().find(|line| parts.iter().all(|part| line.contains(part))) {
            return line.to_owned();
        }
        tokio::task::yield_now().await;
    }
}

const MANIFEST: &str = "/v2/web/manifests/v1";
const UPLOADS: &str = "/v2/web/blobs/uploads/";

#[tokio::test]
async fn a_reader_may_read_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("htpasswd");
    let line = |user: &str| format!("{user}:{}\n", bcrypt::hash("secret", 4).unwrap());
    std::fs::write(&users, line("ann") + &line("host")).unwrap();
    let (reads, readers) = (Reads::Authenticated, vec!["host".to_owned()]);
    let served = Served::with(Configuration { users: Some(users), reads, readers, ..Configuration::default() }).await;
    let web = image(&served.store, "web");
    served.store.tag(&"localhost/web:v1".parse().unwrap(), &web).unwrap();
    let host = basic("host", "secret");
    with(&served, Method::GET, MANIFEST, &host).await.expect(200);
    for (method, path) in [(Method::POST, UPLOADS), (Method::DELETE, MANIFEST), (Method::GET, "/sealer/names")] {
        let refused = with(&served, method, path, &host).await;
        assert_eq!(refused.refusal(), (403, "DENIED".to_owned()), "{path}");
    }
    with(&served, Method::POST, UPLOADS, &basic("ann", "secret")).await.expect(202);
}

#[tokio::test]
async fn where_reads_are_free_writes_need_a_user() {
    let guarded = guarded(Reads::Anonymous).await;
    let served = &guarded.served;
    served.get(MANIFEST).await.expect(200);
    let refused = served.send(Method::POST, UPLOADS, &[], "").await;
    assert_eq!(refused.refusal(), (401, "UNAUTHORIZED".to_owned()));
    let realm = format!("Bearer realm=\"http://{}/token\",service=\"sealer\"", served.address);
    assert_eq!(refused.header("www-authenticate"), realm);
    with(served, Method::POST, UPLOADS, &basic("ann", "secret")).await.expect(202);
    with(served, Method::DELETE, MANIFEST, &basic("ann", "wrong")).await.expect(401);
    with(served, Method::DELETE, MANIFEST, "Bearer anonymous").await.expect(401);
    with(served, Method::DELETE, MANIFEST, "Digest x").await.expect(401);
    served.get(MANIFEST).await.expect(200);
}

#[tokio::test]
async fn where_reads_are_not_free_everything_needs_a_user() {
    let guarded = guarded(Reads::Authenticated).await;
    let served = &guarded.served;
    for path in ["/v2/", MANIFEST, "/v2/_catalog", "/v2/web/tags/list", "/token"] {
        let refused = served.get(path).await;
        assert_eq!(refused.refusal(), (401, "UNAUTHORIZED".to_owned()), "{path}");
        assert!(refused.header("www-authenticate").starts_with("Basic realm="), "{path}");
        with(served, Method::GET, path, "Bearer anonymous").await.expect(401);
        with(served, Method::GET, path, &basic("ann", "secret")).await.expect(200);
    }
    served.get("/healthz").await.expect(200);
}

#[tokio::test]
async fn a_token_stands_for_a_password() {
    let guarded = guarded(Reads::Anonymous).await;
    let served = &guarded.served;
    assert_eq!(served.get("/v2/").await.status, 401, "docker asks for credentials only when it is refused here");
    let anonymous = served.get("/token?service=sealer").await.expect(200).json();
    let bearer = |token: &serde_json::Value| format!("Bearer {}", token["token"].as_str().unwrap());
    with(served, Method::GET, "/v2/", &bearer(&anonymous)).await.expect(200);
    let token = with(served, Method::GET, "/token", &basic("ann", "secret")).await.expect(200).json();
    with(served, Method::GET, "/v2/", &bearer(&token)).await.expect(200);
    with(served, Method::POST, UPLOADS, &bearer(&token)).await.expect(202);
    with(served, Method::GET, "/token", &basic("ann", "wrong")).await.expect(401);
    with(served, Method::GET, MANIFEST, "Bearer 0123").await.expect(401);
}

/// After a restart, or at another peer, a token may be worth nothing any more: its owner must find out where to get another.
#[tokio::test]
async fn a_token_that_is_worth_nothing_is_answered_with_the_whole_address_of_another() {
    let guarded = guarded(Reads::Anonymous).await;
    let refused = with(&guarded.served, Method::POST, UPLOADS, "Bearer YW5u.1.eA").await.expect(401);
    let realm = format!("Bearer realm=\"http://{}/token\",service=\"sealer\"", guarded.served.address);
    assert_eq!(refused.header("www-authenticate"), format!("{realm},error=\"invalid_token\""));
}

#[tokio::test]
async fn registries_with_one_key_take_each_others_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let (users, key) = (folder.path().join("htpasswd"), folder.path().join("key"));
    std::fs::write(&users, format!("ann:{}\n", bcrypt::hash("secret", 4).unwrap())).unwrap();
    std::fs::write(&key, "k".repeat(40)).unwrap();
    let configuration = Configuration { users: Some(users), token_key: Some(key), ..Configuration::default() };
    let (one, other) = (Served::with(configuration.clone()).await, Served::with(configuration).await);
    let token = with(&one, Method::GET, "/token", &basic("ann", "secret")).await.expect(200).json();
    let token = format!("Bearer {}", token["token"].as_str().unwrap());
    with(&other, Method::POST, UPLOADS, &token).await.expect(202);
}

/// Our own client goes on when the registry that gave its token is another one now.
#[tokio::test]
async fn a_client_gets_another_token_when_the_registry_was_restarted() {
    let (folder, from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let users = folder.path().join("htpasswd");
    std::fs::write(&users, format!("ann:{}\n", bcrypt::hash("secret", 4).unwrap())).unwrap();
    let configuration = Configuration { users: Some(users), ..Configuration::default() };
    let first = Served::within(to.path(), configuration.clone()).await;
    let address = first.address;
    let store = sealer_image::Store::open(from.path()).unwrap();
    let login = Login { user: "ann".to_owned(), password: "secret".to_owned() };
    let client = Client::new(Options { login: Some(login), ..Options::default() }).unwrap();
    let push = async |tag: &str| {
        let local = format!("localhost/web:{tag}").parse().unwrap();
        store.tag(&local, &image(&store, tag)).unwrap();
        let remote = format!("{address}/web:{tag}").parse().unwrap();
        sealer_image::push(&store, &client, &local, &remote, &Listener::deaf()).await
    };
    push("v1").await.unwrap();
    first.stop().await;
    let second = Served::at(address, to.path(), configuration).await;
    push("v2").await.unwrap();
    second.get("/v2/web/manifests/v2").await.expect(200);
}

#[tokio::test]
async fn refusals_are_logged_and_counted() {
    let guarded = guarded(Reads::Anonymous).await;
    let served = &guarded.served;
    served.get(MANIFEST).await.expect(200);
    with(served, Method::DELETE, MANIFEST, &basic("ann", "wrong")).await.expect(401);
    served.get("/v2/a/../b/manifests/v1").await.expect(400);
    let line = logged(&guarded.log, &["\"UNAUTHORIZED\"", "\"DELETE\"", MANIFEST, "\"status\":401"]).await;
    assert!(!line.contains("wrong") && !line.contains("Basic"), "a secret is in the log: {line}");
    logged(&guarded.log, &["\"NAME_INVALID\"", "a/../b"]).await;
    assert!(!std::fs::read_to_string(&guarded.log).unwrap().contains("\"status\":200"));
    let metrics = String::from_utf8(served.get("/metrics").await.expect(200).body.to_vec()).unwrap();
    for line in [
        "sealer_registry_refused_total{code=\"UNAUTHORIZED\"} 1",
        "sealer_registry_refused_total{code=\"NAME_INVALID\"} 1",
        "sealer_registry_requests_total{method=\"DELETE\",status=\"401\"} 1",
        "sealer_registry_requests_total{method=\"GET\",status=\"200\"} 1",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn everything_is_logged_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let logging = Logging { requests: Logged::All, file: Some(log.clone()) };
    let served = Served::with(Configuration { log: logging, ..Configuration::default() }).await;
    let large = vec![7; 100_000];
    let blob = served.store.put_document("text/plain", &large).unwrap();
    served
        .send(Method::GET, &format!("/v2/a/blobs/{}", blob.digest), &[("user-agent", "tester")], "")
        .await
        .expect(200);
    let line = logged(&log, &["\"GET\"", blob.digest.as_str()]).await;
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["status"], &line["bytes"], &line["agent"]), (&200.into(), &100_000.into(), &"tester".into()));
}

#[tokio::test]
async fn users_that_cannot_be_read_keep_the_registry_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("htpasswd");
    std::fs::write(&users, "ann:plain\n").unwrap();
    let store = sealer_image::Store::open(folder.path()).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let configuration = Configuration { users: Some(users.clone()), ..Configuration::default() };
    let error = sealer_registry::serve(listener, store, configuration, std::future::pending()).await.unwrap_err();
    assert!(error.to_string().contains(&format!("{}:1", users.display())), "{error}");
}
