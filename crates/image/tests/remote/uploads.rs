//! Large blobs on their way to a registry: what has arrived is not sent again, and a registry that does not know is sent all.

use crate::made::{Made, amd64, client, image, noise, publish, pull, store};
use crate::registry::{Fault, Registry};
use axum::http::Method;
use sealer_model::image::Descriptor;

const SIZE: usize = 5_000_000;
const HALF: usize = 2_000_000;

/// A registry, and an image with a layer that is sent in chunks.
async fn scene() -> (Registry, Made, Descriptor) {
    let (registry, here) = (Registry::start().await, store());
    let large = image(&here.store, &amd64(), &noise(4, SIZE));
    (registry, here, large)
}

/// Publishes the image and says by which requests its layer got there.
async fn sent(registry: &Registry, here: &Made, large: &Descriptor) -> Vec<String> {
    let name = registry.name("app:v1");
    publish(&here.store, &client(), &name, large).await;
    let there = store();
    assert_eq!(pull(&there.store, &client(), &name).await.unwrap(), *large);
    assert_eq!(there.store.missing(large).unwrap(), []);
    let uploads = registry.asked().into_iter().filter(|line| line.contains("/uploads/"));
    // The small configuration takes one request after the first.
    let method = |line: String| line.split(' ').next().unwrap().to_owned();
    uploads.map(method).filter(|method| method != "POST").collect()
}

#[tokio::test]
async fn a_large_blob_is_sent_as_one_chunk() {
    let (registry, here, large) = scene().await;
    let mut methods = sent(&registry, &here, &large).await;
    methods.sort();
    assert_eq!(methods, ["PATCH", "PUT", "PUT"]);
}

#[tokio::test]
async fn only_what_has_not_arrived_is_sent_again() {
    let (registry, here, large) = scene().await;
    registry.fault(Method::PATCH, "/uploads/", Fault::Half(HALF));
    registry.fault(Method::PATCH, "/uploads/", Fault::Half(HALF));
    let mut methods = sent(&registry, &here, &large).await;
    methods.sort();
    assert_eq!(methods, ["GET", "GET", "PATCH", "PATCH", "PATCH", "PUT", "PUT"]);
}

#[tokio::test]
async fn a_registry_that_has_forgotten_the_upload_gets_it_from_the_beginning() {
    let (registry, here, large) = scene().await;
    registry.kept().content.forgetful = true;
    registry.fault(Method::PATCH, "/uploads/", Fault::Half(HALF));
    let mut methods = sent(&registry, &here, &large).await;
    methods.sort();
    assert_eq!(methods, ["GET", "PATCH", "PATCH", "PUT", "PUT"]);
}

#[tokio::test]
async fn a_registry_that_does_not_take_the_rest_gets_all_of_it() {
    let (registry, here, large) = scene().await;
    registry.fault(Method::PATCH, "/uploads/", Fault::Half(HALF));
    registry.fault(Method::PATCH, "/uploads/", Fault::Status(416, "x-test", "x"));
    let mut methods = sent(&registry, &here, &large).await;
    methods.sort();
    assert_eq!(methods, ["GET", "PATCH", "PATCH", "PATCH", "PUT", "PUT"]);
}

#[tokio::test]
async fn an_upload_whose_end_was_not_heard_is_only_ended() {
    let (registry, here, large) = scene().await;
    registry.fault(Method::PUT, "/uploads/1", Fault::Status(502, "x-test", "x"));
    registry.fault(Method::PUT, "/uploads/0", Fault::Status(502, "x-test", "x"));
    let methods = sent(&registry, &here, &large).await;
    assert_eq!(methods.iter().filter(|method| *method == "PATCH").count(), 1, "{methods:?}");
}
