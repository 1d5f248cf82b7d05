//! Container images to a registry that the site has already, which is Debian's here.

use crate::docker_registry::{Peer, Uploads};
use crate::made::{amd64, cluster_image, index, name, noise, pull, store};
use crate::registry::PASSWORD;
use sealer_image::remote::{Client, Login, Options};
use sealer_image::{Error, Store, has_container_images, push_container_images, rootfs_only};
use sealer_model::cluster::ExternalRegistry;
use sealer_model::event::{Event, Listener};
use sealer_model::image::{Descriptor, Entry, Index, media_type};
use std::sync::{Arc, Mutex};

fn external(peer: &Peer) -> ExternalRegistry {
    let (domain, port) = peer.address.rsplit_once(':').unwrap();
    let (domain, port) = (domain.to_owned(), port.parse().ok());
    ExternalRegistry { domain, port, path: Some("site-a".into()), ..ExternalRegistry::default() }
}

fn engineer() -> Client {
    let login = Login { user: "engineer".into(), password: PASSWORD.into() };
    Client::new(Options { login: Some(login), ..Options::default() }).unwrap()
}

async fn push(store: &Store, client: &Client, image: &Descriptor, to: &ExternalRegistry) -> Vec<String> {
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    let listener = Listener::new(move |event| {
        if let Event::Warning { text, .. } = event {
            heard.lock().unwrap().push(text);
        }
    });
    push_container_images(store, client, image, to, &listener).await.unwrap();
    said.lock().unwrap().clone()
}

#[tokio::test]
async fn they_are_found_below_the_sites_path_and_nothing_is_sent_twice() {
    let Some(peer) = Peer::guarded() else { return };
    let (here, client, to) = (store(), engineer(), external(&peer));
    let image = cluster_image(&here.store, "docker.io/library/web:v1");
    assert!(!has_container_images(&here.store, &client, &image, &to).await.unwrap());
    assert_eq!(push(&here.store, &client, &image, &to).await, [""; 0]);
    assert!(has_container_images(&here.store, &client, &image, &to).await.unwrap());
    let repository = "site-a/docker.io/library/web";
    let sent = Uploads { borrowed: 0, begun: 2, ended: 2 };
    assert_eq!(peer.uploads(repository), sent);
    push(&here.store, &client, &image, &to).await;
    assert_eq!(peer.uploads(repository), sent, "what was there was sent again");

    let there = store();
    let pulled = pull(&there.store, &client, &peer.name(&format!("{repository}:v1"))).await.unwrap();
    // the original index lists a platform that is not carried, so the name leads to the one that is
    assert_eq!(pulled.media_type, media_type::MANIFEST);
    let stranger = has_container_images(&here.store, &Client::new(Options::default()).unwrap(), &image, &to).await;
    assert!(matches!(stranger, Err(Error::Remote(_))), "{stranger:?}");
}

/// The cluster image with its container image once more under another name.
fn with_another(store: &Store, image: &Descriptor, other: &str) -> Descriptor {
    let mut entries = store.index(image).unwrap().manifests;
    let inner = Descriptor { annotations: Default::default(), ..entries[1].clone() };
    entries.insert(2, Entry::ContainerImage { name: name(other), original_index: None }.annotate(inner));
    store.put_json(media_type::INDEX, &Index::new(entries)).unwrap()
}

#[tokio::test]
async fn blobs_of_a_second_repository_are_taken_from_the_first() {
    let Some(peer) = Peer::guarded() else { return };
    let (here, client, to) = (store(), engineer(), external(&peer));
    let image = with_another(&here.store, &cluster_image(&here.store, "web:v1"), "r.example:5000/team/web:v2");
    push(&here.store, &client, &image, &to).await;
    let second = peer.uploads("site-a/r.example_5000/team/web");
    assert_eq!(second, Uploads { borrowed: 2, begun: 0, ended: 0 });
    assert!(has_container_images(&here.store, &client, &image, &to).await.unwrap());
}

#[tokio::test]
async fn an_index_that_the_registry_cannot_have_whole_is_told_and_the_rest_is_there() {
    let Some(peer) = Peer::guarded() else { return };
    let (here, client, to) = (store(), engineer(), external(&peer));
    let original = index(&here.store).digest;
    let image = cluster_image(&here.store, &format!("quay.io/team/web:v1@{original}"));
    let said = push(&here.store, &client, &image, &to).await;
    assert!(said.len() == 1 && said[0].contains("quay.io/team/web:v1"), "{said:?}");
    assert!(has_container_images(&here.store, &client, &image, &to).await.unwrap());
    let manifest = here.store.index(&image).unwrap().manifests[1].digest.clone();
    let by_digest = peer.name("site-a/quay.io/team/web").at(manifest);
    pull(&store().store, &client, &by_digest).await.unwrap();
}

#[tokio::test]
async fn hosts_get_the_rootfs_alone_the_same_each_time() {
    let here = store();
    let image = cluster_image(&here.store, "web:v1");
    let sent = rootfs_only(&here.store, &image).unwrap();
    assert_eq!(sent, rootfs_only(&here.store, &image).unwrap());
    let index = here.store.index(&sent.index).unwrap();
    let kinds: Vec<_> = index.entries().unwrap().into_iter().map(|(_, entry)| entry).collect();
    assert_eq!(kinds, [Entry::Rootfs { platform: amd64() }]);
    // the index, the manifest, its configuration and its layer
    assert_eq!(sent.blobs.len(), 4);
    assert!(sent.size() > noise(9, 300_000).len() as u64);
}
