//! Looking after the images of this machine, and who we are at registries.

use crate::fixtures::built;
use crate::registry::Registry;
use crate::surroundings::Surroundings;
use serde_json::Value;
use std::path::PathBuf;

/// The largest blob of the store.
fn a_layer(here: &Surroundings) -> PathBuf {
    let blobs = std::fs::read_dir(here.root().join("images/blobs/sha256")).unwrap().map(|blob| blob.unwrap().path());
    blobs.max_by_key(|path| path.metadata().unwrap().len()).unwrap()
}

#[test]
fn a_damaged_blob_is_found_named_with_its_image_and_brought_anew_by_the_next_load() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let _ = here.sealer(&["save", "web:v1", "-o", "web.tar"]).done();
    std::fs::write(a_layer(&here), "torn").unwrap();
    let found = here.sealer(&["store", "verify"]).ended(4);
    let line = found.stdout.lines().find(|line| line.starts_with("damaged sha256:")).unwrap();
    assert!(line.ends_with("needed by docker.io/library/web:v1"), "{}", found.stdout);
    let missing: Value =
        serde_json::from_str(&here.sealer(&["store", "verify", "--output", "json"]).ended(4).stdout).unwrap();
    assert_eq!(missing["faults"][0]["wrong"]["is"], "missing");
    let _ = here.sealer(&["images"]).done();
    let _ = here.sealer(&["load", "-i", "web.tar"]).done();
    let _ = here.sealer(&["store", "verify"]).done();
}

#[test]
fn a_torn_write_is_found_and_the_next_pull_brings_only_that_anew() {
    let registry = Registry::start();
    let here = Surroundings::new();
    let name = format!("{}/demo/web:v1", registry.address);
    built(&here, &name);
    let _ = here.sealer(&["push", &name]).done();
    let list = here.sealer(&["images", "--json"]).done();
    let layer = a_layer(&here);
    let whole = std::fs::read(&layer).unwrap();
    std::fs::write(&layer, &whole[..whole.len() / 2]).unwrap();
    let _ = here.sealer(&["store", "verify"]).ended(4);
    let _ = here.sealer(&["pull", &name]).done();
    assert!(std::fs::read(&layer).unwrap() == whole, "not what it was");
    let _ = here.sealer(&["store", "verify"]).done();
    assert_eq!(here.sealer(&["images", "--json"]).done(), list);
}

#[test]
fn prune_removes_what_no_name_needs_and_says_how_much() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let digest = sealer_model::Digest::of(b"garbage");
    std::fs::write(here.root().join("images/blobs/sha256").join(digest.hex()), "garbage").unwrap();
    assert!(here.sealer(&["prune"]).done().starts_with("removed 1 blobs, 7 B"));
    assert!(here.sealer(&["store", "prune", "--output", "json"]).done().contains("\"blobs\": 0"));
    let _ = here.sealer(&["save", "web:v1", "-o", "web.tar"]).done();
}

#[test]
fn a_login_is_kept_and_forgotten_and_never_shown() {
    let registry = Registry::start();
    let here = Surroundings::new().with("SEALER_REGISTRY_PASSWD", "hunter2");
    let ended = here.sealer(&["login", &registry.address, "-u", "me"]).ended(0);
    assert!(!(ended.stdout + &ended.stderr).contains("hunter2"));
    let kept = std::fs::read_to_string(here.root().join("auth.json")).unwrap();
    assert!(kept.contains(&registry.address) && !kept.contains("hunter2"), "{kept}");
    let _ = here.sealer(&["logout", &registry.address]).done();
    let ended = here.sealer(&["logout", &registry.address]).ended(1);
    assert!(ended.stderr.contains("keeps no password"), "{}", ended.stderr);
}

#[test]
fn without_a_terminal_a_login_says_how_to_give_the_password() {
    let ended = Surroundings::new().sealer(&["login", "registry.example", "-u", "me"]).ended(1);
    assert!(ended.stderr.contains("--password-stdin"), "{}", ended.stderr);
}

#[test]
fn a_registry_without_tls_is_spoken_to_only_where_it_is_named() {
    let registry = Registry::start();
    // This machine under an address that is not called loopback.
    let port = registry.address.rsplit(':').next().unwrap();
    let name = format!("0.0.0.0:{port}/demo/web:v1");
    let here = Surroundings::new();
    built(&here, &name);
    let refused = here.sealer(&["push", &name]).ended(1);
    assert!(refused.stderr.contains("--insecure-registry"), "{}", refused.stderr);
    let _ = here.sealer(&["push", "--insecure-registry", "0.0.0.0", &name]).done();
    let _ = here.sealer(&["rmi", &name]).done();
    let _ = here.sealer(&["pull", "--insecure-registry", &format!("0.0.0.0:{port}"), &name]).done();
}
