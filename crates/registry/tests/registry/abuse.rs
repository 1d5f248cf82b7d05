//! Clients that mean no good or know no better: they are refused, logged and counted, and others are served meanwhile.

use crate::client::Served;
use sealer_registry::Configuration;
use sealer_registry::configuration::{Limits, Logged, Logging, Timeouts};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn said(served: &Served, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    // The registry may refuse before it has read everything.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Waits until a number has been counted.
async fn counted(served: &Served, line: &str) {
    loop {
        let metrics = String::from_utf8(served.get("/metrics").await.expect(200).body.to_vec()).unwrap();
        if metrics.lines().any(|found| found == line) {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_huge_head_is_refused() {
    let limits = Limits { head_bytes: 8192, ..Limits::default() };
    let served = Served::with(Configuration { limits, ..Configuration::default() }).await;
    let head = format!("GET /v2/ HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "a".repeat(100_000));
    assert!(said(&served, head.as_bytes()).await.starts_with("HTTP/1.1 431"));
    counted(&served, "sealer_registry_connections_broken_total{reason=\"head-too-large\"} 1").await;
    let many = format!("GET /v2/ HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: a\r\n".repeat(200));
    assert!(said(&served, many.as_bytes()).await.starts_with("HTTP/1.1 431"));
}

/// Whatever a path holds, it names a repository, a blob or an upload, or nothing: it never leads to a file.
#[tokio::test]
async fn paths_that_would_lead_elsewhere_are_refused_logged_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let logging = Logging { requests: Logged::Refused, file: Some(log.clone()) };
    let served =
        Served::within(&folder.path().join("store"), Configuration { log: logging, ..Configuration::default() }).await;
    std::fs::write(folder.path().join("secret"), "the secret").unwrap();
    let digest = sealer_model::Digest::of(b"x");
    let mut tried = 0;
    for (method, path) in [
        ("GET", "/v2/../../secret/manifests/v1".to_owned()),
        ("GET", "/v2/a/../../secret/blobs/x".to_owned()),
        ("GET", "/v2/%2e%2e/%2e%2e/secret/manifests/v1".to_owned()),
        ("GET", "/v2/a%2f..%2f..%2fsecret/manifests/v1".to_owned()),
        ("GET", "/v2//a/manifests/v1".to_owned()),
        ("GET", "/v2/a//b/manifests/v1".to_owned()),
        ("GET", "/v2/a\\..\\b/manifests/v1".to_owned()),
        ("GET", "/v2/a%00/manifests/v1".to_owned()),
        ("GET", "/v2/a/blobs/sha256:../../../secret".to_owned()),
        ("GET", format!("/v2/a/blobs/sha256:{}", "../".repeat(21) + "x")),
        ("GET", format!("/v2/a/blobs/{}", digest.as_str().to_uppercase())),
        ("GET", format!("/v2/a/blobs/{digest}%2f..%2fsecret")),
        ("GET", "/v2/a/blobs/md5:d41d8cd98f00b204e9800998ecf8427e".to_owned()),
        ("PUT", "/v2/a/manifests/..".to_owned()),
        ("PUT", "/v2/a/manifests/%2e%2e%2fsecret".to_owned()),
        ("GET", "/v2/a/manifests/v1?ns=../..".to_owned()),
        ("GET", "/v2/a/manifests/v1?ns=a.example/../b".to_owned()),
        ("PATCH", "/v2/a/blobs/uploads/../../../secret".to_owned()),
        ("PATCH", "/v2/a/blobs/uploads/..%2f..%2f..%2fsecret".to_owned()),
        ("POST", "/v2/../a/blobs/uploads/".to_owned()),
        ("POST", "/v2/a/blobs/uploads/?mount=../../secret&from=b".to_owned()),
        ("GET", "/v2/a/referrers/..".to_owned()),
        ("GET", "/../secret".to_owned()),
        ("GET", "/v2/".to_owned() + &"a/".repeat(200) + "manifests/v1"),
    ] {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx");
        let answer = said(&served, request.as_bytes()).await;
        let status = answer.split(' ').nth(1).unwrap_or("none");
        assert!(["400", "404"].contains(&status), "{method} {path}: {answer}");
        assert!(!answer.contains("the secret"), "{method} {path}");
        tried += 1;
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("secret")).unwrap(), "the secret");
    let metrics = String::from_utf8(served.get("/metrics").await.expect(200).body.to_vec()).unwrap();
    let refused: u32 = metrics
        .lines()
        .filter(|line| line.starts_with("sealer_registry_refused_total{"))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u32>().unwrap())
        .sum();
    let logged = loop {
        let logged = std::fs::read_to_string(&log).unwrap().lines().count();
        if logged >= refused as usize {
            break logged;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((refused, logged), (tried, tried as usize), "{}", std::fs::read_to_string(&log).unwrap());
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let served = Served::new().await;
    assert!(said(&served, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n").await.starts_with("HTTP/1.1 400"));
    counted(&served, "sealer_registry_connections_broken_total{reason=\"no-http\"} 1").await;
}

#[tokio::test]
async fn a_head_that_does_not_end_and_a_client_that_does_not_read_are_cut_off() {
    let timeouts = Timeouts { head_seconds: 1, silence_seconds: 1, ..Timeouts::default() };
    let served = Served::with(Configuration { timeouts, ..Configuration::default() }).await;
    let large = served.store.put_document("text/plain", &vec![1; 8_000_000]).unwrap();
    let mut reader = TcpStream::connect(served.address).await.unwrap();
    let request = format!("GET /v2/a/blobs/{} HTTP/1.1\r\nHost: x\r\n\r\n", large.digest);
    reader.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(said(&served, b"GET /v2/ HTTP/1.1\r\nHos").await.split("\r\n").next().unwrap_or(""), "");
    counted(&served, "sealer_registry_connections_broken_total{reason=\"too-slow\"} 1").await;
    counted(&served, "sealer_registry_connections_broken_total{reason=\"broken-off\"} 1").await;
    let mut received = Vec::new();
    // The end comes as a reset or as an early end.
    let _ = reader.read_to_end(&mut received).await;
    assert!(received.len() < 8_000_000);
}

#[tokio::test]
async fn an_upload_without_bytes_is_given_up_and_can_be_gone_on_with() {
    let timeouts = Timeouts { silence_seconds: 1, ..Timeouts::default() };
    let served = Served::with(Configuration { timeouts, ..Configuration::default() }).await;
    let begun = served.send(axum::http::Method::POST, "/v2/a/blobs/uploads/", &[], "").await.expect(202);
    let location = begun.header("location").to_owned();
    let head = format!("PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234");
    let answer = said(&served, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("BLOB_UPLOAD_INVALID"), "{answer}");
    assert_eq!(served.get(&location).await.expect(204).header("range"), "0-4");
}

#[tokio::test]
async fn a_blob_that_is_too_large_is_refused() {
    let limits = Limits { blob_bytes: 1000, ..Limits::default() };
    let served = Served::with(Configuration { limits, ..Configuration::default() }).await;
    let large = vec![0; 1001];
    let path = format!("/v2/a/blobs/uploads/?digest={}", sealer_model::Digest::of(&large));
    let answer = served.send(axum::http::Method::POST, &path, &[], large).await;
    assert_eq!(answer.refusal(), (413, "SIZE_INVALID".to_owned()));
}

#[tokio::test]
async fn more_uploads_than_allowed_are_told_to_come_back() {
    let limits = Limits { uploads: 1, ..Limits::default() };
    let served = Served::with(Configuration { limits, ..Configuration::default() }).await;
    let begin = async || served.send(axum::http::Method::POST, "/v2/a/blobs/uploads/", &[], "").await;
    begin().await.expect(202);
    let refused = begin().await;
    assert_eq!(refused.refusal(), (429, "TOOMANYREQUESTS".to_owned()));
    assert_eq!(refused.header("retry-after"), "1");
}

#[tokio::test]
async fn a_connection_carries_many_answers_of_all_kinds() {
    let served = Served::new().await;
    let large: Vec<u8> = (0..3_000_000_u32).map(|number| number.to_le_bytes()[1]).collect();
    let blob = served.store.put_document("text/plain", &large).unwrap();
    let get = |path: &str, close: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n{close}\r\n");
    let path = format!("/v2/a/blobs/{}", blob.digest);
    let requests = get("/v2/", "") + &get(&path, "") + &get("/v2/", "") + &get(&path, "Connection: close\r\n");
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(requests.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let bodies: Vec<usize> = answer
        .windows(large.len())
        .enumerate()
        .filter(|(_, part)| part[..9] == large[..9] && *part == large)
        .map(|(place, _)| place)
        .collect();
    assert_eq!(bodies.len(), 2, "two whole blobs in {} bytes", answer.len());
    assert!(answer.ends_with(&large));
}

#[tokio::test]
async fn garbage_is_collected_while_an_upload_is_open() {
    let served = Served::new().await;
    let garbage = served.store.put_document("text/plain", b"garbage").unwrap();
    let begun = served.send(axum::http::Method::POST, "/v2/a/blobs/uploads/", &[], "").await.expect(202);
    let store = served.store.clone();
    let collected = tokio::task::spawn_blocking(move || store.collect_garbage()).await.unwrap().unwrap();
    assert_eq!((collected.blobs, served.store.contains(&garbage.digest)), (1, false));
    let end = format!("{}?digest={}", begun.header("location"), sealer_model::Digest::of(b"late"));
    served.send(axum::http::Method::PUT, &end, &[], "late").await.expect(201);
}
