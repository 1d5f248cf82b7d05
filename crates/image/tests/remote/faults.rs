//! What goes wrong on the way: what passes is sat out, what does not is told.

use crate::made::{Made, amd64, client, image, noise, publish, pull, store};
use crate::registry::{Fault, Registry};
use axum::http::Method;
use sealer_image::Error;
use sealer_model::causes::chain;
use sealer_model::event::Listener;
use sealer_model::image::Descriptor;
use sealer_model::{Digest, Reference};
use std::io::Write as _;

const SIZE: usize = 1_000_000;

/// A registry with an image of one layer.
struct Scene {
    registry: Registry,
    name: Reference,
    image: Descriptor,
    layer: Digest,
    /// The store that the image came from.
    here: Made,
    /// An empty store.
    there: Made,
}

async fn scene() -> Scene {
    let registry = Registry::start().await;
    let (here, there) = (store(), store());
    let image = image(&here.store, &amd64(), &noise(7, SIZE));
    let layer = here.store.manifest(&image).unwrap().layers.remove(0).digest;
    let name = registry.name("app:v1");
    publish(&here.store, &client(), &name, &image).await;
    registry.asked();
    Scene { registry, name, image, layer, here, there }
}

impl Scene {
    async fn pull(&self) -> sealer_image::Result<Descriptor> {
        pull(&self.there.store, &client(), &self.name).await
    }

    fn is_whole(&self) -> bool {
        let found = self.there.store.verify(&Listener::deaf()).unwrap();
        self.there.store.missing(&self.image).unwrap().is_empty() && found.faults.is_empty()
    }

    /// Where in the layer its requests began.
    fn layer_starts(&self) -> Vec<usize> {
        let asked = self.registry.asked().into_iter();
        let of_layer = asked.filter(|line| line.contains(self.layer.as_str()));
        of_layer.map(|line| start(&line).unwrap_or(0)).collect()
    }
}

/// `GET /v2/app/blobs/sha256:12 bytes=10-`.
fn start(line: &str) -> Option<usize> {
    line.split_once("bytes=")?.1.strip_suffix('-')?.parse().ok()
}

#[tokio::test]
async fn a_blob_goes_on_where_its_connection_broke() {
    let scene = scene().await;
    scene.registry.fault(Method::GET, scene.layer.as_str(), Fault::Cut(600_000));
    scene.registry.fault(Method::GET, scene.layer.as_str(), Fault::Cut(200_000));
    scene.pull().await.unwrap();
    assert!(scene.is_whole());
    let [first, second, third] = scene.layer_starts().try_into().unwrap();
    assert_eq!(first, 0);
    assert!(0 < second && second <= 600_000, "{second}");
    assert!(second < third && third <= second + 200_000, "{second} {third}");
}

#[tokio::test]
async fn a_later_command_goes_on_with_what_an_earlier_one_left() {
    let scene = scene().await;
    for _ in 0..4 {
        scene.registry.fault(Method::GET, scene.layer.as_str(), Fault::Cut(100_000));
    }
    let error = scene.pull().await.unwrap_err();
    assert!(matches!(&error, Error::Remote(error) if error.is_temporary()), "{error}");
    assert_eq!(scene.there.store.resolve(&scene.name).unwrap(), None);
    scene.registry.asked();
    scene.pull().await.unwrap();
    assert!(scene.is_whole());
    let [start] = scene.layer_starts().try_into().unwrap();
    assert!(0 < start && start <= 400_000, "{start}");
}

#[tokio::test]
async fn a_registry_without_ranges_sends_the_blob_again() {
    let scene = scene().await;
    scene.registry.kept().content.without_ranges = true;
    scene.registry.fault(Method::GET, scene.layer.as_str(), Fault::Cut(600_000));
    scene.pull().await.unwrap();
    assert!(scene.is_whole());
}

#[tokio::test]
async fn a_blob_with_another_digest_is_refused_and_nothing_gets_the_name() {
    let scene = scene().await;
    let wrong = Fault::Instead(noise(8, SIZE));
    scene.registry.fault(Method::GET, scene.layer.as_str(), wrong);
    let error = scene.pull().await.unwrap_err();
    let Error::Damaged { what, expected, .. } = &error else { panic!("{error:?}") };
    assert!(what.contains(&scene.registry.address.to_string()), "{what}");
    assert_eq!(*expected, scene.layer);
    assert!(!scene.there.store.contains(&scene.layer));
    assert_eq!(scene.there.store.resolve(&scene.name).unwrap(), None);
}

#[tokio::test]
async fn a_blob_that_is_longer_than_its_manifest_says_is_not_read_to_its_end() {
    let scene = scene().await;
    let longer = Fault::Instead(noise(7, SIZE * 2));
    scene.registry.fault(Method::GET, scene.layer.as_str(), longer);
    let error = scene.pull().await.unwrap_err();
    assert!(error.to_string().contains("instead of 1000000"), "{error}");
    assert!(scene.there.store.partial_size(&scene.layer).unwrap() <= SIZE as u64);
}

#[tokio::test]
async fn damaged_leftovers_do_not_spoil_the_next_pull() {
    let scene = scene().await;
    let mut left = scene.there.store.partial(&scene.layer).unwrap();
    left.write_all(b"not the beginning of the layer").unwrap();
    drop(left);
    scene.pull().await.unwrap();
    assert!(scene.is_whole());
}

#[tokio::test]
async fn what_passes_is_sat_out() {
    let scene = scene().await;
    let overloaded = || Fault::Status(503, "retry-after", "0");
    scene.registry.fault(Method::HEAD, "manifests/v1", overloaded());
    scene.registry.fault(Method::GET, scene.layer.as_str(), overloaded());
    scene.pull().await.unwrap();
    assert!(scene.is_whole());
}

#[tokio::test]
async fn an_upload_that_fails_begins_again() {
    let scene = scene().await;
    let other = image(&scene.here.store, &amd64(), &noise(3, SIZE));
    let name = scene.registry.name("other:v1");
    scene.registry.fault(Method::PUT, "blobs/uploads", Fault::Status(500, "x-test", "x"));
    publish(&scene.here.store, &client(), &name, &other).await;
    pull(&scene.there.store, &client(), &name).await.unwrap();
    assert_eq!(scene.there.store.missing(&other).unwrap(), []);
}

#[tokio::test]
async fn an_image_that_is_not_there_is_asked_for_once() {
    let scene = scene().await;
    let absent = scene.registry.name("absent:v1");
    let error = pull(&scene.there.store, &client(), &absent).await.unwrap_err();
    let (registry, expected) = (scene.registry.address, absent.to_string());
    assert_eq!(error.to_string(), format!("{registry} has no image {expected}"));
    assert_eq!(scene.registry.asked(), ["HEAD /v2/absent/manifests/v1"]);
}

#[tokio::test]
async fn a_failure_that_stays_is_told_with_address_and_reason() {
    let scene = scene().await;
    scene.registry.fault(Method::GET, scene.layer.as_str(), Fault::Status(403, "x-test", "x"));
    let error = scene.pull().await.unwrap_err();
    let url = format!("http://{}/v2/app/blobs/{}", scene.registry.address, scene.layer);
    assert_eq!(error.to_string(), format!("{url} answered 403"));
}

#[tokio::test]
async fn a_registry_that_is_down_is_told_by_its_address() {
    let there = store();
    let error = pull(&there.store, &client(), &crate::made::name("127.0.0.1:1/app:v1")).await;
    let text = chain(&error.unwrap_err());
    assert!(text.contains("https://127.0.0.1:1/v2/ cannot be reached"), "{text}");
    assert!(text.contains("refused"), "{text}");
}

/// A port on which connections are neither taken nor refused: its queue is full.
async fn silent_port() -> (tokio::net::TcpListener, Vec<tokio::net::TcpStream>, String) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    let patience = std::time::Duration::from_millis(500);
    while let Ok(stream) = tokio::time::timeout(patience, tokio::net::TcpStream::connect(address)).await {
        waiting.push(stream.unwrap());
    }
    (listener, waiting, address.to_string())
}

/// Each of them alone would try four times for ten seconds.
#[tokio::test]
async fn a_registry_that_takes_no_connection_is_not_waited_for_by_every_image() {
    let (_listener, _waiting, address) = silent_port().await;
    let (there, client) = (store(), client());
    let pulls = (0..16).map(|number| {
        let (there, client, name) = (&there, &client, format!("{address}/app{number}:v1").parse().unwrap());
        async move { pull(&there.store, client, &name).await.unwrap_err().to_string() }
    });
    let errors = futures_util::future::join_all(pulls).await;
    let left_alone = |error: &&String| error.ends_with("and is left alone for now");
    assert_eq!(errors.iter().filter(left_alone).count(), 16, "{errors:#?}");
}
