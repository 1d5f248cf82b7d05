//! What a store promises.

use crate::made::{image, name, store};
use sealer_image::{Error, Store};
use sealer_model::Digest;
use sealer_model::event::Listener;
use sealer_model::image::{Descriptor, media_type};
use std::io::Write;
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

#[test]
fn a_blob_that_is_not_what_it_should_be_does_not_get_in() {
    let made = store();
    let mut writer = made.store.writer().unwrap();
    writer.write_all(b"something else").unwrap();
    let error = writer.finish_expecting(&Digest::of(b"something")).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert!(!made.store.contains(&Digest::of(b"something else")));
}

#[test]
fn a_blob_in_pieces_goes_on_where_it_broke_off() {
    let made = store();
    let digest = Digest::of(b"first second");
    made.store.partial(&digest).unwrap().write_all(b"first ").unwrap();
    assert_eq!(made.store.partial_size(&digest).unwrap(), 6);
    let mut rest = made.store.partial(&digest).unwrap();
    assert_eq!(rest.offset(), 6);
    rest.write_all(b"second").unwrap();
    rest.finish().unwrap();
    assert!(made.store.contains(&digest));
}

#[test]
fn a_blob_in_pieces_that_is_damaged_is_forgotten() {
    let made = store();
    let digest = Digest::of(b"good");
    let mut partial = made.store.partial(&digest).unwrap();
    partial.write_all(b"evil").unwrap();
    assert!(matches!(partial.finish(), Err(Error::Damaged { .. })));
    assert_eq!(made.store.partial_size(&digest).unwrap(), 0);
}

#[test]
fn a_document_that_was_changed_on_disk_is_noticed() {
    let made = store();
    let descriptor = made.store.put_document(media_type::CONFIG, b"{}").unwrap();
    std::fs::write(made.store.blob_path(&descriptor.digest), b"[]").unwrap();
    let error = made.store.read_document(&descriptor).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
}

#[test]
fn garbage_goes_and_what_a_name_needs_stays() {
    let made = store();
    let kept = image(&made.store, b"kept");
    let lost = image(&made.store, b"lost");
    made.store.tag(&name("kept:v1"), &kept).unwrap();
    made.store.tag(&name("lost:v1"), &lost).unwrap();
    assert!(made.store.untag(&name("lost:v1")).unwrap());
    let collected = made.store.collect_garbage().unwrap();
    assert_eq!(collected.blobs, 3, "layer, configuration and manifest of the lost image");
    assert_eq!(made.store.missing(&kept).unwrap(), Vec::<Descriptor>::new());
    assert_eq!(made.store.verify(&Listener::deaf()).unwrap().faults, []);
}

#[test]
fn a_name_leads_to_one_image_at_a_time() {
    let made = store();
    let (one, two) = (image(&made.store, b"1"), image(&made.store, b"2"));
    made.store.tag(&name("a:v1"), &one).unwrap();
    made.store.tag(&name("docker.io/library/a:v1"), &two).unwrap();
    assert_eq!(made.store.images().unwrap().len(), 1);
    let found = made.store.resolve(&name("a:v1")).unwrap().unwrap();
    assert_eq!(found.digest, two.digest);
    let pinned = name(&format!("a@{}", two.digest));
    assert_eq!(made.store.resolve(&pinned).unwrap().unwrap().digest, two.digest);
}

#[test]
fn a_name_that_pins_a_digest_leads_to_nothing_else_whatever_was_given_that_name() {
    let made = store();
    let (one, other) = (image(&made.store, b"one"), image(&made.store, b"other"));
    let pinned = name("r.io/a:1").at(one.digest.clone());
    made.store.tag(&pinned, &other).unwrap();
    assert_eq!(made.store.resolve(&pinned).unwrap(), None);
    made.store.tag(&name("r.io/a:1"), &one).unwrap();
    assert_eq!(made.store.resolve(&pinned).unwrap().unwrap().digest, one.digest);
}

#[test]
fn many_may_be_the_first_to_open_a_store_and_all_write_at_once() {
    for _round in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let all_write = Arc::new(Barrier::new(16));
        let (ended, ends) = mpsc::channel();
        for number in 0..16_u8 {
            let (root, all_write, ended) = (folder.path().to_owned(), Arc::clone(&all_write), ended.clone());
            thread::spawn(move || {
                let writer = Store::open(&root).unwrap().partial(&Digest::of(&[number])).unwrap();
                // nobody ends before everybody has begun
                all_write.wait();
                ended.send(writer.offset())
            });
        }
        for _writer in 0..16 {
            ends.recv_timeout(Duration::from_secs(60)).expect("a writer waits for one who waits for it");
        }
    }
}
