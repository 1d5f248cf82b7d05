//! Images whose files are looked at.

use crate::made::{Made, Wanted, cluster_image, image, name, store};
use sealer_image::{Error, Mount};
use sealer_model::Platform;
use sealer_model::event::Listener;
use std::fs;

fn with_image() -> Made {
    let made = store();
    let wanted = Wanted {
        architectures: &["amd64", "arm64"],
        layers: &[&[("bin/kubelet", "kubelet for ARCH"), ("etc/gone", "x")], &[("etc/.wh.gone", "")]],
        container_images: &["r.io/pause:1"],
        ..Wanted::default()
    };
    made.store.tag(&name("web:1"), &cluster_image(&made.store, &wanted)).unwrap();
    made
}

fn mount(made: &Made, text: &str, architecture: &str) -> Result<Mount, Error> {
    made.store.mount(&name(text), &Platform::linux(architecture), &Listener::deaf())
}

#[test]
fn the_files_of_a_platform_are_there_until_they_are_unmounted() {
    let made = with_image();
    let mounts = ["arm64", "amd64"].map(|architecture| mount(&made, "web:1", architecture).unwrap());
    let kubelet = |mount: &Mount| fs::read_to_string(mount.path.join("bin/kubelet")).unwrap();
    assert_eq!(mounts.each_ref().map(kubelet), ["kubelet for arm64", "kubelet for amd64"]);
    assert!(!mounts[0].path.join("etc/gone").exists());
    assert_eq!(mount(&made, "web:1", "arm64").unwrap(), mounts[0]);
    let listed = made.store.mounts().unwrap();
    assert_eq!(listed, [mounts[1].clone(), mounts[0].clone()]);
    for mount in &mounts {
        if mount.read_only {
            let error = fs::write(mount.path.join("new"), "x").unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::ReadOnlyFilesystem);
        }
        made.store.unmount(&mount.id).unwrap();
        assert!(!mount.path.exists());
    }
    assert_eq!(made.store.mounts().unwrap(), []);
    assert!(matches!(made.store.unmount(&mounts[0].id), Err(Error::NoMount { .. })));
}

#[test]
fn garbage_collection_leaves_what_is_mounted_though_its_name_is_gone() {
    let made = with_image();
    let image = made.store.require(&name("web:1")).unwrap();
    let mounted = mount(&made, "web:1", "amd64").unwrap();
    made.store.untag(&name("web:1")).unwrap();
    let collected = made.store.collect_garbage();
    let missing = made.store.missing(&image);
    made.store.unmount(&mounted.id).unwrap();
    assert_eq!((collected.unwrap().blobs, missing.unwrap()), (0, Vec::new()));
    assert!(made.store.collect_garbage().unwrap().blobs > 0);
    assert!(!made.store.contains(&image.digest));
}

#[test]
fn what_was_not_finished_is_cleared_away_and_nobody_mounts_half_an_image() {
    let made = with_image();
    let left_behind = made.store.root().join("mounts/unfinished-x/rootfs");
    fs::create_dir_all(&left_behind).unwrap();
    assert_eq!(made.store.mounts().unwrap(), []);
    let image = made.store.require(&name("web:1")).unwrap();
    let index = made.store.index(&image).unwrap();
    let rootfs = made.store.manifest(index.rootfs_for(&Platform::linux("arm64")).unwrap()).unwrap();
    fs::write(made.store.blob_path(&rootfs.layers[1].digest), "damaged").unwrap();
    assert!(mount(&made, "web:1", "arm64").is_err());
    assert!(!left_behind.exists());
    assert_eq!(fs::read_dir(made.store.root().join("mounts")).unwrap().count(), 0);
}

#[test]
fn a_container_image_is_mounted_too_and_a_platform_that_an_image_lacks_is_named() {
    let made = with_image();
    made.store.tag(&name("plain:1"), &image(&made.store, b"content")).unwrap();
    let plain = mount(&made, "plain:1", "amd64").unwrap();
    let content = fs::read(plain.path.join("etc/content"));
    made.store.unmount(&plain.id).unwrap();
    assert_eq!(content.unwrap(), b"content");
    for text in ["web:1", "plain:1"] {
        let error = mount(&made, text, "riscv64").unwrap_err();
        assert!(matches!(&error, Error::NoPlatform { platform, .. } if platform == "linux/riscv64"), "{error}");
    }
}
