//! Images that the Go sealer built: real ones where they are at hand, and made ones for what the real ones do not have.

use crate::made::{FILE, FOLDER, Made, config, name, store};
use sealer_image::layer::{Layer, LayerWriter};
use sealer_image::{Inspection, SaveOptions, inspect, load, save};
use sealer_model::event::{Event, Listener};
use sealer_model::image::{Config, Descriptor, Entry, Manifest, annotation, media_type};
use sealer_model::{Digest, Platform, Reference};
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// A real image, or nothing where there are none; then it says so past the harness, which hides what a passing test prints.
fn real(file: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/images")).join(file);
    if !path.exists() {
        let text = format!("LEFT OUT: ../shared/images/{file} is not here\n");
        std::io::stderr().write_all(text.as_bytes()).unwrap();
        return None;
    }
    Some(path)
}

fn loaded(file: &str) -> Option<(Made, Vec<Reference>)> {
    let path = real(file)?;
    let made = store();
    let names = load(&made.store, File::open(&path).unwrap(), &path, &Listener::deaf()).unwrap();
    Some((made, names))
}

fn carried(inspection: &Inspection) -> Vec<String> {
    let line = |image: &sealer_image::ContainerImage| {
        let application = image.demands[0].application.as_deref().unwrap_or("-");
        format!("{} {} {application}", image.name, image.platform)
    };
    inspection.container_images.iter().map(line).collect()
}

#[test]
fn an_image_for_one_platform_becomes_ours() {
    let Some((made, names)) = loaded("go-sealer-app.oci.tar") else { return };
    assert_eq!(names, [name("localhost/demo/go-app:v1"), name("demo/go-app:v1")]);
    let inspection = inspect(&made.store, &names[0]).unwrap();
    let expected = [
        "127.0.0.1:5000/demo/app0:v1 linux/amd64 plain",
        "127.0.0.1:5000/demo/app1:v1 linux/amd64 web",
        "127.0.0.1:5000/demo/app2:v1 linux/amd64 -",
    ];
    assert_eq!(carried(&inspection), expected);
    let original = "sha256:26265691a9d10f9c1af89d75bdd266087321206df41468d56b94112a44ef098f";
    assert_eq!(inspection.container_images[0].digest.as_str(), original);
    let applications: Vec<&str> =
        inspection.image_extension.applications.iter().map(|application| application.name.as_str()).collect();
    assert_eq!(applications, ["web", "plain", "script"]);
    assert_eq!(inspection.image_extension.launch.application_names, applications);
    assert_eq!(inspection.image_extension.labels["team"], "delivery");
    assert_eq!(made.store.verify(&Listener::deaf()).unwrap().faults, []);
}

#[test]
fn the_rootfs_keeps_its_layers_and_loses_the_registry() {
    let Some((made, names)) = loaded("go-sealer-app.oci.tar") else { return };
    let index = made.store.index(&made.store.require(&names[0]).unwrap()).unwrap();
    let manifest = made.store.manifest(index.rootfs_for(&Platform::linux("amd64")).unwrap()).unwrap();
    let config: Config = made.store.parse(&manifest.config).unwrap();
    assert_eq!((manifest.layers.len(), config.rootfs.diff_ids.len()), (5, 5));
    let folder = tempfile::tempdir().unwrap();
    for layer in &manifest.layers {
        let content = made.store.open_blob(&layer.digest).unwrap();
        sealer_image::layer::unpack(content, layer, folder.path(), |_| ()).unwrap();
    }
    assert!(folder.path().join("application/apps/web/Chart.yaml").is_file());
    assert!(!folder.path().join("registry").exists());
}

#[test]
fn a_bundle_for_two_platforms_becomes_one_image() {
    let Some((made, names)) = loaded("go-sealer-multi.tar") else { return };
    assert_eq!(names, [name("localhost/demo/go-multi:v1"), name("demo/go-multi:v1")]);
    let inspection = inspect(&made.store, &names[1]).unwrap();
    let platforms: Vec<String> = inspection.platforms.iter().map(Platform::to_string).collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
    // both halves of the bundle hold the same images, which were made for amd64 alone
    let expected = ["app0:v1 linux/amd64", "app1:v1 linux/amd64", "app2:v1 linux/amd64"];
    let carried = carried(&inspection);
    assert_eq!(carried.len(), expected.len(), "{carried:?}");
    assert!(carried.iter().zip(expected).all(|(line, name)| line.contains(name)), "{carried:?}");
    assert_eq!(made.store.verify(&Listener::deaf()).unwrap().faults, []);
}

#[test]
fn the_same_image_becomes_the_same_anywhere_and_is_not_converted_twice() {
    let Some((one, names)) = loaded("go-sealer-app.oci.tar") else { return };
    let Some((other, _)) = loaded("go-sealer-app.oci.tar") else { return };
    let digest = one.store.require(&names[0]).unwrap().digest;
    assert_eq!(other.store.require(&names[0]).unwrap().digest, digest);
    let archive = one.folder.path().join("ours.tar");
    save(&one.store, &names[0], &SaveOptions::default(), &archive, &Listener::deaf()).unwrap();
    let third = store();
    load(&third.store, File::open(&archive).unwrap(), &archive, &Listener::deaf()).unwrap();
    assert_eq!(third.store.require(&names[0]).unwrap().digest, digest);
}

/// A layer of files, each with its content.
fn layer(made: &Made, files: &[(String, Vec<u8>)]) -> Layer {
    let mut writer = LayerWriter::new(&made.store, 7).unwrap();
    writer.directory("registry", FOLDER).unwrap();
    for (path, content) in files {
        writer.file(path, FILE, content.len() as u64, content.as_slice()).unwrap();
    }
    writer.finish().unwrap()
}

/// A container image as docker's registry keeps it.
fn kept(repository: &str, tag: &str) -> (Vec<(String, Vec<u8>)>, Digest) {
    let config =
        format!(r#"{{"architecture":"amd64","os":"linux","rootfs":{{"type":"layers","diff_ids":[]}},"x":"{tag}"}}"#);
    let descriptor = Descriptor::of(media_type::CONFIG, config.as_bytes());
    let manifest = serde_json::to_vec(&Manifest::new(descriptor.clone(), Vec::new())).unwrap();
    let digest = Digest::of(&manifest);
    let root = "registry/docker/registry/v2";
    let blob = |digest: &Digest| format!("{root}/blobs/sha256/{}/{}/data", &digest.hex()[..2], digest.hex());
    let manifests = format!("{root}/repositories/{repository}/_manifests");
    let files = vec![
        (blob(&descriptor.digest), config.into_bytes()),
        (blob(&digest), manifest),
        (format!("{manifests}/tags/{tag}/current/link"), digest.to_string().into_bytes()),
        (format!("{manifests}/revisions/sha256/{}/link", digest.hex()), digest.to_string().into_bytes()),
    ];
    (files, digest)
}

/// An image as the Go sealer would write it, in an archive.
fn archived(made: &Made, layers: Vec<Layer>, listed: &str) -> PathBuf {
    let config = config(layers.iter().map(|layer| layer.diff_id.clone()).collect());
    let config = made.store.put_json(media_type::CONFIG, &config).unwrap();
    let mut manifest = Manifest::new(config, layers.into_iter().map(|layer| layer.descriptor).collect());
    let extension = r#"{"schemaVersion":"v1alpha1","type":"kube-installer","launch":{}}"#;
    manifest.annotations.insert(annotation::EXTENSION.into(), extension.into());
    manifest.annotations.insert("sealer.image.container.images".into(), listed.into());
    let manifest = made.store.put_json(media_type::MANIFEST, &manifest).unwrap();
    made.store.tag(&name("made:v1"), &manifest).unwrap();
    let archive = made.folder.path().join("made.tar");
    save(&made.store, &name("made:v1"), &SaveOptions::default(), &archive, &Listener::deaf()).unwrap();
    archive
}

#[test]
fn a_layer_that_holds_more_than_the_registry_keeps_the_rest_and_domains_come_from_the_lists() {
    let here = store();
    let (first, first_digest) = kept("team/app", "v1");
    let (second, _) = kept("library/nginx", "1.25");
    let mut files: Vec<_> = first.into_iter().chain(second).collect();
    files.push(("manifests/imageList".into(), b"quay.example/team/app:v1\nquay.example/team/gone:v1\n".to_vec()));
    files.push(("bin/tool".into(), b"tool".to_vec()));
    let archive = archived(&here, vec![layer(&here, &files)], "[]");

    let there = store();
    let warnings = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&warnings);
    let listener = Listener::new(move |event| {
        if let Event::Warning { text } = event {
            told.lock().unwrap().push(text);
        }
    });
    load(&there.store, File::open(&archive).unwrap(), &archive, &listener).unwrap();
    let inspection = inspect(&there.store, &name("made:v1")).unwrap();
    let names: Vec<String> = inspection.container_images.iter().map(|image| image.name.to_string()).collect();
    assert_eq!(names, ["docker.io/library/nginx:1.25", "quay.example/team/app:v1"]);
    assert_eq!(inspection.container_images[1].digest, first_digest);
    let warnings = warnings.lock().unwrap().clone();
    assert!(matches!(warnings.as_slice(), [one] if one.contains("quay.example/team/gone:v1")), "{warnings:?}");

    let index = there.store.index(&there.store.require(&name("made:v1")).unwrap()).unwrap();
    let rootfs = index.entries().unwrap().remove(0);
    assert!(matches!(rootfs.1, Entry::Rootfs { .. }));
    let layer = there.store.manifest(rootfs.0).unwrap().layers.remove(0);
    let folder = tempfile::tempdir().unwrap();
    let content = there.store.open_blob(&layer.digest).unwrap();
    sealer_image::layer::unpack(content, &layer, folder.path(), |_| ()).unwrap();
    assert_eq!(std::fs::read(folder.path().join("bin/tool")).unwrap(), b"tool");
    assert!(!folder.path().join("registry").exists());
}

#[test]
fn what_a_later_layer_takes_away_is_not_carried() {
    let here = store();
    let (files, _) = kept("team/app", "v1");
    let hiding = ("registry/docker/registry/v2/repositories/team/.wh.app".to_owned(), Vec::new());
    let archive = archived(&here, vec![layer(&here, &files), layer(&here, &[hiding])], "[]");
    let there = store();
    load(&there.store, File::open(&archive).unwrap(), &archive, &Listener::deaf()).unwrap();
    assert_eq!(inspect(&there.store, &name("made:v1")).unwrap().container_images, []);
}

#[test]
fn a_damaged_blob_in_the_registry_is_refused() {
    let here = store();
    let (mut files, _) = kept("team/app", "v1");
    files[0].1.push(b' ');
    let archive = archived(&here, vec![layer(&here, &files)], "[]");
    let error = load(&store().store, File::open(&archive).unwrap(), &archive, &Listener::deaf()).unwrap_err();
    assert!(matches!(error, sealer_image::Error::Damaged { .. }), "{error}");
}

#[test]
fn a_blob_of_holes_in_the_registry_does_not_fill_the_disk() {
    let here = store();
    let (files, digest) = kept("team/app", "v1");
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNUSparse);
    header.set_size(0);
    let fields = header.as_gnu_mut().unwrap();
    // 32 GiB
    fields.realsize.copy_from_slice(b"400000000000");
    fields.sparse[0].offset.copy_from_slice(b"400000000000");
    fields.sparse[0].numbytes.copy_from_slice(b"00000000000\0");
    let (path, _) = files.iter().find(|(path, _)| path.contains(digest.hex())).unwrap();
    tar.append_data(&mut header, path, std::io::empty()).unwrap();
    let bytes = tar.into_inner().unwrap();
    let descriptor = here.store.put_document(media_type::LAYER_TAR, &bytes).unwrap();
    let archive = archived(&here, vec![Layer { descriptor, diff_id: Digest::of(&bytes) }], "[]");
    let there = store();
    let error = load(&there.store, File::open(&archive).unwrap(), &archive, &Listener::deaf()).unwrap_err();
    let text = sealer_model::causes::chain(&error);
    assert!(text.contains("it unpacks to more than"), "{text}");
    assert_eq!(there.store.images().unwrap(), []);
}
