//! Several cluster images merged into one.

use crate::made::{Made, Wanted, cluster_image, name, store};
use sealer_image::{Error, MergeOptions, inspect, layer, merge};
use sealer_model::Platform;
use sealer_model::event::{Event, Listener};
use sealer_model::image::{Application, Config, Extension, Launch};
use std::fs;
use std::sync::{Arc, Mutex};

const BASE: &[(&str, &str)] = &[("bin/kubelet", "kubelet for ARCH"), ("etc/a", "base"), ("etc/b", "base")];

fn with_application(application: &str) -> Extension {
    let definition = Application { name: application.into(), files: vec!["x.yaml".into()], ..Application::default() };
    let launch = Launch { cmds: Vec::new(), application_names: vec![application.into()] };
    Extension { applications: vec![definition], launch, ..Extension::default() }
}

/// `kube:1` for two platforms; `web:1` and `cache:1`, which stand on it; and `other:1`, which does not.
fn images() -> Made {
    let made = store();
    let both = &["amd64", "arm64"];
    let kube =
        Wanted { architectures: both, layers: &[BASE], container_images: &["r.io/pause:1"], ..Wanted::default() };
    let web = Wanted {
        layers: &[BASE, &[("application/apps/web/x.yaml", "web"), ("etc/a", "web")]],
        container_images: &["r.io/pause:1", "r.io/web:1"],
        extension: with_application("web"),
        labels: &[("team", "web")],
        ..kube.clone()
    };
    let cache = Wanted {
        layers: &[BASE, &[("application/apps/cache/x.yaml", "cache"), ("etc/b", "cache")]],
        container_images: &["r.io/pause:1", "r.io/cache:1"],
        extension: with_application("cache"),
        ..kube.clone()
    };
    let other = Wanted {
        architectures: &["amd64"],
        layers: &[&[("etc/a", "other"), ("application/apps/web/x.yaml", "another web")]],
        container_images: &[],
        extension: with_application("web"),
        labels: &[("team", "other")],
        program: "",
    };
    for (text, wanted) in [("kube:1", kube), ("web:1", web), ("cache:1", cache), ("other:1", other)] {
        let image = cluster_image(&made.store, &wanted);
        made.store.tag(&name(text), &image).unwrap();
    }
    made
}

fn merged(made: &Made, images: &[&str], options: &MergeOptions) -> Result<(), Error> {
    let images: Vec<_> = images.iter().map(|text| name(text)).collect();
    merge(&made.store, &images, &name("all:1"), options, &Listener::deaf()).map(drop)
}

/// The rootfs of `all:1` for a processor, unpacked.
fn unpacked(made: &Made, architecture: &str) -> tempfile::TempDir {
    let index = made.store.index(&made.store.require(&name("all:1")).unwrap()).unwrap();
    let manifest = made.store.manifest(index.rootfs_for(&Platform::linux(architecture)).unwrap()).unwrap();
    let config: Config = made.store.parse(&manifest.config).unwrap();
    assert_eq!(config.rootfs.diff_ids.len(), manifest.layers.len());
    let folder = tempfile::tempdir().unwrap();
    for each in &manifest.layers {
        let content = made.store.open_blob(&each.digest).unwrap();
        layer::unpack(content, each, folder.path(), |_| ()).unwrap();
    }
    folder
}

#[test]
fn images_on_one_base_keep_what_each_of_them_changed() {
    let made = images();
    merged(&made, &["kube:1", "web:1", "cache:1"], &MergeOptions::default()).unwrap();
    for architecture in ["amd64", "arm64"] {
        let folder = unpacked(&made, architecture);
        let content = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
        assert_eq!(content("bin/kubelet"), format!("kubelet for {architecture}"));
        assert_eq!((content("etc/a").as_str(), content("etc/b").as_str()), ("web", "cache"));
        assert_eq!(content("application/apps/web/x.yaml"), "web");
        assert_eq!(content("application/apps/cache/x.yaml"), "cache");
    }
    let inspection = inspect(&made.store, &name("all:1")).unwrap();
    assert_eq!(inspection.image_extension.launch.application_names, ["web", "cache"]);
    assert_eq!(inspection.image_extension.labels["team"], "web");
    let images: Vec<String> =
        inspection.container_images.iter().map(|image| format!("{} {}", image.name, image.platform)).collect();
    let expected = ["r.io/cache:1", "r.io/pause:1", "r.io/web:1"];
    let expected: Vec<String> = expected
        .iter()
        .flat_map(|image| ["linux/amd64", "linux/arm64"].map(|platform| format!("{image} {platform}")))
        .collect();
    assert_eq!(images, expected);
    assert_eq!(made.store.verify(&Listener::deaf()).unwrap().faults, []);
}

#[test]
fn merging_moves_no_layer_and_gives_the_same_image_again() {
    let made = images();
    let layers = |image: &str| -> Vec<_> {
        let image = made.store.require(&name(image)).unwrap();
        let parts = made.store.reachable(&image).unwrap().into_iter();
        parts.filter(|part| part.media_type.contains("layer")).map(|part| part.digest).collect()
    };
    merged(&made, &["kube:1", "web:1", "cache:1"], &MergeOptions::default()).unwrap();
    let known: Vec<_> = ["kube:1", "web:1", "cache:1"].iter().flat_map(|image| layers(image)).collect();
    assert!(layers("all:1").iter().all(|layer| known.contains(layer)));
    let digest = made.store.require(&name("all:1")).unwrap().digest;
    merged(&made, &["kube:1", "web:1", "cache:1"], &MergeOptions::default()).unwrap();
    assert_eq!(made.store.require(&name("all:1")).unwrap().digest, digest);
}

#[test]
fn what_does_not_fit_together_is_named_and_no_image_is_made() {
    let made = images();
    let amd64 = MergeOptions { platforms: vec![Platform::linux("amd64")], prefer_later: false };
    let error = merged(&made, &["web:1", "other:1"], &amd64).unwrap_err();
    let Error::Conflicts { conflicts } = &error else { panic!("{error}") };
    let found: Vec<&str> = conflicts.iter().map(|conflict| conflict.what.as_str()).collect();
    assert_eq!(found, ["file application/apps/web/x.yaml", "file etc/a", "label team"]);
    assert_eq!(made.store.resolve(&name("all:1")).unwrap(), None);
    let error = merged(&made, &["web:1", "other:1"], &MergeOptions::default()).unwrap_err();
    assert!(matches!(&error, Error::NoPlatform { platform, .. } if platform == "linux/arm64"), "{error}");
}

#[test]
fn the_word_of_later_images_counts_where_that_is_asked_for_and_every_conflict_is_told() {
    let made = images();
    let options = MergeOptions { platforms: vec![Platform::linux("amd64")], prefer_later: true };
    let warnings = Arc::new(Mutex::new(0));
    let told = Arc::clone(&warnings);
    let listener = Listener::new(move |event| {
        if matches!(event, Event::Warning { .. }) {
            *told.lock().unwrap() += 1;
        }
    });
    merge(&made.store, &[name("web:1"), name("other:1")], &name("all:1"), &options, &listener).unwrap();
    assert_eq!(*warnings.lock().unwrap(), 3);
    let folder = unpacked(&made, "amd64");
    assert_eq!(fs::read_to_string(folder.path().join("etc/a")).unwrap(), "other");
    assert_eq!(fs::read_to_string(folder.path().join("etc/b")).unwrap(), "base");
    let inspection = inspect(&made.store, &name("all:1")).unwrap();
    assert_eq!(inspection.image_extension.labels["team"], "other");
}
