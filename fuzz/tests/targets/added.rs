//! Archives that a Kubefile's `ADD` unpacks, through a whole build: what gets into the image stays below the folder that was named.

use super::archives::{WORDS, entry, resealed};
use sealer_build::{Mode, Options, build};
use sealer_fuzz::Target;
use sealer_image::remote::{self, Client};
use sealer_image::{Store, layer};
use sealer_model::Platform;
use sealer_model::event::Listener;
use std::path::{Component, Path};
use tar::EntryType;

fn seed() -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    entry(&mut archive, "a/", EntryType::Directory, b"");
    entry(&mut archive, "a/b", EntryType::Regular, b"text");
    entry(&mut archive, "a/c", EntryType::Symlink, b"b");
    entry(&mut archive, "a/d", EntryType::Link, b"a/b");
    archive.into_inner().unwrap()
}

#[test]
fn added_archives() {
    let folder = tempfile::tempdir().unwrap();
    let context = folder.path().join("context");
    std::fs::create_dir(&context).unwrap();
    std::fs::write(context.join("Kubefile"), "FROM scratch\nADD a.tar etc/deep/\n").unwrap();
    let store = Store::open(&folder.path().join("store")).unwrap();
    let client = Client::new(remote::Options::default()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let target = Target { name: "added", seeds: vec![seed()], words: WORDS };
    target.run(|input| {
        std::fs::write(context.join("a.tar"), resealed(input.to_vec())).unwrap();
        let options = Options::new(&context, "localhost/a:1".parse().unwrap(), Platform::linux("amd64"));
        let options = Options { mode: Mode::Lite, ..options };
        let Ok(built) = runtime.block_on(build(&store, &client, options, Listener::deaf())) else { return false };
        let index = store.index(&built.descriptor).unwrap();
        let manifest = store.manifest(&index.manifests[0]).unwrap();
        let tree = layer::Tree::read(&store, &manifest.layers).unwrap();
        for (path, _) in tree.below(Path::new("")) {
            let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
            assert!(inside && path.starts_with("etc"), "{} leads out", path.display());
        }
        true
    });
}
