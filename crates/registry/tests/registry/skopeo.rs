//! A real client: skopeo copies images into the registry and out of it, and they stay what they are.

use crate::client::Served;
use crate::fixtures::{cluster_image, image};
use sealer_image::Store;
use sealer_model::image::Descriptor;
use std::process::Stdio;
use tokio::process::Command;

/// Whether skopeo is there; without it the test says that it did not run.
async fn installed() -> bool {
    let mut command = Command::new("skopeo");
    let there = command.arg("--version").stdout(Stdio::null()).status().await;
    if there.is_err() {
        eprintln!("LEFT OUT: skopeo is not installed, so nothing was copied with it");
    }
    there.is_ok()
}

async fn copy(arguments: &[&str], from: &str, to: &str) {
    let mut command = Command::new("skopeo");
    command.args(["--insecure-policy", "copy", "--preserve-digests"]);
    command.args(["--src-tls-verify=false", "--dest-tls-verify=false"]);
    let output = command.args(arguments).args([from, to]).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "skopeo copy {from} {to}: {said}");
}

/// Copies an image from a store through a registry to another store, under a name each, and says what arrived.
async fn there_and_back(arguments: &[&str], make: impl FnOnce(&Store) -> Descriptor) -> (Descriptor, Descriptor) {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = Store::open(ours.path()).unwrap();
    let made = make(&store);
    store.tag(&"demo/web:v1".parse().unwrap(), &made).unwrap();
    let served = Served::new().await;
    let registry = format!("docker://{}/x/y:v1", served.address);
    let from = format!("oci:{}:docker.io/demo/web:v1", ours.path().display());
    copy(arguments, &from, &registry).await;
    let name = "localhost/x/y:v1".parse().unwrap();
    let served_as = served.store.require(&name).unwrap();
    assert_eq!(served_as.digest, made.digest);
    let to = format!("oci:{}:localhost/x/y:v1", theirs.path().display());
    copy(arguments, &registry, &to).await;
    let arrived = Store::open(theirs.path()).unwrap();
    let found = arrived.require(&name).unwrap();
    assert_eq!(arrived.missing(&found).unwrap(), []);
    (made, found)
}

#[tokio::test]
async fn skopeo_copies_an_image_there_and_back() {
    if !installed().await {
        return;
    }
    let (made, found) = there_and_back(&[], |store| image(store, "web")).await;
    assert_eq!(found.digest, made.digest);
}

#[tokio::test]
async fn skopeo_copies_a_whole_cluster_image_there_and_back() {
    if !installed().await {
        return;
    }
    let make = |store: &Store| {
        let redis = image(store, "redis");
        cluster_image(store, "redis:7", &redis)
    };
    let (made, found) = there_and_back(&["--all"], make).await;
    assert_eq!(found.digest, made.digest);
}

#[tokio::test]
async fn skopeo_finds_a_container_image_of_a_cluster_image_by_its_full_name() {
    if !installed().await {
        return;
    }
    let served = Served::new().await;
    let redis = image(&served.store, "redis");
    let cluster = cluster_image(&served.store, "docker.io/db/redis:7", &redis);
    served.store.tag(&"guestbook:v1".parse().unwrap(), &cluster).unwrap();
    for name in ["docker.io/db/redis:7", "db/redis:7"] {
        let folder = tempfile::tempdir().unwrap();
        let from = format!("docker://{}/{name}", served.address);
        let to = format!("oci:{}:copied", folder.path().display());
        copy(&[], &from, &to).await;
        let copied = Store::open(folder.path()).unwrap();
        assert!(copied.contains(&redis.digest), "{name}");
    }
}
