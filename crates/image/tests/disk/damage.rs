//! What becomes of a store in which something is wrong, and of work that others get in the way of.

use crate::made::{Made, image, name, store};
use rustix::fs::{FlockOperation, flock};
use sealer_image::{SaveOptions, Store, Wrong, load, save};
use sealer_model::Digest;
use sealer_model::event::Listener;
use sealer_model::image::{Descriptor, media_type};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

fn listener() -> Listener {
    Listener::deaf()
}

/// A store with the image `a:v1`, and an archive of it.
fn saved() -> (Made, Descriptor, PathBuf) {
    let made = store();
    let descriptor = image(&made.store, b"content");
    made.store.tag(&name("a:v1"), &descriptor).unwrap();
    let archive = made.folder.path().join("a.tar");
    save(&made.store, &name("a:v1"), &SaveOptions::default(), &archive, &listener()).unwrap();
    (made, descriptor, archive)
}

fn load_again(store: &Store, archive: &Path) {
    load(store, File::open(archive).unwrap(), archive, &listener()).unwrap();
}

#[test]
fn torn_and_missing_blobs_are_found_with_the_images_that_need_them_and_brought_anew() {
    let (made, descriptor, archive) = saved();
    made.store.tag(&name("b:v1"), &descriptor).unwrap();
    let manifest = made.store.manifest(&descriptor).unwrap();
    let (torn, gone) = (manifest.layers[0].digest.clone(), manifest.config.digest.clone());
    let whole = fs::read(made.store.blob_path(&torn)).unwrap();
    fs::write(made.store.blob_path(&torn), &whole[..whole.len() / 2]).unwrap();
    fs::remove_file(made.store.blob_path(&gone)).unwrap();

    let found = made.store.verify(&listener()).unwrap();
    let images = vec!["docker.io/library/a:v1".to_owned(), "docker.io/library/b:v1".to_owned()];
    let half = Digest::of(&whole[..whole.len() / 2]);
    let mut expected = vec![(torn.clone(), Wrong::Damaged { found: half }), (gone, Wrong::Missing)];
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    let faults: Vec<_> = found.faults.iter().map(|fault| (fault.digest.clone(), fault.wrong.clone())).collect();
    assert_eq!(faults, expected);
    assert!(found.faults.iter().all(|fault| fault.images == images), "{found:?}");
    assert!(!made.store.contains(&torn), "a torn blob is taken for a good one");

    load_again(&made.store, &archive);
    assert_eq!(made.store.verify(&listener()).unwrap().faults, []);
}

#[test]
fn a_document_that_cannot_be_read_is_a_fault_and_not_the_end_of_the_check() {
    let (made, descriptor, archive) = saved();
    fs::write(made.store.blob_path(&descriptor.digest), b"{").unwrap();
    let found = made.store.verify(&listener()).unwrap();
    assert_eq!(found.faults.len(), 1, "{found:?}");
    assert_eq!(found.faults[0].digest, descriptor.digest);
    load_again(&made.store, &archive);
    assert_eq!(made.store.verify(&listener()).unwrap().faults, []);
}

/// The machine went down while something was being written, and was started again.
#[test]
fn after_the_power_failed_torn_blobs_without_a_name_are_not_taken_for_good_ones() {
    let (made, descriptor, _) = saved();
    let whole = made.store.put_document(media_type::CONFIG, b"whole").unwrap();
    let torn = made.store.put_document(media_type::CONFIG, b"torn").unwrap();
    fs::write(made.store.blob_path(&torn.digest), b"").unwrap();
    fs::write(made.store.root().join("ingest/boot"), "another start of the machine").unwrap();

    let store = Store::open(made.store.root()).unwrap();
    assert!(!store.contains(&torn.digest));
    assert!(store.contains(&whole.digest));
    assert_eq!(store.missing(&descriptor).unwrap(), []);
    store.put_document(media_type::CONFIG, b"torn").unwrap();
    assert_eq!(store.verify(&listener()).unwrap().faults, []);
}

/// What was waited for one by one cannot be torn, and a cache of such blobs would take hours to read.
#[test]
fn after_the_power_failed_large_blobs_are_not_read() {
    let made = store();
    let large = made.store.put_document(media_type::LAYER_TAR, &[7; 1024 * 1024]).unwrap();
    fs::write(made.store.blob_path(&large.digest), [8; 1024 * 1024]).unwrap();
    fs::write(made.store.root().join("ingest/boot"), "another start of the machine").unwrap();
    assert!(Store::open(made.store.root()).unwrap().contains(&large.digest), "it was read");
}

#[test]
fn what_was_put_aside_goes_with_the_garbage() {
    let (made, descriptor, _) = saved();
    let layer = made.store.manifest(&descriptor).unwrap().layers.remove(0);
    fs::write(made.store.blob_path(&layer.digest), b"torn").unwrap();
    made.store.verify(&listener()).unwrap();
    made.store.untag(&name("a:v1")).unwrap();
    made.store.collect_garbage().unwrap();
    let left: Vec<_> =
        fs::read_dir(made.store.root().join("ingest")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(left.iter().all(|file| !file.to_string_lossy().starts_with("damaged-")), "{left:?}");
}

/// A stream during which somebody wants to collect garbage.
struct Watched {
    content: File,
    lock: PathBuf,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let lock = File::options().write(true).open(&self.lock)?;
        let taken = flock(&lock, FlockOperation::NonBlockingLockExclusive);
        assert!(taken.is_err(), "garbage could be collected while an archive is loaded");
        self.content.read(buffer)
    }
}

#[test]
fn garbage_is_not_collected_while_an_archive_is_loaded() {
    let (_here, _, archive) = saved();
    let there = store();
    let (content, lock) = (File::open(&archive).unwrap(), there.store.root().join("ingest/lock"));
    drop(there.store.writer().unwrap());
    load(&there.store, Watched { content, lock }, &archive, &listener()).unwrap();
}

#[test]
fn who_waits_for_a_blob_that_somebody_else_ends_does_not_write_into_it() {
    let made = store();
    let digest = Digest::of(b"all of it");
    let mut first = made.store.partial(&digest).unwrap();
    first.write_all(b"all of it").unwrap();
    let (store, wanted) = (made.store.clone(), digest.clone());
    let waiting = std::thread::spawn(move || {
        let mut second = store.partial(&wanted).unwrap();
        second.write_all(b"more").unwrap();
        second.offset()
    });
    // Whether it waits already or comes later, it must not get the file of the finished blob.
    std::thread::yield_now();
    first.finish().unwrap();
    assert_eq!(waiting.join().unwrap(), 4);
    assert_eq!(fs::read(made.store.blob_path(&digest)).unwrap(), b"all of it");
}

#[test]
fn what_healed_an_image_is_checked_after_the_power_failed_though_it_has_a_name() {
    let (made, descriptor, archive) = saved();
    let layer = made.store.manifest(&descriptor).unwrap().layers.remove(0).digest;
    fs::write(made.store.blob_path(&layer), b"torn").unwrap();
    assert_eq!(made.store.verify(&listener()).unwrap().faults.len(), 1);
    load_again(&made.store, &archive);
    let restart = |content: &[u8]| {
        fs::write(made.store.blob_path(&layer), content).unwrap();
        fs::write(made.store.root().join("ingest/boot"), "another start of the machine").unwrap();
        Store::open(made.store.root()).unwrap().contains(&layer)
    };
    assert!(!restart(b"torn again"), "a torn blob is taken for a good one because it has a name");
    load_again(&made.store, &archive);
    assert!(restart(b"what has had a name since before is not read at every start"));
}
