//! Images for several platforms.

use crate::made::{amd64, arm64, client, cluster_image, image, index, publish, store};
use crate::registry::Registry;
use sealer_image::{Error, pull_container_image};
use sealer_model::Platform;
use sealer_model::event::Listener;
use sealer_model::image::Descriptor;

#[tokio::test]
async fn a_container_image_comes_for_the_wanted_platform_with_its_original_index() {
    let registry = Registry::start().await;
    let (here, there) = (store(), store());
    let index = index(&here.store);
    let (name, client) = (registry.name("app:v1"), client());
    publish(&here.store, &client, &name, &index).await;
    let pulled = pull_container_image(&there.store, &client, &name, &[arm64()], &Listener::deaf()).await;
    let [pulled] = pulled.unwrap().try_into().unwrap();
    assert_eq!((&pulled.name, &pulled.original_index), (&name, &Some(index.clone())));
    assert_eq!(pulled.descriptor.platform, Some(arm64()));
    assert_eq!(there.store.missing(&pulled.descriptor).unwrap(), []);
    assert_eq!(there.store.read_document(&index).unwrap(), here.store.read_document(&index).unwrap());
    let [other, _] = here.store.index(&index).unwrap().manifests.try_into().unwrap();
    assert!(!there.store.contains(&other.digest), "the other platform came, too");
    assert_eq!(there.store.images().unwrap(), [], "nothing was to be named");
}

#[tokio::test]
async fn an_image_without_index_is_for_the_platform_of_its_configuration() {
    let registry = Registry::start().await;
    let (here, there) = (store(), store());
    let image = image(&here.store, &arm64(), b"layer");
    let (name, client) = (registry.name("app:v1"), client());
    publish(&here.store, &client, &name, &image).await;
    let pull = async |platform: Platform| {
        pull_container_image(&there.store, &client, &name, &[platform], &Listener::deaf()).await
    };
    let error = pull(amd64()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{name} has no image for linux/amd64"));
    let [pulled] = pull(arm64()).await.unwrap().try_into().unwrap();
    assert_eq!(pulled.descriptor, image.for_platform(arm64()));
    assert_eq!(pulled.original_index, None);
}

#[tokio::test]
async fn a_platform_that_is_missing_is_named() {
    let registry = Registry::start().await;
    let (here, there) = (store(), store());
    let (name, client) = (registry.name("app:v1"), client());
    publish(&here.store, &client, &name, &index(&here.store)).await;
    let wanted = [amd64(), Platform::linux("riscv64")];
    let listener = Listener::deaf();
    let pulled = pull_container_image(&there.store, &client, &name, &wanted, &listener).await;
    let error = pulled.unwrap_err();
    assert!(matches!(&error, Error::NoPlatform { platform, .. } if platform == "linux/riscv64"));
}

/// What a pull for some platforms leads to.
async fn pulled_for(platforms: &[Platform], make: fn(&sealer_image::Store) -> Descriptor) -> (Descriptor, Descriptor) {
    let registry = Registry::start().await;
    let (here, there) = (store(), store());
    let (image, name, client) = (make(&here.store), registry.name("app:v1"), client());
    publish(&here.store, &client, &name, &image).await;
    let listener = Listener::deaf();
    let pulled = sealer_image::pull(&there.store, &client, &name, Some(platforms), &listener);
    let pulled = pulled.await.unwrap();
    assert_eq!(there.store.missing(&pulled).unwrap(), []);
    there.store.collect_garbage().unwrap();
    assert_eq!(there.store.require(&name).unwrap().digest, pulled.digest);
    assert_eq!(there.store.missing(&pulled).unwrap(), []);
    (image, pulled)
}

#[tokio::test]
async fn one_platform_of_a_plain_image_is_that_platforms_manifest() {
    let (index, pulled) = pulled_for(&[arm64()], index).await;
    assert_ne!(pulled.digest, index.digest);
    assert_eq!(pulled.platform, Some(arm64()));
}

#[tokio::test]
async fn all_platforms_of_a_plain_image_are_the_image_itself() {
    let (index, pulled) = pulled_for(&[amd64(), arm64()], index).await;
    assert_eq!(pulled.digest, index.digest);
}

#[tokio::test]
async fn a_cluster_image_always_comes_whole() {
    let make = |store: &sealer_image::Store| cluster_image(store, "nginx");
    let (image, pulled) = pulled_for(&[arm64()], make).await;
    assert_eq!(pulled, image);
}
