//! The examples of this repository, as far as they can be checked without the parts that are fetched for them.

use sealer_model::image_list::ImageList;
use sealer_model::kubefile::Kubefile;
use std::fs;
use std::path::{Path, PathBuf};

/// Every file of that name in a folder of `examples/`.
fn files(name: &str) -> Vec<PathBuf> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let folders = fs::read_dir(examples)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    folders
        .map(|folder| folder.join(name))
        .filter(|path| path.is_file())
        .collect()
}

#[test]
fn their_kubefiles_have_no_mistakes() {
    let kubefiles = files("Kubefile");
    assert!(!kubefiles.is_empty());
    for path in kubefiles {
        let text = fs::read_to_string(&path).unwrap();
        if let Err(error) = Kubefile::parse(&path.display().to_string(), &text) {
            panic!("{error}");
        }
    }
}

#[test]
fn their_image_lists_have_no_mistakes() {
    for path in files("imageList") {
        let text = fs::read_to_string(&path).unwrap();
        let list = ImageList::parse(&path.display().to_string(), &text).unwrap();
        assert!(!list.entries.is_empty(), "{} is empty", path.display());
    }
}

#[test]
fn temporary_full_build() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let folder = Path::new("/tmp/build-examples-store");
    let store = sealer_image::Store::open(folder).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (name, tag) in [
        ("kubernetes", "kubernetes:v1.20.2"),
        ("guestbook", "guestbook:v1"),
    ] {
        let start = std::time::Instant::now();
        let listener = sealer_model::event::Listener::new(|event| eprintln!("{event:?}"));
        let options = sealer_build::Options::new(
            examples.join(name),
            tag.parse().unwrap(),
            sealer_model::Platform::linux("amd64"),
        );
        match runtime.block_on(sealer_build::build(
            &store,
            &sealer_build::stub::Client,
            options,
            listener,
        )) {
            Ok(built) => eprintln!("{:?} {built:#?}", start.elapsed()),
            Err(error) => panic!("{}", crate::fixture::chain(&error)),
        }
    }
}
