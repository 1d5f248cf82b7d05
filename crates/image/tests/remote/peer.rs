//! The real thing: Debian's `docker-registry`, and `skopeo` to look at what we left there.

use crate::docker_registry::{Peer, left_out};
use crate::made::{amd64, client, cluster_image, noise, publish, pull, store};
use sealer_image::{SaveOptions, Store};
use sealer_model::event::Listener;
use sealer_model::image::{Descriptor, Index, annotation, media_type};
use sealer_model::{Digest, Reference};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

#[tokio::test]
async fn docker_registry_takes_a_cluster_image_and_gives_it_back() {
    let Some(peer) = Peer::start() else { return };
    let (here, there) = (store(), store());
    let image = cluster_image(&here.store, "docker.io/library/nginx:1.25");
    let name = peer.name("team/cluster:v1");
    publish(&here.store, &client(), &name, &image).await;
    assert_eq!(pull(&there.store, &client(), &name).await.unwrap(), image);
    assert_eq!(there.store.verify(&Listener::deaf()).unwrap().faults, []);
    assert_eq!(there.store.missing(&image).unwrap(), []);
    let large = crate::made::image(&here.store, &amd64(), &noise(5, 20_000_000));
    publish(&here.store, &client(), &peer.name("team/large:v1"), &large).await;
    pull(&there.store, &client(), &peer.name("team/large:v1")).await.unwrap();
    let other = peer.name("team/other:v1");
    let listener = Listener::deaf();
    sealer_image::push(&here.store, &client(), &name, &other, &listener).await.unwrap();
    inspect(&name);
    inspect(&other);
}

/// skopeo sees the rootfs and its platform.
fn inspect(name: &Reference) {
    let mut skopeo = Command::new("skopeo");
    let skopeo = skopeo.args(["--override-arch", "amd64", "inspect", "--tls-verify=false"]);
    let Ok(output) = skopeo.arg(format!("docker://{name}")).output() else {
        left_out("skopeo", "skopeo");
        return;
    };
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "skopeo inspect {name}: {error}");
    let seen: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(seen["Architecture"], "amd64");
    assert_eq!(seen["Layers"].as_array().map(Vec::len), Some(1));
}

/// Puts an archive into a registry as another tool does.
fn skopeo_copy(archive: &Path, target: &Reference) -> bool {
    skopeo(&["--dest-tls-verify=false", &format!("oci-archive:{}", archive.display()), &format!("docker://{target}")])
}

/// `skopeo copy` with these arguments; false where there is no skopeo.
fn skopeo(arguments: &[&str]) -> bool {
    let mut skopeo = Command::new("skopeo");
    skopeo.args(["--insecure-policy", "copy", "--quiet"]).args(arguments);
    let Ok(output) = skopeo.output() else {
        left_out("skopeo", "skopeo");
        return false;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    true
}

#[tokio::test]
async fn skopeo_brings_a_whole_cluster_image_from_our_archive_to_docker_registry_and_from_there_to_us() {
    let Some(peer) = Peer::start() else { return };
    let (here, there, elsewhere) = (store(), store(), store());
    let image = cluster_image(&here.store, "docker.io/library/nginx:1.25");
    let (local, remote) = ("localhost/cluster:v1".parse().unwrap(), peer.name("team/by-skopeo:v1"));
    here.store.tag(&local, &image).unwrap();
    let path = |file: &str| here.folder.path().join(file);
    let listener = Listener::deaf();
    sealer_image::save(&here.store, &local, &SaveOptions::default(), &path("ours.tar"), &listener).unwrap();
    let ours = format!("oci-archive:{}", path("ours.tar").display());
    if !skopeo(&["--all", "--preserve-digests", "--dest-tls-verify=false", &ours, &format!("docker://{remote}")]) {
        return;
    }
    assert_eq!(pull(&there.store, &client(), &remote).await.unwrap().digest, image.digest);
    assert_eq!(there.store.missing(&image).unwrap(), []);

    let theirs = format!("oci-archive:{}:{remote}", path("theirs.tar").display());
    assert!(skopeo(&["--all", "--preserve-digests", "--src-tls-verify=false", &format!("docker://{remote}"), &theirs]));
    let archive = std::fs::File::open(path("theirs.tar")).unwrap();
    let loaded = sealer_image::load(&elsewhere.store, archive, &path("theirs.tar"), &listener).unwrap();
    assert_eq!(loaded, [remote]);
    assert_eq!(elsewhere.store.missing(&image).unwrap(), []);
    assert_eq!(elsewhere.store.verify(&listener).unwrap().faults, []);
}

#[tokio::test]
async fn an_image_of_the_go_sealer_is_pulled_and_converted_once() {
    let archive = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/images/go-sealer-app.oci.tar"));
    if !archive.exists() {
        std::io::stderr().write_all(b"LEFT OUT: ../shared/images is not here\n").unwrap();
        return;
    }
    let Some(peer) = Peer::start() else { return };
    let (name, there) = (peer.name("demo/go-app:v1"), store());
    if !skopeo_copy(archive, &name) {
        return;
    }
    let pulled = pull(&there.store, &client(), &name).await.unwrap();
    let inspection = sealer_image::inspect(&there.store, &name).unwrap();
    assert_eq!(inspection.container_images.len(), 3);
    assert_eq!(inspection.digest, pulled.digest);
    // What it was made of is garbage now, and is not brought again.
    assert!(there.store.collect_garbage().unwrap().blobs > 0);
    assert_eq!(pull(&there.store, &client(), &name).await.unwrap().digest, pulled.digest);
    assert_eq!(there.store.collect_garbage().unwrap().blobs, 0, "something was brought again");
}

#[tokio::test]
async fn an_image_of_the_go_sealer_is_pulled_by_its_digest_alone_and_in_a_manifest_list() {
    let archive = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/images/go-sealer-app.oci.tar"));
    if !archive.exists() {
        std::io::stderr().write_all(b"LEFT OUT: ../shared/images is not here\n").unwrap();
        return;
    }
    let Some(peer) = Peer::start() else { return };
    let (tag, here) = (peer.name("demo/go-app:v1"), store());
    if !skopeo_copy(archive, &tag) {
        return;
    }
    let converted = pull(&here.store, &client(), &tag).await.unwrap();
    let original = converted_from(&here.store, &converted);
    // the original's documents stay until garbage is collected, and a list is made of them as the Go sealer makes one
    let size = here.store.blob_size(&original).unwrap().unwrap();
    let entry = Descriptor::new(media_type::MANIFEST, original.clone(), size).for_platform(amd64());
    let list = Index { media_type: Some(media_type::DOCKER_INDEX.to_owned()), ..Index::new(vec![entry]) };
    let list = here.store.put_json(media_type::DOCKER_INDEX, &list).unwrap();
    publish(&here.store, &client(), &peer.name("demo/go-list:v1"), &list).await;

    let names = [peer.name("demo/go-app").at(original.clone()), peer.name("demo/go-list").at(list.digest.clone())];
    for (name, of) in names.iter().zip([original, list.digest]) {
        let there = store();
        let pulled = pull(&there.store, &client(), name).await.unwrap();
        assert_eq!(converted_from(&there.store, &pulled), of);
        assert_eq!(sealer_image::inspect(&there.store, name).unwrap().container_images.len(), 3, "{name}");
        assert!(there.store.collect_garbage().unwrap().blobs > 0);
        assert_eq!(there.store.verify(&Listener::deaf()).unwrap().faults, []);
        assert_eq!(pull(&there.store, &client(), name).await.unwrap().digest, pulled.digest);
        assert_eq!(there.store.collect_garbage().unwrap().blobs, 0, "something was brought again");
    }
}

fn converted_from(store: &Store, image: &Descriptor) -> Digest {
    let annotations = store.index(image).unwrap().annotations;
    annotations[annotation::CONVERTED_FROM].parse().unwrap()
}

#[tokio::test]
async fn docker_registry_tells_its_repositories_and_tags_page_by_page() {
    let Some(peer) = Peer::start() else { return };
    let here = store();
    let image = crate::made::image(&here.store, &amd64(), b"layer");
    let (mut tags, mut repositories) = (Vec::new(), Vec::new());
    for number in 0..12 {
        tags.push(format!("v{number:03}"));
        publish(&here.store, &client(), &peer.name(&format!("team/app:{}", tags[number])), &image).await;
    }
    for number in 0..105 {
        repositories.push(format!("other/app{number:03}"));
        publish(&here.store, &client(), &peer.name(&repositories[number]), &image).await;
    }
    repositories.push("team/app".to_owned());
    let app = peer.name("team/app");
    let found = client().tags(&app, "", 1000).await.unwrap();
    assert_eq!((found.names, found.more), (tags.clone(), false));
    assert_eq!(client().tags(&app, "v01", 1000).await.unwrap().names, tags[10..]);
    let first = client().tags(&app, "", 7).await.unwrap();
    assert_eq!((first.names.as_slice(), first.more), (&tags[..7], true));
    let found = client().repositories(&app, "", 1000).await.unwrap();
    assert_eq!((found.names, found.more), (repositories, false));
    assert_eq!(client().repositories(&app, "team/", 1000).await.unwrap().names, ["team/app"]);
    assert!(client().tags(&peer.name("no/such"), "", 1).await.is_err());
}
