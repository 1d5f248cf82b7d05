//! Save and load.

use crate::made::{image, name, store};
use sealer_image::{Error, SaveOptions, load, save};
use sealer_model::event::Listener;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

#[test]
fn what_was_saved_loads_elsewhere_under_its_name_with_the_same_digest() {
    let (here, there) = (store(), store());
    let descriptor = image(&here.store, b"content");
    here.store.tag(&name("a:v1"), &descriptor).unwrap();
    let file = here.folder.path().join("a.tar");
    save(&here.store, &name("a:v1"), &SaveOptions::default(), &file, &Listener::deaf()).unwrap();
    let bytes = fs::read(&file).unwrap();
    let names = load(&there.store, bytes.as_slice(), &file, &Listener::deaf()).unwrap();
    assert_eq!(names, [name("a:v1")]);
    assert_eq!(there.store.require(&name("a:v1")).unwrap().digest, descriptor.digest);
    let again = there.folder.path().join("again.tar");
    save(&there.store, &name("a:v1"), &SaveOptions::default(), &again, &Listener::deaf()).unwrap();
    assert!(bytes == fs::read(&again).unwrap(), "the archive of the same image differs");
}

#[test]
fn an_archive_that_somebody_compressed_is_loaded_too() {
    let here = store();
    let descriptor = image(&here.store, &vec![1; 1 << 20]);
    here.store.tag(&name("a:v1"), &descriptor).unwrap();
    let file = here.folder.path().join("a.tar");
    save(&here.store, &name("a:v1"), &SaveOptions::default(), &file, &Listener::deaf()).unwrap();
    let plain = fs::read(&file).unwrap();
    for (way, packed) in compressed(&plain) {
        let there = store();
        let load = |bytes: &[u8]| load(&there.store, bytes, &file, &Listener::deaf());
        let half = load(&packed[..packed.len() / 2]).unwrap_err();
        assert!(matches!(half, Error::Archive { .. }), "{way}: {half}");
        assert_eq!(load(&packed).unwrap(), [name("a:v1")], "{way}");
        assert_eq!(there.store.require(&name("a:v1")).unwrap().digest, descriptor.digest, "{way}");
    }
}

fn compressed(plain: &[u8]) -> [(&'static str, Vec<u8>); 4] {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(plain).unwrap();
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    xz.write_all(plain).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(plain).unwrap();
    let zstd = zstd::encode_all(plain, 1).unwrap();
    [("gzip", gzip.finish().unwrap()), ("xz", xz.finish().unwrap()), ("bzip2", bzip2.finish().unwrap()), ("zstd", zstd)]
}

#[test]
fn an_archive_that_is_cut_off_names_nothing() {
    let (here, there) = (store(), store());
    let descriptor = image(&here.store, &vec![1; 1 << 20]);
    here.store.tag(&name("a:v1"), &descriptor).unwrap();
    let file = here.folder.path().join("a.tar");
    save(&here.store, &name("a:v1"), &SaveOptions::default(), &file, &Listener::deaf()).unwrap();
    let bytes = fs::read(&file).unwrap();
    for length in [0, 700, bytes.len() / 2] {
        let error = load(&there.store, &bytes[..length], &file, &Listener::deaf()).unwrap_err();
        assert!(matches!(error, Error::Archive { .. }), "{length}: {error}");
    }
    assert_eq!(there.store.images().unwrap(), Vec::new());
}

#[test]
fn an_archive_made_to_take_all_memory_is_refused() {
    for kind in [tar::EntryType::GNULongName, tar::EntryType::GNULongLink, tar::EntryType::XHeader] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(1 << 50);
        header.set_cksum();
        let endless = header.as_bytes().chain(io::repeat(b'a'));
        let error = load(&store().store, endless, Path::new("a.tar"), &Listener::deaf()).unwrap_err();
        let reason = "an entry has more than 1048576 bytes of names and attributes";
        assert_eq!(error.to_string(), format!("a.tar is incomplete or no image archive: {reason}"), "{kind:?}");
    }
}

#[test]
fn an_archive_with_holes_is_refused() {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNUSparse);
    header.set_path("index.json").unwrap();
    header.set_size(0);
    header.as_gnu_mut().unwrap().realsize.copy_from_slice(b"00000000000\0");
    header.set_cksum();
    let bytes = [header.as_bytes().as_slice(), &[0; 1024]].concat();
    let error = load(&store().store, bytes.as_slice(), Path::new("a.tar"), &Listener::deaf()).unwrap_err();
    assert_eq!(error.to_string(), "a.tar: entry \"index.json\" has holes, as nothing in an image archive does");
}

#[test]
fn an_image_that_is_not_there_is_not_saved() {
    let made = store();
    let file = made.folder.path().join("a.tar");
    let error = save(&made.store, &name("a:v1"), &SaveOptions::default(), &file, &Listener::deaf()).unwrap_err();
    assert!(matches!(error, Error::NoImage { .. }), "{error}");
    assert!(!file.exists());
}
