//! What a build leaves in the store.

use crate::fixture::{Workshop, amd64};
use sealer_build::Options;
use sealer_model::Platform;
use sealer_model::image::{ApplicationType, Extension, ImageType, annotation};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

const KUBEFILE: &str = "\
FROM scratch
ARG VERSION=1
LABEL cluster.alpha.sealer.io/cluster-runtime-version=\"v1.20.$VERSION\"
ENV DATA=\"/var/lib/my data\"
COPY bin etc/kubeadm.yml rootfs/
COPY --chmod=0755 scripts/*.sh scripts/
APP web local://web
APPENV web COLOR=blue
CNI net local://net.yaml
APPCMDS net [\"kubectl apply -f net.yaml\"]
LAUNCH web
";

fn workshop() -> Workshop {
    let service = "kind: Service\nmetadata: {name: web}\n";
    Workshop::new(&[
        ("Kubefile", KUBEFILE),
        ("bin/kubeadm", "kubeadm"),
        ("etc/kubeadm.yml", "kind: ClusterConfiguration"),
        ("scripts/init.sh", "true"),
        ("scripts/notes.txt", "not copied"),
        ("web/service.yaml", service),
        ("net.yaml", service),
    ])
}

/// Paths and modes in a layer of the image.
fn paths(workshop: &Workshop, layer: &sealer_model::image::Descriptor) -> Vec<String> {
    let blob = workshop.store.open_blob(&layer.digest).unwrap();
    let mut archive = tar::Archive::new(zstd::Decoder::new(blob).unwrap());
    let entries = archive.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        assert_eq!((entry.header().mtime().unwrap(), entry.header().uid().unwrap()), (0, 0));
        format!("{} {:o}", entry.path().unwrap().display(), entry.header().mode().unwrap())
    });
    entries.collect()
}

#[test]
fn the_rootfs_has_one_layer_an_instruction_and_says_what_it_is() {
    let workshop = workshop();
    let built = workshop.build("demo/app:v1");
    assert_eq!(built.name.to_string(), "docker.io/demo/app:v1");
    let (manifest, config) = workshop.rootfs(&built, &amd64());
    let layers: Vec<Vec<String>> = manifest.layers.iter().map(|layer| paths(&workshop, layer)).collect();
    assert_eq!(layers[0][1..], ["rootfs/kubeadm 644", "rootfs/kubeadm.yml 644"]);
    assert_eq!(layers[1], ["scripts/init.sh 755"]);
    assert_eq!(layers[2][1..], ["application/apps/web/service.yaml 644"]);
    assert_eq!(layers[3], ["application/apps/net/net.yaml 644"]);
    let labels = config.config.labels.unwrap();
    assert_eq!(labels["cluster.alpha.sealer.io/cluster-runtime-version"], "v1.20.1");
    assert_eq!(labels["cluster.alpha.sealer.io/kube-cni-net"], "true");
    assert_eq!(labels["io.sealer.version"], "v1.0.0");
    assert_eq!(config.config.env, Some(vec!["DATA=/var/lib/my data".to_owned()]));
    assert_eq!(config.rootfs.diff_ids.len(), 4);
    assert_eq!(config.history.len(), 4);
    assert_eq!(config.created.as_deref(), Some("1970-01-01T00:00:00Z"));
}

#[test]
fn the_extension_lists_applications_and_their_launch() {
    let workshop = workshop();
    let built = workshop.build("demo/app:v1");
    let (manifest, _) = workshop.rootfs(&built, &amd64());
    let extension: Extension = serde_json::from_str(&manifest.annotations[annotation::EXTENSION]).unwrap();
    assert_eq!(extension.image_type, ImageType::KubeInstaller);
    assert_eq!(extension.launch.application_names, ["net", "web"]);
    let web = extension.application("web").unwrap();
    assert_eq!((web.application_type, web.files.as_slice()), (ApplicationType::Kube, &["service.yaml".to_owned()][..]));
    assert_eq!(web.env, BTreeMap::from([("COLOR".into(), "blue".into())]));
    assert_eq!(extension.application("net").unwrap().cmds, ["kubectl apply -f net.yaml"]);
}

#[test]
fn the_same_input_gives_the_same_digest_everywhere() {
    let (one, other) = (workshop(), workshop());
    let first = one.build("demo/app:v1");
    assert_eq!(first.descriptor, other.build("demo/app:v1").descriptor);
    assert_eq!(first.descriptor, one.build("another/name:v2").descriptor);
}

#[test]
fn an_unchanged_rebuild_makes_no_layer_and_a_change_makes_one() {
    let workshop = workshop();
    let cached = |built: &sealer_build::Built| -> Vec<bool> { built.layers.iter().map(|layer| layer.cached).collect() };
    let first = workshop.build("demo/app:v1");
    assert_eq!(cached(&first), [false; 4]);
    let again = workshop.build("demo/app:v1");
    assert_eq!((cached(&again), &again.descriptor), (vec![true; 4], &first.descriptor));
    workshop.write("scripts/init.sh", "false");
    let changed = workshop.build("demo/app:v1");
    assert_eq!(cached(&changed), [true, false, true, true]);
    assert_ne!(changed.descriptor, first.descriptor);
    assert_eq!(workshop.store.resolve(&changed.name).unwrap().unwrap().digest, changed.descriptor.digest);
}

#[test]
fn a_layer_whose_blob_was_collected_is_made_again() {
    let workshop = workshop();
    let first = workshop.build("demo/app:v1");
    workshop.store.untag(&first.name).unwrap();
    workshop.store.collect_garbage().unwrap();
    let again = workshop.build("demo/app:v1");
    assert_eq!(again.descriptor, first.descriptor);
    assert!(again.layers.iter().all(|layer| !layer.cached));
    assert_eq!(workshop.store.missing(&again.descriptor).unwrap(), []);
}

#[test]
fn permissions_and_links_survive() {
    let workshop = Workshop::new(&[("Kubefile", "FROM scratch\nCOPY tree tree"), ("tree/run", "x")]);
    let run = workshop.context().join("tree/run");
    fs::set_permissions(&run, fs::Permissions::from_mode(0o4755)).unwrap();
    symlink("run", workshop.context().join("tree/link")).unwrap();
    let built = workshop.build("demo/app:v1");
    let (manifest, _) = workshop.rootfs(&built, &amd64());
    assert_eq!(paths(&workshop, &manifest.layers[0])[1..], ["tree/link 777", "tree/run 4755"]);
}

#[test]
fn every_platform_gets_its_own_files_and_shares_the_others() {
    let workshop = Workshop::new(&[
        ("Kubefile", "FROM scratch\nCOPY ${ARCH}/bin bin/\nCOPY etc etc/"),
        ("amd64/bin/tool", "for amd64"),
        ("arm64/bin/tool", "for arm64"),
        ("etc/file", "for both"),
    ]);
    let arm64 = Platform::linux("arm64");
    let options = Options { platforms: vec![amd64(), arm64.clone()], ..workshop.options("demo/app:v1") };
    let built = workshop.build_with(options).unwrap();
    let (one, config) = workshop.rootfs(&built, &amd64());
    let (other, other_config) = workshop.rootfs(&built, &arm64);
    assert_eq!((config.architecture.as_str(), other_config.architecture.as_str()), ("amd64", "arm64"));
    assert_ne!(one.layers[0], other.layers[0]);
    assert_eq!(one.layers[1], other.layers[1]);
}

#[test]
fn a_kubefile_knows_what_it_is_built_for_and_where() {
    let kubefile = "FROM scratch\nCOPY ${TARGETOS}-${TARGETARCH}${TARGETVARIANT} target/\nCOPY on-${BUILDARCH} machine/\n\
                    LABEL for=$TARGETPLATFORM on=$BUILDPLATFORM os=$BUILDOS";
    let workshop =
        Workshop::new(&[("Kubefile", kubefile), ("linux-amd64/a", "a"), ("linux-armv7/a", "a"), ("on-s390x/a", "a")]);
    let platforms: Vec<Platform> = vec![amd64(), "linux/arm/v7".parse().unwrap()];
    let machine = Platform::linux("s390x");
    let options = Options { platforms: platforms.clone(), machine, ..workshop.options("demo/app:v1") };
    let built = workshop.build_with(options).unwrap();
    for platform in platforms {
        let labels = workshop.rootfs(&built, &platform).1.config.labels.unwrap();
        assert_eq!([&labels["for"], &labels["on"], &labels["os"]], [&platform.to_string(), "linux/s390x", "linux"]);
    }
}

#[test]
fn a_layer_that_platforms_share_is_written_once() {
    let workshop = Workshop::new(&[("Kubefile", "FROM scratch\nCOPY etc etc/"), ("etc/file", "for all")]);
    let platforms = ["amd64", "arm64", "riscv64", "s390x", "ppc64le", "386"].map(Platform::linux).to_vec();
    let built = workshop.build_with(Options { platforms, ..workshop.options("demo/app:v1") }).unwrap();
    assert_eq!(built.layers.iter().filter(|layer| !layer.cached).count(), 1);
}

#[test]
fn options_add_labels_annotations_arguments_and_the_type() {
    let workshop = workshop();
    let one = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
    let options = Options {
        build_args: one("VERSION", "7"),
        labels: one("io.sealer.version", "mine"),
        annotations: one("note", "n"),
        image_type: Some(ImageType::AppInstaller),
        source_date_epoch: Some(86_400),
        ..workshop.options("demo/app:v1")
    };
    let built = workshop.build_with(options).unwrap();
    let (manifest, config) = workshop.rootfs(&built, &amd64());
    let labels = config.config.labels.unwrap();
    assert_eq!(labels["cluster.alpha.sealer.io/cluster-runtime-version"], "v1.20.7");
    assert_eq!(labels["io.sealer.version"], "mine");
    assert_eq!(manifest.annotations["note"], "n");
    assert!(manifest.annotations[annotation::EXTENSION].contains("app-installer"));
    assert_eq!(config.created.as_deref(), Some("1970-01-02T00:00:00Z"));
}

#[test]
fn mistakes_show_the_line_of_the_kubefile() {
    for (text, message) in [
        ("FROM scratch\nCOPY nothing here/", ":2:6: nothing: no such file in the build context"),
        ("FROM scratch\nCOPY ../x here/", ":2:6: ../x leaves the build context"),
        ("FROM scratch\nAPP x local://nothing.yaml", ":2:15: nothing.yaml: no such file"),
        ("FROM scratch\nAPP x local://Kubefile", ":2:1: app x need to specify APPCMDS if no app type detected"),
        ("FROM scratch\nLAUNCH x", ":2:1: application x does not exist in the image"),
    ] {
        let workshop = Workshop::new(&[("Kubefile", text)]);
        let error = workshop.refused(workshop.options("demo/app:v1"));
        assert!(error.contains(message), "{text:?} gives {error}");
    }
}

#[test]
fn a_failed_build_leaves_the_former_image_under_its_name() {
    let workshop = workshop();
    let first = workshop.build("demo/app:v1");
    workshop.write("manifests/imageList", "no.such.registry.invalid/x:1");
    workshop.write("Kubefile", "FROM scratch\nCOPY manifests manifests/");
    workshop.refused(workshop.options("demo/app:v1"));
    assert_eq!(workshop.store.resolve(&first.name).unwrap().unwrap().digest, first.descriptor.digest);
}

#[test]
fn a_name_needs_a_tag_and_a_platform_counts_once() {
    let workshop = workshop();
    let digest = sealer_model::Digest::of(b"x");
    let error = workshop.refused(workshop.options(&format!("demo/app@{digest}")));
    assert!(error.contains("names a digest"), "{error}");
    let platforms = ["linux/arm64", "linux/arm64/v8"].map(|text| text.parse().unwrap()).to_vec();
    let options = Options { platforms, ..workshop.options("demo/app:v1") };
    assert_eq!(workshop.build_with(options).unwrap().platforms.len(), 1);
    let error = workshop.refused(Options { platforms: vec![], ..workshop.options("demo/app:v1") });
    assert!(error.contains("no platform to build docker.io/demo/app:v1 for"), "{error}");
}
