//! Archives in volumes: written, read again, and what is told when one of them is not as it should be.

use crate::made::{Made, image, name, store};
use sealer_image::{Error, SaveOptions, load_file, save};
use sealer_model::event::Listener;
use std::fs;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

/// Bytes that no compression makes fewer.
const CONTENT: usize = 300_000;

fn with_image() -> Made {
    let made = store();
    let mut state = 1_u64;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    });
    let descriptor = image(&made.store, &noise.take(CONTENT).collect::<Vec<u8>>());
    made.store.tag(&name("a:1"), &descriptor).unwrap();
    made
}

fn cut(size: u64) -> SaveOptions {
    SaveOptions { volume_size: NonZeroU64::new(size), ..SaveOptions::default() }
}

/// Saves in volumes of 100,000 bytes into a folder of its own.
fn in_volumes(made: &Made) -> PathBuf {
    let folder = made.folder.path().join("volumes");
    fs::create_dir(&folder).unwrap();
    save(&made.store, &name("a:1"), &cut(100_000), &folder.join("a.tar"), &Listener::deaf()).unwrap();
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn volumes_behind_each_other_are_the_archive() {
    let made = with_image();
    let folder = in_volumes(&made);
    assert_eq!(names(&folder), ["a.tar.001", "a.tar.002", "a.tar.003", "a.tar.004", "a.tar.json"]);
    let whole = made.folder.path().join("whole.tar");
    save(&made.store, &name("a:1"), &SaveOptions::default(), &whole, &Listener::deaf()).unwrap();
    let mut joined = Vec::new();
    for number in 1..=4 {
        let volume = fs::read(folder.join(format!("a.tar.00{number}"))).unwrap();
        assert!(number == 4 || volume.len() == 100_000, "{number}: {}", volume.len());
        joined.extend(volume);
    }
    assert!(joined == fs::read(whole).unwrap(), "another archive");
}

#[test]
fn any_volume_and_the_list_lead_to_the_image() {
    let made = with_image();
    let folder = in_volumes(&made);
    let digest = made.store.require(&name("a:1")).unwrap().digest;
    for file in ["a.tar.001", "a.tar.003", "a.tar.json"] {
        let there = store();
        assert_eq!(load_file(&there.store, &folder.join(file), &Listener::deaf()).unwrap(), [name("a:1")], "{file}");
        assert_eq!(there.store.require(&name("a:1")).unwrap().digest, digest);
        assert_eq!(there.store.verify(&Listener::deaf()).unwrap().faults, []);
    }
}

/// Something that happens to a volume on its way.
type Change = fn(&Path);

#[test]
fn a_volume_that_is_missing_or_damaged_is_named() {
    let made = with_image();
    let cases: [(&str, Change, &str); 5] = [
        ("a.tar.003", |path| fs::remove_file(path).unwrap(), "is missing; it is volume 3 of 4"),
        ("a.tar.json", |path| fs::remove_file(path).unwrap(), "is missing; it lists the volumes"),
        ("a.tar.002", |path| fs::write(path, b"short").unwrap(), "has 5 bytes and should have 100000"),
        ("a.tar.002", |path| flip(path, 50_000), "is damaged: expected sha256:"),
        ("a.tar.001", |path| flip(path, 100), "is damaged: expected sha256:"),
    ];
    for (file, change, reason) in cases {
        let folder = in_volumes(&made);
        change(&folder.join(file));
        let there = store();
        let error = load_file(&there.store, &folder.join("a.tar.001"), &Listener::deaf()).unwrap_err();
        let text = error.to_string();
        let path = folder.join(file);
        assert!(matches!(error, Error::Volume { .. }), "{file}: {text}");
        assert!(text.starts_with(path.to_str().unwrap()) && text.contains(reason), "{file}: {text}");
        assert_eq!(there.store.images().unwrap(), []);
        fs::remove_dir_all(folder).unwrap();
    }
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn nothing_of_an_earlier_archive_is_left_between_the_volumes() {
    let made = with_image();
    let folder = in_volumes(&made);
    save(&made.store, &name("a:1"), &cut(200_000), &folder.join("a.tar"), &Listener::deaf()).unwrap();
    assert_eq!(names(&folder), ["a.tar.001", "a.tar.002", "a.tar.json"]);
    let there = store();
    load_file(&there.store, &folder.join("a.tar.002"), &Listener::deaf()).unwrap();
}

#[test]
fn a_save_that_fails_leaves_no_volumes() {
    let made = with_image();
    let folder = made.folder.path().join("out");
    fs::create_dir(&folder).unwrap();
    let too_many = save(&made.store, &name("a:1"), &cut(100), &folder.join("a.tar"), &Listener::deaf()).unwrap_err();
    assert!(too_many.to_string().contains("999 are the most"), "{too_many}");
    assert_eq!(names(&folder), [""; 0]);
    // The third volume cannot get its name.
    fs::create_dir(folder.join("a.tar.003")).unwrap();
    save(&made.store, &name("a:1"), &cut(100_000), &folder.join("a.tar"), &Listener::deaf()).unwrap_err();
    assert_eq!(names(&folder), ["a.tar.003"]);
}
