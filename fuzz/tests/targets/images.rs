//! Images as others bring them: whole archives, archives in volumes, what `docker save` writes, and what the Go sealer put into
//! layers. Nothing of them gets a name unless all that it leads to is there.

use crate::archives::{WORDS, entry, resealed};
use sealer_build::Lock;
use sealer_fuzz::Target;
use sealer_image::store::Store;
use sealer_image::{import, load, load_file};
use sealer_model::event::Listener;
use sealer_model::image::{Descriptor, Index, Manifest, annotation, media_type};
use sealer_model::image_list::{ImageSource, SourceForm, authenticated_images};
use sealer_model::{Digest, Platform};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const FILE: tar::EntryType = tar::EntryType::Regular;

/// A folder in memory where there is one: nobody has to wait for a disk some thousand times.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn config(diff_ids: &[Digest]) -> String {
    let diff_ids = serde_json::to_string(diff_ids).unwrap();
    format!(
        r#"{{"architecture":"amd64","os":"linux","config":{{}},"rootfs":{{"type":"layers","diff_ids":{diff_ids}}}}}"#
    )
}

/// An archive of an image with this layer; with an extension, as the Go sealer would write one.
fn archive_of(layer: &[u8], extension: Option<&str>) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut blob = |media_type: &str, content: &[u8]| {
        let descriptor = Descriptor::of(media_type, content);
        entry(&mut archive, &format!("blobs/sha256/{}", descriptor.digest.hex()), FILE, content);
        descriptor
    };
    let layer = blob(media_type::LAYER_TAR, layer);
    let config = blob(media_type::CONFIG, config(std::slice::from_ref(&layer.digest)).as_bytes());
    let mut manifest = Manifest::new(config, vec![layer]);
    let extension = extension.map(|text| (annotation::EXTENSION.to_owned(), text.to_owned()));
    manifest.annotations.extend(extension);
    let manifest = blob(media_type::MANIFEST, &serde_json::to_vec(&manifest).unwrap());
    let index = Index::new(vec![manifest.annotated(annotation::REFERENCE, "localhost/a:1")]);
    entry(&mut archive, "index.json", FILE, &serde_json::to_vec(&index).unwrap());
    archive.into_inner().unwrap()
}

const EXTENSION: &str = r#"{"schemaVersion":"v1alpha1","type":"kube-installer","launch":{}}"#;

/// A layer in which docker's registry keeps an image, beside something else.
fn kept() -> Vec<u8> {
    let config = config(&[]);
    let manifest = Manifest::new(Descriptor::of(media_type::CONFIG, config.as_bytes()), Vec::new());
    let manifest = serde_json::to_vec(&manifest).unwrap();
    let digest = Digest::of(&manifest);
    let root = "registry/docker/registry/v2";
    let blob = |digest: &Digest| format!("{root}/blobs/sha256/{}/{}/data", &digest.hex()[..2], digest.hex());
    let manifests = format!("{root}/repositories/team/app/_manifests");
    let mut layer = tar::Builder::new(Vec::new());
    entry(&mut layer, &blob(&Digest::of(config.as_bytes())), FILE, config.as_bytes());
    entry(&mut layer, &blob(&digest), FILE, &manifest);
    entry(&mut layer, &format!("{manifests}/tags/v1/current/link"), FILE, digest.as_str().as_bytes());
    entry(&mut layer, &format!("{manifests}/revisions/sha256/{}/link", digest.hex()), FILE, digest.as_str().as_bytes());
    entry(&mut layer, "manifests/imageList", FILE, b"quay.example/team/app:v1\n");
    entry(&mut layer, "bin/tool", FILE, b"tool");
    // with the checksums that resealing makes, or the layer would have another digest afterwards
    resealed(layer.into_inner().unwrap())
}

/// What the Go sealer writes for several platforms: archives in an archive.
fn bundle() -> Vec<u8> {
    let mut bundle = tar::Builder::new(Vec::new());
    entry(&mut bundle, &format!("{}.tar", "a".repeat(64)), FILE, &resealed(archive_of(&kept(), Some(EXTENSION))));
    entry(&mut bundle, "Metadata", FILE, b"localhost/demo/app:v1\n");
    bundle.into_inner().unwrap()
}

/// Loads an archive; what has a name then is whole.
fn loads(store: &Store, archive: &[u8]) -> bool {
    let loaded = load(store, archive, Path::new("image.tar"), &Listener::deaf());
    for name in loaded.iter().flatten() {
        let image = store.require(name).unwrap();
        assert_eq!(store.missing(&image).unwrap(), [], "{name} has a name and is not whole");
        assert!(store.untag(name).unwrap());
    }
    loaded.is_ok()
}

#[test]
fn whole_archives() {
    let seeds = vec![archive_of(b"layer", None), archive_of(&kept(), Some(EXTENSION)), bundle()];
    let (folder, words) = (folder(), [WORDS, &["blobs/sha256/", "index.json", "Metadata", "manifest.json"]].concat());
    let store = Store::open(folder.path()).unwrap();
    let words = Box::leak(words.into_boxed_slice());
    Target { name: "oci-archive", seeds, words }.run(|input| loads(&store, &resealed(input.to_vec())));
}

#[test]
fn layers_of_the_go_sealer() {
    let words =
        &["registry/docker/registry/v2/", "/data", "/link", "_manifests/tags/", ".wh.", "sha256:", "\0", "L", "x", "S"];
    let folder = folder();
    let store = Store::open(folder.path()).unwrap();
    Target { name: "go-sealer-layer", seeds: vec![kept()], words }
        .run(|input| loads(&store, &archive_of(&resealed(input.to_vec()), Some(EXTENSION))));
}

#[test]
fn archives_of_docker() {
    let mut archive = tar::Builder::new(Vec::new());
    entry(&mut archive, "1/layer.tar", FILE, b"layer");
    entry(&mut archive, "2/layer.tar", tar::EntryType::Symlink, b"../1/layer.tar");
    let layer = Digest::of(b"layer");
    entry(&mut archive, "c.json", FILE, config(&[layer.clone(), layer]).as_bytes());
    let list = br#"[{"Config":"c.json","RepoTags":["a:v1"],"Layers":["1/layer.tar","2/layer.tar"]}]"#;
    entry(&mut archive, "manifest.json", FILE, list);
    let seeds = vec![archive.into_inner().unwrap()];
    let (folder, name) = (folder(), "a:v1".parse().unwrap());
    let store = Store::open(&folder.path().join("store")).unwrap();
    let source = ImageSource { form: SourceForm::DockerArchive, path: "a.tar".into(), reference: None };
    Target { name: "docker-archive", seeds, words: WORDS }.run(|input| {
        fs::write(folder.path().join("a.tar"), resealed(input.to_vec())).unwrap();
        import(&store, &source, folder.path(), &name, &[Platform::linux("amd64")]).is_ok()
    });
}

#[test]
fn lists_of_volumes() {
    let archive = archive_of(b"layer", None);
    let folder = folder();
    let store = Store::open(&folder.path().join("store")).unwrap();
    let (first, second) = archive.split_at(archive.len() / 2);
    let volume = |number: usize, bytes: &[u8]| {
        let file = format!("a.tar.00{number}");
        fs::write(folder.path().join(&file), bytes).unwrap();
        format!(r#"{{"file":"{file}","size":{},"digest":"{}"}}"#, bytes.len(), Digest::of(bytes))
    };
    let volumes = [volume(1, first), volume(2, second)].join(",");
    let size = archive.len();
    let list = format!(r#"{{"formatVersion":1,"image":"docker.io/library/a:1","size":{size},"volumes":[{volumes}]}}"#);
    let words = &["../", "/dev/zero", "a.tar.001", "null", "[]", "volumes", "size", "sha256:", "a.tar.json"];
    Target::of_texts("volumes", &[&list], words).run(|input| {
        let path = folder.path().join("a.tar.json");
        fs::write(&path, input).unwrap();
        load_file(&store, &path, &Listener::deaf()).is_ok()
    });
}

#[test]
fn lists_with_passwords() {
    let list = "- registry: registry.example.com\n  username: robot\n  password: hunter2\n  images:\n    - registry.example.com/team/web:1\n    - team/cache:2\n";
    let words = &["- ", ": ", "images:", "null", "&a ", "*a", "!!binary ", "|\n", "[]", "{}", "@sha256:"];
    Target::of_texts("authenticated-images", &[list], words).run_texts(|text| {
        let read = authenticated_images("list.yaml", text);
        // where a change has not put it into the place of a name, which errors tell
        let is_the_password = text.contains("\n  password: hunter2\n") && text.matches("hunter2").count() == 1;
        if let (Err(error), true) = (&read, is_the_password) {
            assert!(!error.to_string().contains("hunter2"), "a password is told: {error}");
        }
        read.is_ok()
    });
}

#[test]
fn locks() {
    let digest = Digest::of(b"x");
    let lock = format!(
        r#"{{"version":1,"inputs":[{{"kind":"base","name":"docker.io/library/a:1","platform":"linux/amd64","digest":"{digest}"}},{{"kind":"file","name":"https://a.example/x.tgz","digest":"{digest}"}}]}}"#
    );
    let folder = folder();
    let path = folder.path().join("a.lock");
    Target::of_texts("lock", &[&lock], &["null", "[]", "{}", "version", "kind", "sha256:", "-1"]).run(|input| {
        fs::write(&path, input).unwrap();
        Lock::read(&path).is_ok()
    });
}
