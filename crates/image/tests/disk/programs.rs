//! sealer's own programs in cluster images: they stay with their platforms whatever is made of the images.

use crate::made::{Made, Wanted, cluster_image, name, program_file, store};
use sealer_image::{
    Addition, Error, MergeOptions, add_to_list, create_list, difference, inspect, merge, programs, remove_from_list,
};
use sealer_model::event::Listener;
use sealer_model::image::Entry;
use std::fs;

/// Images of one rootfs for two platforms: `none:1` without programs, the others with those of a version.
fn images() -> Made {
    let made = store();
    let wanted = Wanted { architectures: &["amd64", "arm64"], layers: &[&[("bin/x", "ARCH")]], ..Wanted::default() };
    for (text, program) in [("none:1", ""), ("old:1", "v1.0.0"), ("same:1", "v1.0.0"), ("new:1", "v2.0.0")] {
        let image = cluster_image(&made.store, &Wanted { program, ..wanted.clone() });
        made.store.tag(&name(text), &image).unwrap();
    }
    made
}

/// The programs that an image carries, as platforms and versions.
fn carried(made: &Made, text: &str) -> Vec<String> {
    assert_eq!(made.store.verify(&Listener::deaf()).unwrap().faults, []);
    let inspection = inspect(&made.store, &name(text)).unwrap();
    let found = programs(&made.store, &inspection.digest).unwrap().unwrap();
    assert_eq!(inspection.programs, found);
    found.iter().map(|program| format!("{} {}", program.platform, program.version)).collect()
}

const OLD: [&str; 2] = ["linux/amd64 v1.0.0", "linux/arm64 v1.0.0"];
const NEW: [&str; 2] = ["linux/amd64 v2.0.0", "linux/arm64 v2.0.0"];

#[test]
fn the_file_is_a_blob_as_it_is_and_outlives_garbage() {
    let made = images();
    made.store.collect_garbage().unwrap();
    assert_eq!(carried(&made, "none:1"), [""; 0]);
    assert_eq!(carried(&made, "old:1"), OLD);
    let digest = inspect(&made.store, &name("old:1")).unwrap().digest;
    let arm64 = programs(&made.store, &digest).unwrap().unwrap().remove(1);
    assert_eq!(fs::read(made.store.blob_path(&arm64.digest)).unwrap(), program_file("v1.0.0", "arm64"));
    fs::remove_file(made.store.blob_path(&arm64.digest)).unwrap();
    let absent = programs(&made.store, &digest).unwrap_err();
    assert!(matches!(absent, Error::NoBlob { digest, .. } if digest == arm64.digest));
}

#[test]
fn whoever_takes_the_first_entry_for_a_platform_takes_the_rootfs() {
    let made = images();
    let index = made.store.index(&made.store.require(&name("old:1")).unwrap()).unwrap();
    for platform in ["linux/amd64", "linux/arm64"] {
        let of = |entry: &&sealer_model::image::Descriptor| {
            entry.platform.as_ref().is_some_and(|own| own.to_string() == platform)
        };
        let first = index.manifests.iter().find(of).unwrap();
        assert!(matches!(Entry::of(first).unwrap(), Entry::Rootfs { .. }), "{platform}");
    }
}

#[test]
fn a_list_takes_programs_with_their_platforms_and_gives_them_back_with_these() {
    let made = images();
    let list = name("list:1");
    create_list(&made.store, &list, false).unwrap();
    add_to_list(&made.store, &list, &name("old:1"), &Addition { all: true, ..Addition::default() }).unwrap();
    assert_eq!(carried(&made, "list:1"), OLD);
    let rootfs = made.store.index(&made.store.require(&list).unwrap()).unwrap().manifests.remove(0).digest;
    remove_from_list(&made.store, &list, &rootfs).unwrap();
    assert_eq!(carried(&made, "list:1"), ["linux/arm64 v1.0.0"]);
    let arm64 = Addition { platform: "linux/arm64".parse().ok(), ..Addition::default() };
    let refused = add_to_list(&made.store, &list, &name("new:1"), &arm64).unwrap_err().to_string();
    assert!(refused.contains("sealer's program for linux/arm64"), "{refused}");
}

#[test]
fn merged_images_have_each_program_once_and_agree_on_it_or_are_told() {
    let made = images();
    let merged = |images: [&str; 2], prefer_later| {
        let options = MergeOptions { prefer_later, ..MergeOptions::default() };
        merge(&made.store, &images.map(name), &name("merged:1"), &options, &Listener::deaf())
    };
    merged(["old:1", "same:1"], false).unwrap();
    assert_eq!(carried(&made, "merged:1"), OLD);
    merged(["none:1", "old:1"], false).unwrap();
    assert_eq!(carried(&made, "merged:1"), OLD);
    let refused = merged(["old:1", "new:1"], false).unwrap_err().to_string();
    assert!(refused.contains("sealer's program for linux/arm64 is not the same in"), "{refused}");
    merged(["old:1", "new:1"], true).unwrap();
    assert_eq!(carried(&made, "merged:1"), NEW);
}

#[test]
fn another_program_is_a_difference() {
    let made = images();
    let told = |from: &str, to: &str| {
        let found = difference(&made.store, &name(from), &name(to)).unwrap();
        let names: Vec<String> = found.settings.iter().map(|it| format!("{:?} {}", it.change, it.name)).collect();
        names.join(", ")
    };
    assert_eq!(told("old:1", "same:1"), "");
    assert_eq!(told("none:1", "old:1"), "Added program linux/amd64, Added program linux/arm64");
    assert_eq!(told("old:1", "new:1"), "Changed program linux/amd64, Changed program linux/arm64");
}
