//! The examples of this repository, as far as they can be checked without the parts that are fetched for them.

use sealer_model::image_list::ImageList;
use sealer_model::kubefile::Kubefile;
use std::fs;
use std::path::{Path, PathBuf};

/// Every file of that name in a folder of `examples/`.
fn files(name: &str) -> Vec<PathBuf> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let folders = fs::read_dir(examples).unwrap().map(|entry| entry.unwrap().path());
    folders.map(|folder| folder.join(name)).filter(|path| path.is_file()).collect()
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
