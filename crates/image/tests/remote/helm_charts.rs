//! Helm charts in registries.

use crate::made::{amd64, client, image, noise, publish, store};
use crate::registry::Registry;
use sealer_image::{Error, pull_helm_chart};
use sealer_model::event::Listener;
use sealer_model::image::{Descriptor, Manifest};

const ARCHIVE: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const METADATA: &str = "application/vnd.cncf.helm.config.v1+json";

#[tokio::test]
async fn a_charts_archive_arrives_as_it_was_and_only_once() {
    let registry = Registry::start().await;
    let (here, there) = (store(), store());
    let bytes = noise(7, 5_000);
    let put = |media_type: &str, bytes: &[u8]| -> Descriptor { here.store.put_document(media_type, bytes).unwrap() };
    let (metadata, archive) = (put(METADATA, br#"{"name":"web"}"#), put(ARCHIVE, &bytes));
    let manifest =
        here.store.put_json(sealer_model::image::media_type::MANIFEST, &Manifest::new(metadata, vec![archive]));
    let name = registry.name("charts/web:1.2.3_4");
    publish(&here.store, &client(), &name, &manifest.unwrap()).await;

    let pulled = pull_helm_chart(&there.store, &client(), &name, &Listener::deaf()).await.unwrap();
    assert_eq!(pulled, bytes);
    registry.asked();
    let again = pull_helm_chart(&there.store, &client(), &name, &Listener::deaf()).await.unwrap();
    assert_eq!(again, bytes);
    assert_eq!(registry.asked(), ["HEAD /v2/charts/web/manifests/1.2.3_4"]);
}

#[tokio::test]
async fn an_image_is_no_chart_and_its_layers_are_not_fetched() {
    let registry = Registry::start().await;
    let (here, there) = (store(), store());
    let image = image(&here.store, &amd64(), &noise(1, 100));
    let name = registry.name("web:1");
    publish(&here.store, &client(), &name, &image).await;
    registry.asked();
    let error = pull_helm_chart(&there.store, &client(), &name, &Listener::deaf()).await.unwrap_err();
    assert!(matches!(error, Error::NoHelmChart { .. }), "{error}");
    assert!(!registry.asked().iter().any(|line| line.contains("/blobs/")));
}
