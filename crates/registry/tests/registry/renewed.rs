//! A registry that is told by a hangup that its files were replaced.

use crate::connections::{ask_over_tls, certificate};
use crate::process::Process;
use axum::http::Method;
use rustix::process::Signal;
use std::fs;
use std::path::Path;
use std::time::Duration;

async fn logged(log: &Path, text: &str) {
    while !fs::read_to_string(log).is_ok_and(|lines| lines.contains(text)) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn certificate_and_log_are_those_that_lie_there_now() {
    let (folder, tls, first) = certificate(&["127.0.0.1"]);
    let (other_folder, other, trusted) = certificate(&["127.0.0.1"]);
    let (store, log) = (tempfile::tempdir().unwrap(), folder.path().join("log"));
    let configuration = format!(
        "tls: {{certificate: {}, key: {}}}\nlog: {{requests: all, file: {}}}\n",
        tls.certificate.display(),
        tls.key.display(),
        log.display()
    );
    let registry = Process::start(store.path(), &configuration).await;
    ask_over_tls(registry.address, &first, Method::GET, "/v2/", &[], Vec::new()).await.expect(200);
    // One that cannot be used changes nothing.
    fs::write(&tls.key, "no key").unwrap();
    registry.signal(Signal::HUP);
    logged(&log, "not-renewed").await;
    fs::copy(&other.certificate, &tls.certificate).unwrap();
    fs::copy(&other.key, &tls.key).unwrap();
    fs::rename(&log, folder.path().join("log.1")).unwrap();
    registry.signal(Signal::HUP);
    logged(&log, "\"renewed\"").await;
    ask_over_tls(registry.address, &trusted, Method::GET, "/v2/", &[], Vec::new()).await.expect(200);
    logged(&log, "\"/v2/\"").await;
    drop(other_folder);
}
