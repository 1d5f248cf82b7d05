//! Layers laid over each other, and their content.

use super::*;
use crate::Error;
use sealer_model::image::media_type;
use std::fs;
use tar::EntryType;

/// An entry: its path, what it is, its target or text.
type Listed<'a> = (&'a str, EntryType, &'a str);

const FILE: EntryType = EntryType::Regular;
const FOLDER: EntryType = EntryType::Directory;
const LINK: EntryType = EntryType::Symlink;
const SAME: EntryType = EntryType::Link;

fn layer(store: &Store, entries: &[Listed<'_>]) -> Descriptor {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, kind, text) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(0o640);
        header.set_uid(7);
        header.set_gid(8);
        if *kind == LINK || *kind == SAME {
            header.set_size(0);
            archive.append_link(&mut header, path, text).unwrap();
        } else {
            header.set_size(text.len() as u64);
            archive.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
    }
    store.put_document(media_type::LAYER_TAR, &archive.into_inner().unwrap()).unwrap()
}

/// The tree of layers as one text a path: `a/b=text`, `a/`, `a->target`.
fn told(layers: &[&[Listed<'_>]]) -> Result<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store")).unwrap();
    let layers: Vec<Descriptor> = layers.iter().map(|entries| layer(&store, entries)).collect();
    let tree = Tree::read(&store, &layers)?;
    let mut wanted = BTreeMap::new();
    for (_, node) in tree.below(Path::new("")) {
        if let NodeKind::File(content) = node.kind {
            let path = folder.path().join(wanted.len().to_string());
            wanted.entry(content).or_insert(path);
        }
    }
    Tree::bring(&store, &layers, &wanted)?;
    let tell = |(path, node): (&Path, &Node)| match &node.kind {
        NodeKind::Folder => format!("{}/", path.display()),
        NodeKind::File(content) => {
            format!("{}={}", path.display(), fs::read_to_string(&wanted[content]).unwrap())
        }
        NodeKind::Link(target) => format!("{}->{}", path.display(), target.display()),
        NodeKind::Other => format!("{}!", path.display()),
    };
    Ok(tree.below(Path::new("")).map(tell).collect())
}

#[test]
fn names_of_one_file_have_one_content_be_it_of_a_layer_below() {
    let lower = [("bin/busybox", FILE, "tool"), ("bin/sh", SAME, "bin/busybox")];
    let upper = [("sbin/init", SAME, "bin/sh")];
    assert_eq!(told(&[&lower, &upper]).unwrap(), ["bin/busybox=tool", "bin/sh=tool", "sbin/init=tool"]);
}

#[test]
fn a_name_of_what_is_no_file_is_refused() {
    for target in ["none", "../none", "folder"] {
        let error = told(&[&[("folder/", FOLDER, ""), ("name", SAME, target)]]).unwrap_err();
        assert!(matches!(&error, Error::Entry { entry, .. } if entry == "name"), "{target}: {error}");
    }
}

#[test]
fn what_is_removed_above_is_gone_and_what_the_layer_brings_itself_is_not() {
    let lower = [("a/", FOLDER, ""), ("a/b", FILE, "1"), ("a/c/d", FILE, "2"), ("e", FILE, "3")];
    for (upper, expected) in [
        (&[("a/.wh.b", FILE, "")][..], vec!["a/", "a/c/d=2", "e=3"]),
        (&[(".wh.a", FILE, "")], vec!["e=3"]),
        (&[("a/new", FILE, "4"), (".wh.a", FILE, "")], vec!["a/new=4", "e=3"]),
        (&[("a/new", FILE, "4"), ("a/.wh..wh..opq", FILE, "")], vec!["a/", "a/new=4", "e=3"]),
        (&[(".wh..wh..opq", FILE, ""), ("new", FILE, "4")], vec!["new=4"]),
        (&[("a", FILE, "5")], vec!["a=5", "e=3"]),
        (&[("e/f", FILE, "6")], vec!["a/", "a/b=1", "a/c/d=2", "e/f=6"]),
    ] {
        assert_eq!(told(&[&lower, upper]).unwrap(), expected, "{upper:?}");
    }
}

#[test]
fn a_layer_goes_where_links_of_the_layers_below_lead() {
    let lower = [("usr/bin/a", FILE, "1"), ("bin", LINK, "usr/bin"), ("sbin", LINK, "/bin")];
    let upper = [("sbin/b", FILE, "2"), ("bin/.wh.a", FILE, "")];
    assert_eq!(told(&[&lower, &upper]).unwrap(), ["bin->usr/bin", "sbin->/bin", "usr/bin/b=2"]);
}

#[test]
fn links_are_followed_inside_the_image() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let entries = [
        ("usr/bin/tool", FILE, "1"),
        ("bin", LINK, "usr/bin"),
        ("etc/up", LINK, "../../../bin/tool"),
        ("etc/absolute", LINK, "/bin"),
        ("circle", LINK, "circle/x"),
    ];
    let tree = Tree::read(&store, &[layer(&store, &entries)]).unwrap();
    let followed = |path: &str| tree.followed(Path::new(path)).map(|path| path.display().to_string());
    for (path, expected) in [
        ("bin/tool", "usr/bin/tool"),
        ("etc/up", "usr/bin/tool"),
        ("etc/absolute/tool", "usr/bin/tool"),
        ("etc/../bin/./none", "usr/bin/none"),
        ("/", ""),
    ] {
        assert_eq!(followed(path).as_deref(), Some(expected), "{path}");
    }
    assert_eq!(followed("circle"), None);
    assert!(tree.is_folder(Path::new("usr")) && tree.is_folder(Path::new("")) && !tree.is_folder(Path::new("none")));
    let tool = tree.get(Path::new("usr/bin/tool")).unwrap();
    assert_eq!((tool.mode, tool.user, tool.group), (0o640, 7, 8));
}

#[test]
fn content_of_a_layer_that_was_changed_on_the_disk_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let layers = [layer(&store, &[("a", FILE, "before")])];
    let tree = Tree::read(&store, &layers).unwrap();
    let NodeKind::File(content) = tree.get(Path::new("a")).unwrap().kind else { panic!("a is a file") };
    let path = store.blob_path(&layers[0].digest);
    let bytes = String::from_utf8(fs::read(&path).unwrap()).unwrap().replace("before", "behind");
    fs::remove_file(&path).unwrap();
    fs::write(&path, bytes).unwrap();
    let wanted = BTreeMap::from([(content, folder.path().join("out"))]);
    let error = Tree::bring(&store, &layers, &wanted).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
}
