//! Container images from files.

use crate::made::{config, image, name, store};
use flate2::Compression;
use flate2::write::GzEncoder;
use sealer_image::{Error, SaveOptions, import, save};
use sealer_model::event::Listener;
use sealer_model::image::{Descriptor, Manifest};
use sealer_model::image_list::{ImageSource, SourceForm};
use sealer_model::{Digest, Platform};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

fn source(form: SourceForm, path: &str) -> ImageSource {
    ImageSource { form, path: path.into(), reference: None }
}

fn amd64() -> [Platform; 1] {
    [Platform::linux("amd64")]
}

#[test]
fn an_image_from_a_layout_or_its_archive_keeps_its_digest() {
    let (here, there) = (store(), store());
    let descriptor = image(&here.store, b"content");
    here.store.tag(&name("a:v1"), &descriptor).unwrap();
    let archive = here.folder.path().join("a.tar");
    save(&here.store, &name("a:v1"), &SaveOptions::default(), &archive, &Listener::deaf()).unwrap();
    for (form, path) in [(SourceForm::OciDirectory, "."), (SourceForm::OciArchive, "a.tar")] {
        let source = source(form, path);
        let pulled = import(&there.store, &source, here.folder.path(), &name("b:v2"), &amd64()).unwrap();
        assert_eq!(pulled[0].descriptor.digest, descriptor.digest, "{form:?}");
        assert_eq!(pulled[0].descriptor.platform, Some(Platform::linux("amd64")));
        assert_eq!(there.store.missing(&pulled[0].descriptor).unwrap(), Vec::<Descriptor>::new());
    }
}

#[test]
fn an_image_for_another_platform_is_not_taken() {
    let (here, there) = (store(), store());
    let descriptor = image(&here.store, b"content");
    here.store.tag(&name("a:v1"), &descriptor).unwrap();
    let arm = [Platform::linux("arm64")];
    let source = source(SourceForm::OciDirectory, ".");
    let error = import(&there.store, &source, here.folder.path(), &name("b:v2"), &arm).unwrap_err();
    assert_eq!(error.to_string(), "docker.io/library/b:v2 has no image for linux/arm64");
}

/// What `docker save` writes for an image of one layer.
fn docker_archive(path: &Path, layer: &[u8], diff_id: Digest) {
    let config = serde_json::to_vec(&config(vec![diff_id])).unwrap();
    let manifest = br#"[{"Config":"c.json","RepoTags":["a:v1"],"Layers":["1/layer.tar"]}]"#;
    let mut tar = tar::Builder::new(File::create(path).unwrap());
    let entries: [(&str, &[u8]); 3] = [("1/layer.tar", layer), ("c.json", &config), ("manifest.json", manifest)];
    for (name, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, content).unwrap();
    }
    tar.finish().unwrap();
}

#[test]
fn a_docker_archive_becomes_the_same_image_each_time() {
    let folder = tempfile::tempdir().unwrap();
    docker_archive(&folder.path().join("a.tar"), b"layer", Digest::of(b"layer"));
    let source = source(SourceForm::DockerArchive, "a.tar");
    let import = |store| import(store, &source, folder.path(), &name("a:v1"), &amd64()).unwrap();
    let (one, two) = (store(), store());
    let first = import(&one.store);
    assert_eq!(first, import(&one.store), "from memory");
    assert_eq!(first, import(&two.store), "in another store");
    let manifest: Manifest = one.store.manifest(&first[0].descriptor).unwrap();
    assert_eq!(one.store.missing(&first[0].descriptor).unwrap(), Vec::<Descriptor>::new());
    assert_eq!(manifest.layers.len(), 1);
}

#[test]
fn a_compressed_archive_is_read_as_if_it_were_not() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("a.tar");
    docker_archive(&plain, b"layer", Digest::of(b"layer"));
    let bytes = std::fs::read(&plain).unwrap();
    let mut packed = GzEncoder::new(File::create(folder.path().join("a.tar.gz")).unwrap(), Compression::fast());
    packed.write_all(&bytes).unwrap();
    packed.finish().unwrap();
    std::fs::write(folder.path().join("a.tar.zst"), zstd::encode_all(bytes.as_slice(), 1).unwrap()).unwrap();
    let made = store();
    let [plain, gzip, zstd] = ["a.tar", "a.tar.gz", "a.tar.zst"].map(|file| {
        let source = source(SourceForm::DockerArchive, file);
        import(&made.store, &source, folder.path(), &name("a:v1"), &amd64()).unwrap()
    });
    assert_eq!((&gzip, &zstd), (&plain, &plain));
}

#[test]
fn a_docker_archive_whose_layer_is_not_what_its_configuration_says_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    docker_archive(&folder.path().join("a.tar"), b"evil", Digest::of(b"good"));
    let made = store();
    let source = source(SourceForm::DockerArchive, "a.tar");
    let error = import(&made.store, &source, folder.path(), &name("a:v1"), &amd64()).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
}
