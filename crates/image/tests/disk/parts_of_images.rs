//! Archives that hold a part of an image: what a base lacks, or what some platforms need.

use crate::made::{Made, Wanted, cluster_image, name, store};
use sealer_image::{Error, Inspection, SaveOptions, inspect, load_file, save};
use sealer_model::Platform;
use sealer_model::event::Listener;
use std::fs;
use std::path::{Path, PathBuf};

const BASE_FILES: &[(&str, &str)] = &[("bin/kubelet", "kubelet for ARCH"), ("etc/a", "1")];

/// A store with `web:1` and `web:2`, which has one layer and one container image more.
fn two_versions() -> Made {
    let made = store();
    let first = Wanted {
        architectures: &["amd64", "arm64"],
        layers: &[BASE_FILES],
        container_images: &["r.io/pause:1", "r.io/web:1"],
        ..Wanted::default()
    };
    let second = Wanted {
        layers: &[BASE_FILES, &[("etc/b", "2")]],
        container_images: &["r.io/pause:1", "r.io/web:1", "r.io/web:2"],
        ..first.clone()
    };
    for (text, wanted) in [("web:1", first), ("web:2", second)] {
        let image = cluster_image(&made.store, &wanted);
        made.store.tag(&name(text), &image).unwrap();
    }
    made
}

fn saved(made: &Made, image: &str, options: &SaveOptions) -> PathBuf {
    let path = made.folder.path().join(format!("{}.tar", image.replace(':', "-")));
    save(&made.store, &name(image), options, &path, &Listener::deaf()).unwrap();
    path
}

fn since_first() -> SaveOptions {
    SaveOptions { base: Some(name("web:1")), ..SaveOptions::default() }
}

fn entries(archive: &Path) -> Vec<String> {
    let mut archive = tar::Archive::new(fs::File::open(archive).unwrap());
    let path = |entry: tar::Entry<'_, fs::File>| entry.path().unwrap().to_string_lossy().into_owned();
    archive.entries().unwrap().map(|entry| path(entry.unwrap())).collect()
}

#[test]
fn with_a_base_only_what_it_lacks_is_in_the_archive() {
    let here = two_versions();
    let whole = entries(&saved(&here, "web:2", &SaveOptions::default()));
    let first = entries(&saved(&here, "web:1", &SaveOptions::default()));
    let part = entries(&saved(&here, "web:2", &since_first()));
    let expected: Vec<&String> =
        whole.iter().filter(|entry| !entry.starts_with("blobs/") || !first.contains(entry)).collect();
    assert_eq!(part.iter().collect::<Vec<_>>(), expected);
    assert!(part.len() < whole.len());
}

#[test]
fn an_archive_with_a_base_loads_where_the_base_is_and_nowhere_else() {
    let here = two_versions();
    let (base, part) = (saved(&here, "web:1", &SaveOptions::default()), saved(&here, "web:2", &since_first()));
    let there = store();
    let error = load_file(&there.store, &part, &Listener::deaf()).unwrap_err();
    let digest = here.store.require(&name("web:1")).unwrap().digest;
    let named = matches!(&error, Error::NoBase { base, digests, .. }
        if base == "docker.io/library/web:1" && *digests == [digest]);
    assert!(named, "{error}");
    assert_eq!(there.store.images().unwrap(), []);

    load_file(&there.store, &base, &Listener::deaf()).unwrap();
    load_file(&there.store, &part, &Listener::deaf()).unwrap();
    let image = there.store.require(&name("web:2")).unwrap();
    assert_eq!(image.digest, here.store.require(&name("web:2")).unwrap().digest);
    assert_eq!(there.store.verify(&Listener::deaf()).unwrap().faults, []);
}

#[test]
fn a_base_that_is_not_whole_is_no_base() {
    let here = two_versions();
    let (base, part) = (saved(&here, "web:1", &SaveOptions::default()), saved(&here, "web:2", &since_first()));
    let there = store();
    load_file(&there.store, &base, &Listener::deaf()).unwrap();
    let image = there.store.require(&name("web:1")).unwrap();
    let lost = there.store.reachable(&image).unwrap().remove(0);
    fs::remove_file(there.store.blob_path(&lost.digest)).unwrap();
    let error = load_file(&there.store, &part, &Listener::deaf()).unwrap_err();
    assert!(matches!(error, Error::NoBase { .. }), "{error}");
}

#[test]
fn a_base_that_is_not_here_is_named_and_nothing_is_written() {
    let here = two_versions();
    let options = SaveOptions { base: Some(name("web:9")), ..SaveOptions::default() };
    let path = here.folder.path().join("web.tar");
    let error = save(&here.store, &name("web:2"), &options, &path, &Listener::deaf()).unwrap_err();
    assert!(matches!(&error, Error::NoImage { name, .. } if name.ends_with("web:9")), "{error}");
    assert!(!path.exists());
}

fn for_platforms(platforms: &[&str]) -> SaveOptions {
    let platforms = platforms.iter().map(|platform| platform.parse().unwrap()).collect();
    SaveOptions { platforms, ..SaveOptions::default() }
}

/// The platforms of an image, and its container images with theirs.
fn described(inspection: &Inspection) -> (Vec<String>, Vec<String>) {
    let platforms = inspection.platforms.iter().map(Platform::to_string).collect();
    let image = |image: &sealer_image::ContainerImage| format!("{} {}", image.name, image.platform);
    (platforms, inspection.container_images.iter().map(image).collect())
}

#[test]
fn one_platform_is_an_image_of_its_own_with_what_it_carries_for_that() {
    let (here, there) = (two_versions(), store());
    load_file(&there.store, &saved(&here, "web:1", &for_platforms(&["linux/arm64"])), &Listener::deaf()).unwrap();
    let inspection = inspect(&there.store, &name("web:1")).unwrap();
    let (platforms, images) = described(&inspection);
    assert_eq!(platforms, ["linux/arm64"]);
    assert_eq!(images, ["r.io/pause:1 linux/arm64", "r.io/web:1 linux/arm64"]);
    assert_eq!(inspection.container_images[0].demands.len(), 1);
    assert_eq!(there.store.verify(&Listener::deaf()).unwrap().faults, []);
}

#[test]
fn all_platforms_are_the_image_itself_and_one_that_it_lacks_is_an_error() {
    let (here, there) = (two_versions(), store());
    let all = for_platforms(&["linux/amd64", "linux/arm64/v8"]);
    load_file(&there.store, &saved(&here, "web:1", &all), &Listener::deaf()).unwrap();
    let image = there.store.require(&name("web:1")).unwrap();
    assert_eq!(image.digest, here.store.require(&name("web:1")).unwrap().digest);
    let path = here.folder.path().join("none.tar");
    let lacking = for_platforms(&["linux/riscv64"]);
    let error = save(&here.store, &name("web:1"), &lacking, &path, &Listener::deaf()).unwrap_err();
    assert!(matches!(&error, Error::NoPlatform { platform, .. } if platform == "linux/riscv64"), "{error}");
}

#[test]
fn a_base_is_cut_to_the_same_platforms_and_whoever_has_it_whole_or_cut_can_load() {
    let here = two_versions();
    let cut = SaveOptions { base: Some(name("web:1")), ..for_platforms(&["linux/arm64"]) };
    let part = saved(&here, "web:2", &cut);
    let mut digests = Vec::new();
    for base in [SaveOptions::default(), for_platforms(&["linux/arm64"])] {
        let there = store();
        let error = load_file(&there.store, &part, &Listener::deaf()).unwrap_err();
        assert!(matches!(&error, Error::NoBase { digests, .. } if digests.len() == 2), "{error}");
        load_file(&there.store, &saved(&here, "web:1", &base), &Listener::deaf()).unwrap();
        load_file(&there.store, &part, &Listener::deaf()).unwrap();
        let inspection = inspect(&there.store, &name("web:2")).unwrap();
        assert_eq!(described(&inspection).1.len(), 3);
        assert_eq!(there.store.verify(&Listener::deaf()).unwrap().faults, []);
        digests.push(inspection.digest);
    }
    assert_eq!(digests[0], digests[1]);
}
