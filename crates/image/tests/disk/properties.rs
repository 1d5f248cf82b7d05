//! What holds of every layer and every archive, whatever is in it.

use crate::made::{Made, Wanted, cluster_image, name, store};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use sealer_image::layer::{Attributes, LayerWriter, unpack};
use sealer_image::{SaveOptions, Store, load_file, save};
use sealer_model::digest::Digest;
use sealer_model::event::Listener;
use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU64;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Each case writes to the disk.
fn few() -> ProptestConfig {
    ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() }
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Thing {
    Folder { mode: u32 },
    File { mode: u32, content: Vec<u8> },
    Link { target: String },
}

type Tree = BTreeMap<String, Thing>;

fn thing() -> impl Strategy<Value = Thing> {
    // the owner may read and search, or the test could not look at it
    let mode = |least: u32| (0..0o1000_u32).prop_map(move |mode| mode | least);
    prop_oneof![
        mode(0o700).prop_map(|mode| Thing::Folder { mode }),
        (mode(0o400), vec(any::<u8>(), 0..3000)).prop_map(|(mode, content)| Thing::File { mode, content }),
        "[a-z./]{1,120}".prop_map(|target| Thing::Link { target }),
    ]
}

/// Trees in which everything that is inside something is inside a folder. Names are short and long, plain and not.
fn tree() -> impl Strategy<Value = Tree> {
    let part = prop_oneof!["[a-c]", "[a-c]", "[a-z .é-]{1,30}x", "[a-z]{90,120}"];
    let path = vec(part, 1..5).prop_map(|parts| parts.join("/"));
    btree_map(path, thing(), 0..25).prop_map(|things| {
        let mut tree = Tree::new();
        for (path, thing) in things {
            let above: Vec<&Path> = Path::new(&path).ancestors().skip(1).filter(|it| *it != Path::new("")).collect();
            let above: Vec<String> = above.into_iter().rev().map(|it| it.to_str().unwrap().to_owned()).collect();
            if above.iter().all(|it| matches!(tree.get(it), None | Some(Thing::Folder { .. }))) {
                for folder in above {
                    tree.entry(folder).or_insert(Thing::Folder { mode: 0o755 });
                }
                tree.entry(path).or_insert(thing);
            }
        }
        tree
    })
}

fn written(store: &Store, tree: &Tree) -> sealer_image::layer::Layer {
    let mut writer = LayerWriter::new(store, 1_700_000_000).unwrap();
    for (path, thing) in tree {
        let attributes = |mode| Attributes { mode, user: 0, group: 0 };
        match thing {
            Thing::Folder { mode } => writer.directory(path, attributes(*mode)).unwrap(),
            Thing::File { mode, content } => {
                writer.file(path, attributes(*mode), content.len() as u64, content.as_slice()).unwrap();
            }
            Thing::Link { target } => writer.link(path, target, attributes(0o777)).unwrap(),
        }
    }
    writer.finish().unwrap()
}

fn found(root: &Path, folder: &Path, tree: &mut Tree) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let mode = metadata.permissions().mode() & 0o7777;
        let thing = if metadata.is_dir() {
            found(root, &path, tree);
            Thing::Folder { mode }
        } else if metadata.is_symlink() {
            Thing::Link { target: fs::read_link(&path).unwrap().to_str().unwrap().to_owned() }
        } else {
            Thing::File { mode, content: fs::read(&path).unwrap() }
        };
        tree.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), thing);
    }
}

/// Two versions of an image with these files in layers of their own, so that they share some.
fn two_versions(files: &[Vec<u8>], shared: usize) -> (Made, [Digest; 2]) {
    let made = store();
    let texts: Vec<String> = files.iter().map(|bytes| format!("{bytes:?} for ARCH")).collect();
    let layers: Vec<Vec<(&str, &str)>> = texts.iter().map(|text| vec![("etc/file", text.as_str())]).collect();
    let layers: Vec<&[(&str, &str)]> = layers.iter().map(Vec::as_slice).collect();
    let shared = shared.min(layers.len());
    let digests = [("web:1", &layers[..shared]), ("web:2", &layers[..])].map(|(text, layers)| {
        let container_images: &[&str] = if text == "web:1" { &["r.io/a:1"] } else { &["r.io/a:1", "r.io/b:1"] };
        let wanted = Wanted { architectures: &["amd64", "arm64"], layers, container_images, ..Wanted::default() };
        let image = cluster_image(&made.store, &wanted);
        made.store.tag(&name(text), &image).unwrap();
        image.digest
    });
    (made, digests)
}

/// What to load of what a save has written, and all of its files.
fn saved(made: &Made, image: &str, options: &SaveOptions) -> (PathBuf, Vec<PathBuf>) {
    let folder = made.folder.path().join("out").join(image.replace(':', "-"));
    fs::create_dir_all(&folder).unwrap();
    let archive = folder.join("a.tar");
    save(&made.store, &name(image), options, &archive, &Listener::deaf()).unwrap();
    let files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let first = if options.volume_size.is_some() { folder.join("a.tar.json") } else { archive };
    (first, files)
}

fn loaded(store: &Store, archive: &Path) -> Result<(), String> {
    load_file(store, archive, &Listener::deaf()).map(drop).map_err(|error| error.to_string())
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn every_tree_comes_out_of_a_layer_as_it_went_in(tree in tree()) {
        let made = store();
        let layer = written(&made.store, &tree);
        prop_assert_eq!(&written(&made.store, &tree), &layer, "the same tree makes another layer");
        let folder = tempfile::tempdir().unwrap();
        let content = made.store.open_blob(&layer.descriptor.digest).unwrap();
        unpack(content, &layer.descriptor, folder.path(), |_| ()).unwrap();
        let mut unpacked = Tree::new();
        found(folder.path(), folder.path(), &mut unpacked);
        prop_assert_eq!(unpacked, tree);
    }

    #[test]
    fn what_was_saved_in_any_parts_loads_as_the_same_image(
        files in vec(vec(any::<u8>(), 0..2000), 1..5),
        shared in 0..5_usize,
        size in proptest::option::of(2_000..60_000_u64),
        with_base in any::<bool>(),
    ) {
        let (here, digests) = two_versions(&files, shared);
        let there = store();
        let volume_size = size.and_then(NonZeroU64::new);
        let options = SaveOptions { volume_size, ..SaveOptions::default() };
        let (first, _) = saved(&here, "web:1", &options);
        let base = with_base.then(|| name("web:1"));
        let (second, _) = saved(&here, "web:2", &SaveOptions { base, ..options });
        if with_base {
            let error = loaded(&there.store, &second).unwrap_err();
            prop_assert!(error.contains("holds only what docker.io/library/web:1 lacks"), "{}", error);
            loaded(&there.store, &first).unwrap();
        }
        loaded(&there.store, &second).unwrap();
        let image = there.store.require(&name("web:2")).unwrap();
        prop_assert_eq!(&image.digest, &digests[1]);
        prop_assert_eq!(there.store.missing(&image).unwrap(), vec![]);
        prop_assert_eq!(there.store.verify(&Listener::deaf()).unwrap().faults, vec![]);
    }

    #[test]
    fn an_archive_that_is_cut_anywhere_or_has_a_wrong_byte_names_nothing_that_is_not_right(
        files in vec(vec(any::<u8>(), 0..2000), 1..3),
        size in proptest::option::of(2_000..60_000_u64),
        place in any::<prop::sample::Index>(),
        which in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let (here, digests) = two_versions(&files, 1);
        let options = SaveOptions { volume_size: size.and_then(NonZeroU64::new), ..SaveOptions::default() };
        let (first, all) = saved(&here, "web:2", &options);
        let harmed = which.get(&all);
        let mut bytes = fs::read(harmed).unwrap();
        let place = place.index(bytes.len());
        if cut { bytes.truncate(place) } else { bytes[place] ^= 0x55 }
        fs::write(harmed, bytes).unwrap();
        let there = store();
        let outcome = loaded(&there.store, &first);
        // padding may be anything, and so may the image's name
        match outcome {
            Ok(()) => {
                let images = there.store.images().unwrap();
                prop_assert_eq!(images.len(), 1);
                prop_assert_eq!(&images[0].descriptor.digest, &digests[1]);
            }
            Err(_) => prop_assert_eq!(there.store.images().unwrap(), vec![]),
        }
        prop_assert_eq!(there.store.verify(&Listener::deaf()).unwrap().faults, vec![]);
    }
}
