//! Layers in and out, and layers made to do harm.

use crate::made::{FILE, FOLDER, image, store};
use flate2::Compression;
use flate2::write::GzEncoder;
use sealer_image::layer::{InFolders, LayerWriter, unpack, unpack_folders, unpack_for_overlay};
use sealer_image::{Error, Store};
use sealer_model::image::{Descriptor, Manifest, media_type};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;

/// A plain layer with entries as they come, however wrong.
struct Hostile(tar::Builder<Vec<u8>>);

impl Hostile {
    fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    /// Writes a path as it is, past the checks of the library.
    fn entry(mut self, kind: tar::EntryType, path: &str, target: &str, content: &[u8]) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        let fields = header.as_gnu_mut().unwrap();
        fields.name[..path.len()].copy_from_slice(path.as_bytes());
        fields.linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    fn file(self, path: &str) -> Self {
        self.entry(tar::EntryType::Regular, path, "", b"content")
    }

    fn unpack(self, destination: &Path) -> Result<(), Error> {
        let bytes = self.0.into_inner().unwrap();
        let layer = Descriptor::of(media_type::LAYER_TAR, &bytes);
        unpack(bytes.as_slice(), &layer, destination, |_| ())
    }
}

fn layer_of(store: &Store, manifest: &Descriptor) -> Descriptor {
    let manifest: Manifest = store.manifest(manifest).unwrap();
    manifest.layers[0].clone()
}

#[test]
fn a_layer_comes_out_as_it_went_in() {
    let made = store();
    let layer = layer_of(&made.store, &image(&made.store, b"hello"));
    let target = tempfile::tempdir().unwrap();
    let blob = made.store.open_blob(&layer.digest).unwrap();
    unpack(blob, &layer, target.path(), |_| ()).unwrap();
    let file = target.path().join("etc/content");
    assert_eq!(fs::read(&file).unwrap(), b"hello");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o640);
}

#[test]
fn the_same_entries_give_the_same_layer() {
    let digest = |made: crate::made::Made| image(&made.store, b"same").digest;
    assert_eq!(digest(store()), digest(store()));
}

#[test]
fn a_file_that_shrinks_while_it_is_read_fails_the_layer() {
    let made = store();
    let mut writer = LayerWriter::new(&made.store, 0).unwrap();
    writer.directory("a", FOLDER).unwrap();
    assert!(writer.file("a/b", FILE, 10, b"short".as_slice()).is_err());
}

#[test]
fn a_layer_that_is_cut_off_or_changed_is_damaged() {
    let made = store();
    let layer = layer_of(&made.store, &image(&made.store, &vec![7; 100_000]));
    let bytes = fs::read(made.store.blob_path(&layer.digest)).unwrap();
    let target = tempfile::tempdir().unwrap();
    let error = unpack(&bytes[..bytes.len() / 2], &layer, target.path(), |_| ()).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
}

#[test]
fn nothing_is_written_outside_the_folder() {
    let outside = tempfile::tempdir().unwrap();
    let outside_path = outside.path().to_str().unwrap().to_owned();
    for path in ["../evil", "a/../../evil"] {
        let target = tempfile::tempdir().unwrap();
        let error = Hostile::new().file(path).unpack(target.path()).unwrap_err();
        assert!(matches!(error, Error::Entry { .. }), "{path}: {error}");
    }
    let target = tempfile::tempdir().unwrap();
    let through_link = Hostile::new().entry(tar::EntryType::Symlink, "door", &outside_path, b"").file("door/evil");
    through_link.unpack(target.path()).ok();
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0, "something got out");
}

#[test]
fn hard_links_cannot_reach_outside_either() {
    let outside = tempfile::NamedTempFile::new().unwrap();
    let path = outside.path().to_str().unwrap().to_owned();
    let target = tempfile::tempdir().unwrap();
    let link = Hostile::new().entry(tar::EntryType::Link, "grab", &path, b"");
    assert!(link.unpack(target.path()).is_err());
    let up = Hostile::new().entry(tar::EntryType::Link, "grab", "../../etc/passwd", b"");
    assert!(up.unpack(target.path()).is_err());
}

#[test]
fn devices_are_refused() {
    let target = tempfile::tempdir().unwrap();
    let device = Hostile::new().entry(tar::EntryType::Block, "sda", "", b"");
    assert!(matches!(device.unpack(target.path()), Err(Error::Entry { .. })));
}

#[test]
fn a_file_replaces_a_link_instead_of_writing_through_it() {
    let target = tempfile::tempdir().unwrap();
    fs::write(target.path().join("precious"), b"precious").unwrap();
    symlink("precious", target.path().join("file")).unwrap();
    Hostile::new().file("file").unpack(target.path()).unwrap();
    assert_eq!(fs::read(target.path().join("precious")).unwrap(), b"precious");
    assert_eq!(fs::read(target.path().join("file")).unwrap(), b"content");
}

#[test]
fn whiteouts_hide_lower_layers_only() {
    let target = tempfile::tempdir().unwrap();
    fs::create_dir_all(target.path().join("a/old")).unwrap();
    fs::write(target.path().join("gone"), b"").unwrap();
    Hostile::new().file(".wh.gone").file("a/new").file("a/.wh..wh..opq").unpack(target.path()).unwrap();
    assert!(!target.path().join("gone").exists());
    assert!(!target.path().join("a/old").exists());
    assert!(target.path().join("a/new").exists());
}

#[test]
fn for_an_overlay_removals_are_marked_and_implied_folders_are_told() {
    let hostile = Hostile::new()
        .entry(tar::EntryType::Directory, "etc/", "", b"")
        .file("etc/new/kept")
        .file("etc/.wh.gone")
        .file("usr/lib/.wh..wh..opq");
    let bytes = hostile.0.into_inner().unwrap();
    let layer = Descriptor::of(media_type::LAYER_TAR, &bytes);
    let target = tempfile::tempdir().unwrap();
    let implied = unpack_for_overlay(bytes.as_slice(), &layer, target.path(), "user.overlay.opaque").unwrap();
    let implied: Vec<&str> = implied.iter().filter_map(|path| path.to_str()).collect();
    assert_eq!(implied, ["etc/new", "usr", "usr/lib"]);
    let mark = fs::symlink_metadata(target.path().join("etc/gone")).unwrap();
    assert_eq!((mark.file_type().is_char_device(), mark.rdev()), (true, 0));
    let mut value = [0; 8];
    let length = rustix::fs::getxattr(target.path().join("usr/lib"), "user.overlay.opaque", &mut value[..]).unwrap();
    assert_eq!(&value[..length], b"y");
}

/// Unpacks the folder `a/b` of a layer over one in which it has `x` and `y`.
fn in_folder(layer: Hostile) -> (InFolders, Vec<String>) {
    let target = tempfile::tempdir().unwrap();
    fs::create_dir_all(target.path().join("a/b")).unwrap();
    ["x", "y"].iter().for_each(|name| fs::write(target.path().join("a/b").join(name), name).unwrap());
    let bytes = layer.0.into_inner().unwrap();
    let layer = Descriptor::of(media_type::LAYER_TAR, &bytes);
    let done = unpack_folders(bytes.as_slice(), &layer, target.path(), &["a/b"]).unwrap();
    let mut names: Vec<String> = match fs::read_dir(target.path().join("a/b")) {
        Ok(entries) => entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect(),
        Err(_) => vec!["gone".to_owned()],
    };
    names.sort();
    (done, names)
}

#[test]
fn a_folder_is_hit_by_what_happens_in_it_and_by_removals_above_it() {
    let link = |layer: Hostile, path, target| layer.entry(tar::EntryType::Link, path, target, b"");
    for (layer, any, names) in [
        (Hostile::new().file("a/c").file("d"), false, vec!["x", "y"]),
        (Hostile::new().file("a/b/z"), true, vec!["x", "y", "z"]),
        (Hostile::new().file("a/b/.wh.x"), true, vec!["y"]),
        (Hostile::new().file("a/.wh.b"), true, vec!["gone"]),
        (Hostile::new().file(".wh.a"), true, vec!["gone"]),
        (Hostile::new().file("a/.wh..wh..opq"), true, vec!["gone"]),
        (Hostile::new().file(".wh..wh..opq"), true, vec!["gone"]),
        (Hostile::new().file("a/.wh.c").file(".wh.d"), false, vec!["x", "y"]),
        (link(Hostile::new().file("a/b/z"), "a/b/same", "a/b/z"), true, vec!["same", "x", "y", "z"]),
    ] {
        let (done, found) = in_folder(layer);
        assert_eq!((done.any, found), (any, names.into_iter().map(str::to_owned).collect()));
        assert!(done.lacking.is_empty());
    }
    let (done, names) = in_folder(link(Hostile::new().file("d"), "a/b/x", "d"));
    assert_eq!((done.any, names), (true, vec!["y".to_owned()]));
    assert!(done.lacking.iter().eq([Path::new("a/b/x")]));
}

/// A layer that claims to have names or attributes of `claimed` bytes, compressed to next to nothing.
fn bomb(kind: tar::EntryType, claimed: u64) -> (Descriptor, Vec<u8>) {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(claimed);
    header.set_path("a").unwrap();
    header.set_cksum();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(header.as_bytes()).unwrap();
    io::copy(&mut io::repeat(b'a').take(claimed), &mut packed).unwrap();
    let bytes = packed.finish().unwrap();
    (Descriptor::of(media_type::LAYER_GZIP, &bytes), bytes)
}

#[test]
fn names_and_attributes_without_end_take_no_memory() {
    for kind in [tar::EntryType::GNULongName, tar::EntryType::GNULongLink, tar::EntryType::XHeader] {
        let (layer, bytes) = bomb(kind, 256 << 20);
        assert!(bytes.len() < 4 << 20);
        let error = unpack(bytes.as_slice(), &layer, tempfile::tempdir().unwrap().path(), |_| ()).unwrap_err();
        let text = sealer_model::causes::chain(&error);
        assert!(text.contains("more than 1048576 bytes of names and attributes"), "{kind:?}: {text}");
    }
}

#[test]
fn a_file_of_holes_does_not_fill_the_disk() {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNUSparse);
    header.set_path("a").unwrap();
    header.set_size(0);
    let fields = header.as_gnu_mut().unwrap();
    // 32 GiB
    fields.realsize.copy_from_slice(b"400000000000");
    fields.sparse[0].offset.copy_from_slice(b"400000000000");
    fields.sparse[0].numbytes.copy_from_slice(b"00000000000\0");
    header.set_cksum();
    let bytes = [header.as_bytes().as_slice(), &[0; 1024]].concat();
    let layer = Descriptor::of(media_type::LAYER_TAR, &bytes);
    let folder = tempfile::tempdir().unwrap();
    let error = unpack(bytes.as_slice(), &layer, folder.path(), |_| ()).unwrap_err();
    let text = sealer_model::causes::chain(&error);
    assert!(text.contains("it unpacks to more than"), "{text}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
