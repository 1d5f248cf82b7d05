//! The rootfs against a small server of manifests and blobs, because only that can break off in the middle or lie; the real
//! registry serves it in the end-to-end test.

use super::*;
use crate::removal;
use crate::server::answer::progress;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use sealer_image::Store;
use sealer_image::layer::{Attributes, LayerWriter};
use sealer_model::Digest;
use sealer_model::agent::Source;
use sealer_model::image::media_type;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// What the next requests for a layer get instead of the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    BreaksOff,
    Lies,
    Refuses(StatusCode),
}

#[derive(Clone)]
struct Server {
    store: Store,
    layer: Digest,
    faults: Arc<Mutex<Vec<Fault>>>,
}

/// A site with one host.
struct Site {
    folder: TempDir,
    place: Place,
    request: Unpack,
    faults: Arc<Mutex<Vec<Fault>>>,
}

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        let (manifest, layer) = image(&store);
        let faults = Arc::new(Mutex::new(Vec::new()));
        let server = Server { store, layer, faults: Arc::clone(&faults) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new().route("/v2/{*path}", get(answer)).with_state(server);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let request = Unpack {
            cluster: "my-cluster".into(),
            source: Source {
                registry: format!("http://sea.hub:{port}"),
                address: "127.0.0.1".into(),
                authority: String::new(),
                repository: "docker.io/library/guestbook".into(),
                login: None,
            },
            manifest,
            destination: "/var/lib/sealer/data/my-cluster/rootfs".into(),
            relayed: None,
        };
        let system = folder.path().join("system");
        std::fs::create_dir_all(system.join("var/lib")).unwrap();
        Self { place: Place::below(system), folder, request, faults }
    }

    async fn unpack(&self) -> Result<Changed> {
        let (teller, _answer) = progress();
        unpack(&self.place, &self.request, &Relay::default(), &teller).await
    }

    fn fail(&self, faults: &[Fault]) {
        *self.faults.lock().unwrap() = faults.to_vec();
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("system/var/lib/sealer/data/my-cluster").join(name)
    }
}

/// An image of one layer, large enough to be broken off.
fn image(store: &Store) -> (Descriptor, Digest) {
    let attributes = |mode| Attributes { mode, user: 0, group: 0 };
    let noise: Vec<u8> = (0..400_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
    let mut writer = LayerWriter::new(store, 0).unwrap();
    writer.directory("bin", attributes(0o755)).unwrap();
    writer.file("bin/kubeadm", attributes(0o755), noise.len() as u64, noise.as_slice()).unwrap();
    writer.link("bin/link", "kubeadm", attributes(0o777)).unwrap();
    let layer = writer.finish().unwrap().descriptor;
    let configuration = store.put_document(media_type::CONFIG, b"{}").unwrap();
    let manifest = Manifest::new(configuration, vec![layer.clone()]);
    (store.put_json(media_type::MANIFEST, &manifest).unwrap(), layer.digest)
}

async fn answer(State(server): State<Server>, Path(path): Path<String>) -> Response {
    let digest: Digest = path.rsplit('/').next().unwrap().parse().unwrap();
    let Ok(bytes) = std::fs::read(server.store.blob_path(&digest)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let fault = if digest == server.layer { server.faults.lock().unwrap().pop() } else { None };
    match fault {
        None => bytes.into_response(),
        Some(Fault::Refuses(status)) => status.into_response(),
        Some(Fault::Lies) => vec![0; bytes.len()].into_response(),
        Some(Fault::BreaksOff) => {
            let half = Bytes::copy_from_slice(&bytes[..bytes.len() / 2]);
            let pieces = [Ok(half), Err(std::io::Error::other("cable pulled"))];
            Body::from_stream(futures_util::stream::iter(pieces)).into_response()
        }
    }
}

#[tokio::test]
async fn a_rootfs_is_unpacked_once_and_removed_without_a_trace() {
    let site = Site::new().await;
    assert_eq!(site.unpack().await.unwrap(), Changed::Yes);
    assert_eq!(std::fs::metadata(site.path("rootfs/bin/kubeadm")).unwrap().len(), 400_000);
    assert!(site.path("rootfs/bin/link").is_symlink());
    assert_eq!(site.unpack().await.unwrap(), Changed::No);
    removal::remove(&site.place, "my-cluster", &mut |_| ()).unwrap();
    assert!(!site.place.root().exists());
}

#[tokio::test]
async fn a_broken_connection_and_an_overworked_registry_are_tried_again() {
    let site = Site::new().await;
    site.fail(&[Fault::BreaksOff, Fault::Refuses(StatusCode::SERVICE_UNAVAILABLE)]);
    assert_eq!(site.unpack().await.unwrap(), Changed::Yes);
    assert_eq!(std::fs::metadata(site.path("rootfs/bin/kubeadm")).unwrap().len(), 400_000);
}

/// Like the deliverer, which sends what a host cannot get elsewhere.
#[tokio::test]
async fn a_host_that_reaches_nobody_takes_what_was_sent_into_its_store_and_keeps_none_of_it() {
    let mut site = Site::new().await;
    // nobody listens there, and whoever answers otherwise is told in other words
    site.request.source.registry = "http://sea.hub:1".into();
    let registry = Registry::new(&site.request.source).unwrap();
    assert!(registry.manifest(&site.request.manifest).await.unwrap_err().is_out_of_reach());
    let theirs = Store::open(&site.folder.path().join("store")).unwrap();
    let manifest = theirs.manifest(&site.request.manifest).unwrap();
    let own = Store::open(&site.place.store()).unwrap();
    let sent: Vec<Digest> =
        manifest.layers.iter().map(|layer| &layer.digest).chain([&site.request.manifest.digest]).cloned().collect();
    for digest in &sent {
        std::fs::copy(theirs.blob_path(digest), own.blob_path(digest)).unwrap();
    }
    assert_eq!(site.unpack().await.unwrap(), Changed::Yes);
    assert_eq!(std::fs::metadata(site.path("rootfs/bin/kubeadm")).unwrap().len(), 400_000);
    assert!(!site.place.store().exists(), "what was sent would be there twice");
}

#[tokio::test]
async fn a_damaged_layer_leaves_nothing_that_could_be_taken_for_a_rootfs() {
    let site = Site::new().await;
    site.fail(&[Fault::Lies]);
    let error = site.unpack().await.unwrap_err();
    assert!(error.chain().contains("is damaged"), "{}", error.chain());
    assert!(!site.path("rootfs").exists());
    assert_eq!(std::fs::read_dir(site.path("")).unwrap().count(), 0);
    assert_eq!(site.unpack().await.unwrap(), Changed::Yes);
}

#[tokio::test]
async fn a_refusal_is_told_at_once_with_the_address() {
    let site = Site::new().await;
    site.fail(&[Fault::Refuses(StatusCode::NOT_FOUND)]);
    let text = site.unpack().await.unwrap_err().to_string();
    assert!(text.contains("404") && text.contains("http://sea.hub"), "{text}");
}

#[tokio::test]
async fn a_folder_that_is_not_ours_is_not_replaced() {
    let site = Site::new().await;
    std::fs::create_dir_all(site.path("rootfs")).unwrap();
    std::fs::write(site.path("rootfs/theirs"), "x").unwrap();
    let text = site.unpack().await.unwrap_err().to_string();
    assert!(text.contains("not sealer's"), "{text}");
    assert!(site.path("rootfs/theirs").exists());
}

#[tokio::test]
async fn another_rootfs_replaces_the_first_as_a_whole() {
    let mut site = Site::new().await;
    site.unpack().await.unwrap();
    let store = Store::open(&site.folder.path().join("store")).unwrap();
    let configuration = store.put_document(media_type::CONFIG, b"{}").unwrap();
    let empty = Manifest::new(configuration, Vec::new());
    site.request.manifest = store.put_json(media_type::MANIFEST, &empty).unwrap();
    assert_eq!(site.unpack().await.unwrap(), Changed::Yes);
    let names: Vec<_> = std::fs::read_dir(site.path("rootfs")).unwrap().collect();
    assert_eq!(names.len(), 1, "the old rootfs shows through: {names:?}");
}
