//! What a layer is, byte for byte.

use super::*;
use sealer_image::Store;
use sealer_image::layer::Layer;
use sealer_model::event::{Listener, Transfer};
use std::fs;
use std::path::PathBuf;

/// A folder, a link and a file with this text and mode.
fn files(folder: &Path, text: &str, mode: u32) -> Files {
    let source: PathBuf = folder.join("content");
    fs::write(&source, text).unwrap();
    let entry = |kind, mode| Entry { kind, mode, owner: (1, 2) };
    Files::from([
        ("etc".to_owned(), entry(Kind::Folder, 0o755)),
        ("etc/file".to_owned(), entry(Kind::File { source, size: text.len() as u64 }, mode)),
        ("etc/link".to_owned(), entry(Kind::Link { target: "../x".into() }, 0o777)),
    ])
}

fn progress() -> Meter {
    let transfer = Transfer { title: String::new(), host: None, digest: None };
    Meter::new(&Listener::deaf(), transfer, None)
}

fn hashed(files: &Files) -> Contents {
    hash(files, &mut progress()).unwrap()
}

/// The layer of these files, and its archive.
fn layer(files: &Files, contents: &Contents, time: u64) -> Result<(Layer, Vec<u8>), Error> {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut writer = LayerWriter::new(&store, time).unwrap();
    add(files, contents, &mut writer, &mut progress())?;
    let layer = writer.finish().unwrap();
    let blob = store.open_blob(&layer.descriptor.digest).unwrap();
    Ok((layer, zstd::stream::decode_all(blob).unwrap()))
}

#[test]
fn a_layer_holds_what_it_was_given_with_fixed_times_and_owners() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path(), "hello", 0o640);
    let (layer, bytes) = layer(&files, &hashed(&files), 42).unwrap();
    assert_eq!(layer.diff_id, Digest::of(&bytes));
    let mut reader = tar::Archive::new(bytes.as_slice());
    let mut lines = Vec::new();
    for entry in reader.entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        let link = entry.link_name_bytes().map(|link| String::from_utf8_lossy(&link).into_owned());
        lines.push(format!(
            "{} {:o} {}:{} {} {} {}",
            entry.path().unwrap().display(),
            header.mode().unwrap(),
            header.uid().unwrap(),
            header.gid().unwrap(),
            header.mtime().unwrap(),
            header.size().unwrap(),
            link.unwrap_or_default(),
        ));
    }
    assert_eq!(lines, ["etc/ 755 1:2 42 0 ", "etc/file 640 1:2 42 5 ", "etc/link 777 1:2 42 0 ../x"]);
}

#[test]
fn the_same_files_give_the_same_layer_and_the_same_key() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let both = [files(one.path(), "x", 0o644), files(other.path(), "x", 0o644)];
    let [one, other] = both.map(|files| {
        let contents = hashed(&files);
        (key(&files, &contents, 0), layer(&files, &contents, 0).unwrap())
    });
    assert_eq!(one, other);
}

#[test]
fn everything_that_changes_the_bytes_changes_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let key_of = |text: &str, mode: u32, time: u64| {
        let files = files(folder.path(), text, mode);
        key(&files, &hashed(&files), time)
    };
    let keys = [key_of("x", 0o644, 0), key_of("y", 0o644, 0), key_of("x", 0o600, 0), key_of("x", 0o644, 1)];
    assert_eq!(std::collections::BTreeSet::from(keys).len(), 4);
}

#[test]
fn a_file_that_changes_between_two_readings_is_noticed() {
    for later in ["hi", "hellO"] {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path(), "hello", 0o644);
        let contents = hashed(&files);
        fs::write(folder.path().join("content"), later).unwrap();
        layer(&files, &contents, 0).unwrap_err();
    }
}
