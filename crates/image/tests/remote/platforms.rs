//! Images for several platforms.

use crate::made::{amd64, arm64, client, cluster_image, image, index, publish, store};
use crate::registry::Registry;
use sealer_image::{Error, Store, pull_container_image, pull_for};
use sealer_model::Platform;
use sealer_model::event::Listener;
use sealer_model::image::{Carried, CarriedProgram, Catalog, Descriptor, Index, media_type};
use std::sync::{Arc, Mutex};

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
async fn pulled_for(platforms: &[Platform], make: fn(&Store) -> Descriptor) -> (Descriptor, Descriptor) {
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
async fn a_cluster_image_comes_whole_for_a_build() {
    let make = |store: &Store| cluster_image(store, "nginx");
    let (image, pulled) = pulled_for(&[arm64()], make).await;
    assert_eq!(pulled, image);
}

/// A cluster image for two platforms, each with a rootfs, a program, and a container image that came from one index.
fn for_two_platforms(store: &Store) -> Descriptor {
    let original = index(store);
    let carried = |manifest: Descriptor| Carried {
        name: "nginx:1".parse().unwrap(),
        platform: manifest.platform.clone().unwrap(),
        manifest,
        original_index: Some(original.clone()),
        demands: Vec::new(),
    };
    let carried: Vec<Carried> = store.index(&original).unwrap().manifests.into_iter().map(carried).collect();
    let rootfs = |platform: Platform| {
        let content = format!("rootfs for {platform}");
        let manifest = image(store, &platform, content.as_bytes());
        (platform, manifest)
    };
    let program = |platform: Platform| CarriedProgram {
        version: "v1.0.0".into(),
        manifest: image(store, &platform, format!("sealer for {platform}").as_bytes()),
        platform,
    };
    let programs = [program(amd64()), program(arm64())];
    let config = store.put_json(media_type::CATALOG, &Catalog::of(&carried)).unwrap();
    let catalog = store.put_json(media_type::MANIFEST, &Catalog::manifest(config, &carried)).unwrap();
    let index = Index::of_cluster_image(vec![rootfs(amd64()), rootfs(arm64())], &carried, &programs, catalog);
    store.put_json(media_type::INDEX, &index).unwrap()
}

/// Pulls a cluster image for two platforms into an empty store, and says what came and what was asked for.
async fn cluster_image_for(platforms: &[Platform]) -> (crate::made::Made, Descriptor, Descriptor, Vec<String>) {
    let registry = Registry::start().await;
    let (here, there) = (store(), store());
    let (image, name, client) = (for_two_platforms(&here.store), registry.name("site:v1"), client());
    publish(&here.store, &client, &name, &image).await;
    registry.asked();
    let pulled = pull_for(&there.store, &client, &name, platforms, &Listener::deaf()).await.unwrap();
    assert_eq!(there.store.require(&name).unwrap().digest, pulled.digest);
    assert_eq!(there.store.missing(&pulled).unwrap(), []);
    (there, image, pulled, registry.asked())
}

#[tokio::test]
async fn of_a_cluster_image_only_what_a_platform_needs_comes() {
    let (there, whole, pulled, asked) = cluster_image_for(&[arm64()]).await;
    assert_ne!(pulled.digest, whole.digest);
    let index = there.store.index(&pulled).unwrap();
    let platforms: Vec<_> = index.manifests.iter().filter_map(|entry| entry.platform.clone()).collect();
    assert_eq!(platforms, [arm64(), arm64(), arm64()], "a rootfs, a container image and a program");
    let original = crate::made::index(&there.store);
    assert_eq!(there.store.read_document(&original).unwrap().len() as u64, original.size, "the original index came");
    let others = there.store.index(&whole).unwrap().manifests;
    for other in others.iter().filter(|entry| entry.platform == Some(amd64())) {
        assert!(!asked.iter().any(|line| line.contains(other.digest.as_str())), "{asked:#?}");
    }
}

#[tokio::test]
async fn all_platforms_of_a_cluster_image_are_the_image_itself() {
    let (_there, whole, pulled, _) = cluster_image_for(&[amd64(), arm64()]).await;
    assert_eq!(pulled.digest, whole.digest);
}

#[tokio::test]
async fn what_pins_a_digest_comes_whole_and_that_is_told() {
    let registry = Registry::start().await;
    let (here, there) = (store(), store());
    let (image, name, client) = (for_two_platforms(&here.store), registry.name("site:v1"), client());
    publish(&here.store, &client, &name, &image).await;
    let pinned = registry.name(&format!("site@{}", image.digest));
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&told);
    let listener = Listener::new(move |event| seen.lock().unwrap().push(format!("{event:?}")));
    let pulled = pull_for(&there.store, &client, &pinned, &[arm64()], &listener).await.unwrap();
    assert_eq!(pulled.digest, image.digest);
    assert!(told.lock().unwrap().iter().any(|event| event.contains("comes with all its platforms")));
}
