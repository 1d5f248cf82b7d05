//! Uploads of blobs: at once, in chunks, resumed, cancelled, and with the wrong digest.

use crate::client::{Answer, Served};
use axum::http::Method;
use sealer_model::Digest;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

async fn begin(served: &Served, path: &str) -> String {
    let answer = served.send(Method::POST, path, &[], "").await.expect(202);
    answer.header("location").to_owned()
}

async fn chunk(served: &Served, location: &str, range: &str, body: &'static str) -> Answer {
    let headers = [("content-range", range)];
    served.send(Method::PATCH, location, &headers, body).await
}

fn ending(location: &str, digest: &Digest) -> String {
    let separator = if location.contains('?') { '&' } else { '?' };
    format!("{location}{separator}digest={digest}")
}

#[tokio::test]
async fn a_blob_comes_at_once() {
    let served = Served::new().await;
    let digest = Digest::of(b"whole");
    let path = format!("/v2/a/b/blobs/uploads/?digest={digest}");
    let answer = served.send(Method::POST, &path, &[], "whole").await.expect(201);
    assert_eq!(answer.header("location"), format!("/v2/a/b/blobs/{digest}"));
    assert_eq!(served.get(answer.header("location")).await.body, "whole");
}

#[tokio::test]
async fn a_blob_comes_in_chunks_that_follow_each_other() {
    let served = Served::new().await;
    let digest = Digest::of(b"0123456789");
    let location = begin(&served, "/v2/a/b/blobs/uploads/?ns=quay.io").await;
    let first = chunk(&served, &location, "0-3", "0123").await.expect(202);
    assert_eq!(first.header("range"), "0-3");
    let gap = chunk(&served, &location, "5-6", "56").await.expect(416);
    assert_eq!(gap.header("range"), "0-3");
    assert_eq!(gap.refusal().1, "BLOB_UPLOAD_INVALID");
    let wrong = chunk(&served, &location, "4-9", "45").await;
    assert_eq!(wrong.refusal(), (400, "SIZE_INVALID".to_owned()));
    chunk(&served, &location, "4-6", "456").await.expect(202);
    let status = served.get(&location).await.expect(204);
    assert_eq!(status.header("range"), "0-6");
    let end = ending(&location, &digest);
    served.send(Method::PUT, &end, &[], "789").await.expect(201);
    assert_eq!(served.store.blob_size(&digest).unwrap(), Some(10));
    assert_eq!(served.get(&location).await.refusal().1, "BLOB_UPLOAD_UNKNOWN");
}

#[tokio::test]
async fn another_digest_leaves_nothing_behind() {
    let served = Served::new().await;
    let location = begin(&served, "/v2/a/blobs/uploads/").await;
    let end = ending(&location, &Digest::of(b"right"));
    let answer = served.send(Method::PUT, &end, &[], "wrong").await;
    assert_eq!(answer.refusal(), (400, "DIGEST_INVALID".to_owned()));
    for text in ["right", "wrong"] {
        assert!(!served.store.contains(&Digest::of(text.as_bytes())), "{text}");
    }
    let path = "/v2/a/blobs/uploads/?digest=sha512:00";
    let answer = served.send(Method::POST, path, &[], "x").await;
    assert_eq!(answer.refusal(), (400, "DIGEST_INVALID".to_owned()));
}

#[tokio::test]
async fn a_cancelled_upload_is_gone() {
    let served = Served::new().await;
    let location = begin(&served, "/v2/a/blobs/uploads/").await;
    served.send(Method::DELETE, &location, &[], "").await.expect(204);
    let answer = chunk(&served, &location, "0-0", "0").await;
    assert_eq!(answer.refusal(), (404, "BLOB_UPLOAD_UNKNOWN".to_owned()));
}

#[tokio::test]
async fn an_upload_goes_on_after_its_connection_broke() {
    let served = Served::new().await;
    let location = begin(&served, "/v2/a/blobs/uploads/").await;
    let head = format!("PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234");
    let mut broken = TcpStream::connect(served.address).await.unwrap();
    broken.write_all(head.as_bytes()).await.unwrap();
    while served.get(&location).await.expect(204).header("range") != "0-4" {
        tokio::task::yield_now().await;
    }
    assert_eq!(chunk(&served, &location, "5-9", "56789").await.status, 409);
    drop(broken);
    let end = ending(&location, &Digest::of(b"0123456789"));
    loop {
        let headers = [("content-range", "5-9")];
        let answer = served.send(Method::PUT, &end, &headers, "56789").await;
        if answer.status != 409 {
            answer.expect(201);
            break;
        }
    }
}

#[tokio::test]
async fn a_blob_that_is_here_is_mounted() {
    let served = Served::new().await;
    let blob = served.store.put_document("text/plain", b"blob").unwrap();
    let path = format!("/v2/a/blobs/uploads/?mount={}&from=b/c", blob.digest);
    let answer = served.send(Method::POST, &path, &[], "").await.expect(201);
    assert_eq!(answer.header("docker-content-digest"), blob.digest.as_str());
    let absent = Digest::of(b"absent");
    let path = format!("/v2/a/blobs/uploads/?mount={absent}&from=b/c");
    let answer = served.send(Method::POST, &path, &[], "").await.expect(202);
    assert!(answer.header("location").starts_with("/v2/a/blobs/uploads/"));
}
