//! What is pushed can be pulled, unchanged, and only what the other side lacks moves.

use crate::made::{client, cluster_image, image, name, noise, publish, pull, store};
use crate::registry::Registry;
use sealer_image::{Result, Store};
use sealer_model::Reference;
use sealer_model::event::{Event, Listener};
use sealer_model::image::Descriptor;
use std::sync::{Arc, Mutex};

async fn push(store: &Store, local: &Reference, remote: &Reference) -> Result<Descriptor> {
    sealer_image::push(store, &client(), local, remote, &Listener::deaf()).await
}

#[tokio::test]
async fn a_cluster_image_arrives_whole_and_under_its_name() {
    let registry = Registry::start().await;
    let (here, there) = (store(), store());
    let image = cluster_image(&here.store, "docker.io/library/nginx:1.25");
    let name = registry.name("team/cluster:v1");
    publish(&here.store, &client(), &name, &image).await;
    let pulled = pull(&there.store, &client(), &name).await.unwrap();
    assert_eq!(pulled, image);
    assert_eq!(there.store.missing(&image).unwrap(), []);
    assert_eq!(there.store.require(&name).unwrap().digest, image.digest);
    assert_eq!(there.store.verify(&sealer_model::event::Listener::deaf()).unwrap().faults, []);
}

#[tokio::test]
async fn a_second_push_sends_no_blob_and_a_second_pull_fetches_none() {
    let registry = Registry::start().await;
    let (here, there) = (store(), store());
    let image = cluster_image(&here.store, "nginx");
    let (name, client) = (registry.name("cluster:v1"), client());
    publish(&here.store, &client, &name, &image).await;
    pull(&there.store, &client, &name).await.unwrap();
    registry.asked();

    publish(&here.store, &client, &name, &image).await;
    let sent = registry.asked();
    assert!(!sent.iter().any(|line| line.starts_with("POST")), "{sent:#?}");

    pull(&there.store, &client, &name).await.unwrap();
    assert_eq!(registry.asked(), ["HEAD /v2/cluster/manifests/v1"]);
}

#[tokio::test]
async fn the_name_appears_in_the_registry_last() {
    let registry = Registry::start().await;
    let here = store();
    let image = cluster_image(&here.store, "nginx");
    publish(&here.store, &client(), &registry.name("cluster:v1"), &image).await;
    let asked = registry.asked();
    let documents: Vec<&String> = asked.iter().filter(|line| line.contains("/manifests/")).collect();
    assert_eq!(documents.len(), 4, "three entries and the index: {asked:#?}");
    assert_eq!(documents.last().unwrap().as_str(), "PUT /v2/cluster/manifests/v1");
    assert_eq!(asked.last(), documents.last().copied());
}

#[tokio::test]
async fn a_blob_of_another_repository_is_borrowed_instead_of_sent() {
    let registry = Registry::start().await;
    let here = store();
    let image = image(&here.store, &crate::made::amd64(), b"layer");
    let (first, second) = (registry.name("first:v1"), registry.name("second:v1"));
    publish(&here.store, &client(), &first, &image).await;
    let layer = here.store.manifest(&image).unwrap().layers.remove(0).digest;
    // This registry shows every blob everywhere; for once it denies that it has it.
    let absent = crate::registry::Fault::Status(404, "x-test", "absent");
    registry.fault(axum::http::Method::HEAD, layer.as_str(), absent);
    registry.asked();
    push(&here.store, &first, &second).await.unwrap();
    let asked = registry.asked();
    let digest = layer.as_str().replace(':', "%3A");
    let mount = format!("POST /v2/second/blobs/uploads/?mount={digest}&from=first");
    assert!(asked.contains(&mount), "{asked:#?}");
    assert!(!asked.iter().any(|line| line.starts_with("PUT /v2/second/blobs")), "{asked:#?}");
}

#[tokio::test]
async fn progress_is_one_total_over_all_blobs() {
    let registry = Registry::start().await;
    let (here, there) = (store(), store());
    let image = image(&here.store, &crate::made::amd64(), &noise(1, 700_000));
    let name = registry.name("app:v1");
    publish(&here.store, &client(), &name, &image).await;
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&events);
    let listener = Listener::new(move |event| seen.lock().unwrap().push(event));
    sealer_image::pull(&there.store, &client(), &name, None, &listener).await.unwrap();
    let manifest = here.store.manifest(&image).unwrap();
    let bytes: u64 = manifest.blobs().map(|blob| blob.size).sum();
    let events = events.lock().unwrap();
    let Some(Event::Bytes { transfer, done, total }) = events.last() else {
        panic!("no progress in {events:?}");
    };
    assert_eq!(transfer.title, format!("pull {name}"));
    assert_eq!((*done, *total), (bytes, Some(bytes)));
}

#[tokio::test]
async fn an_image_that_is_not_whole_is_not_pushed() {
    let registry = Registry::start().await;
    let here = store();
    let image = image(&here.store, &crate::made::amd64(), b"layer");
    let layer = here.store.manifest(&image).unwrap().layers.remove(0).digest;
    let local = name("app:v1");
    here.store.tag(&local, &image).unwrap();
    std::fs::remove_file(here.store.blob_path(&layer)).unwrap();
    let remote = registry.name("app:v1");
    let error = push(&here.store, &local, &remote).await.unwrap_err();
    assert!(error.to_string().contains(layer.as_str()), "{error}");
    assert_eq!(registry.asked(), [""; 0]);
}

#[tokio::test]
async fn transfers_may_run_on_any_thread() {
    let (here, client, name) = (store(), client(), name("127.0.0.1:1/app"));
    let listener = Listener::deaf();
    let work = async move {
        let _ = sealer_image::push(&here.store, &client, &name, &name, &listener).await;
    };
    tokio::spawn(work).await.unwrap();
}
