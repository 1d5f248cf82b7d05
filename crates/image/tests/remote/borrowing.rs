//! What a registry has in one repository is not sent to another, as docker-registry itself counts it.

use crate::docker_registry::{Peer, Uploads};
use crate::made::{amd64, client, credentials, image, noise, publish, pull, store};
use crate::registry::PASSWORD;
use sealer_image::Store;
use sealer_image::remote::Client;
use sealer_model::Reference;
use sealer_model::event::Listener;
use sealer_model::image::{Catalog, Config, Descriptor, Index, Manifest, media_type};

/// A cluster image of one rootfs with these layers on those of an image, built from the image of that name.
fn built_from(store: &Store, base: &Descriptor, base_name: &Reference, layer: &[u8]) -> Descriptor {
    let base = store.manifest(base).unwrap();
    let config: Config = store.parse(&base.config).unwrap();
    let config = Config { created: Some("2024-01-01T00:00:00Z".into()), ..config };
    let layer = store.put_document(media_type::LAYER_TAR, layer).unwrap();
    let layers = base.layers.into_iter().chain([layer]).collect();
    let mut manifest = Manifest::new(store.put_json(media_type::CONFIG, &config).unwrap(), layers);
    manifest.annotations.insert("org.opencontainers.image.base.name".into(), base_name.to_string());
    let rootfs = store.put_json(media_type::MANIFEST, &manifest).unwrap();
    let catalog = store.put_json(media_type::CATALOG, &Catalog::of(&[])).unwrap();
    let catalog = store.put_json(media_type::MANIFEST, &Catalog::manifest(catalog, &[])).unwrap();
    let index = Index::of_cluster_image(vec![(amd64(), rootfs)], &[], &[], catalog);
    store.put_json(media_type::INDEX, &index).unwrap()
}

async fn push(store: &Store, client: &Client, local: &str, remote: &Reference, image: &Descriptor) {
    let local = local.parse().unwrap();
    store.tag(&local, image).unwrap();
    sealer_image::push(store, client, &local, remote, &Listener::deaf()).await.unwrap();
}

#[tokio::test]
async fn the_layers_of_the_base_are_borrowed_from_its_repository() {
    let Some(peer) = Peer::start() else { return };
    let here = store();
    let base = image(&here.store, &amd64(), &noise(1, 300_000));
    let base_name = peer.name("base/kube:v1");
    publish(&here.store, &client(), &base_name, &base).await;
    // only what the image itself says leads there
    here.store.untag(&base_name).unwrap();
    let app = built_from(&here.store, &base, &base_name, b"app");
    push(&here.store, &client(), "app:v1", &peer.name("team/app:v1"), &app).await;
    // what is sent: a layer, the configuration, the catalog's configuration, none of which the base has
    assert_eq!(peer.uploads("team/app"), Uploads { borrowed: 1, begun: 3, ended: 3 });
}

#[tokio::test]
async fn what_any_image_of_the_store_shares_is_borrowed_from_that_ones_repository() {
    let Some(peer) = Peer::start() else { return };
    let here = store();
    let base = image(&here.store, &amd64(), &noise(1, 300_000));
    publish(&here.store, &client(), &peer.name("elsewhere/kube:v1"), &base).await;
    let app = built_from(&here.store, &base, &"unknown.example/kube:v1".parse().unwrap(), b"app");
    push(&here.store, &client(), "app:v1", &peer.name("team/app:v1"), &app).await;
    assert_eq!(peer.uploads("team/app"), Uploads { borrowed: 1, begun: 3, ended: 3 });
}

#[tokio::test]
async fn an_upload_that_begins_where_nothing_could_be_borrowed_is_gone_on_with() {
    let Some(peer) = Peer::start() else { return };
    let here = store();
    let base = image(&here.store, &amd64(), &noise(1, 5_000_000));
    let app = built_from(&here.store, &base, &peer.name("never/pushed:v1"), b"app");
    push(&here.store, &client(), "app:v1", &peer.name("team/app:v1"), &app).await;
    assert_eq!(peer.uploads("team/app"), Uploads { borrowed: 0, begun: 4, ended: 4 });
    let there = store();
    pull(&there.store, &client(), &peer.name("team/app:v1")).await.unwrap();
    assert_eq!(there.store.missing(&app).unwrap(), []);
}

#[tokio::test]
async fn a_registry_with_a_password_takes_borrows_and_gives_back() {
    let Some(peer) = Peer::guarded() else { return };
    let (here, there) = (store(), store());
    let client = Client::new(credentials(here.folder.path(), &peer.address, PASSWORD)).unwrap();
    let base = image(&here.store, &amd64(), &noise(1, 5_000_000));
    let base_name = peer.name("base/kube:v1");
    publish(&here.store, &client, &base_name, &base).await;
    let app = built_from(&here.store, &base, &base_name, b"app");
    push(&here.store, &client, "app:v1", &peer.name("team/app:v1"), &app).await;
    assert_eq!(peer.uploads("team/app"), Uploads { borrowed: 1, begun: 3, ended: 3 });
    let name = peer.name("team/app:v1");
    pull(&there.store, &client, &name).await.unwrap();
    assert_eq!(there.store.missing(&app).unwrap(), []);
    let stranger = Client::new(credentials(there.folder.path(), &peer.address, "wrong")).unwrap();
    let error = pull(&store().store, &stranger, &name).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("{} does not let us in", peer.address)), "{error}");
    assert!(pull(&store().store, &crate::made::client(), &name).await.is_err());
}
