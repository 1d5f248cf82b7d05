//! `FROM another-cluster-image`.

use crate::fixture::{Layout, Workshop, amd64};
use sealer_build::{Options, PullPolicy};
use sealer_model::Platform;
use sealer_model::image::{Extension, ImageType, annotation};

/// A store with a base image `base:v1` that has a network plugin and carries one container image.
fn workshop() -> Workshop {
    let workshop = Workshop::new(&[
        (
            "Kubefile",
            "FROM scratch\nLABEL who=base kept=yes\nENV A=base B=base\nCOPY manifests manifests/\n\
             CNI net local://net.yaml\nAPP old local://net.yaml\nLAUNCH old",
        ),
        ("manifests/imageList", "r.io/net:1 oci:parts/net"),
        ("net.yaml", "kind: Pod\nmetadata: {name: n1}\nspec: {containers: [{image: 'r.io/net:1'}]}"),
    ]);
    let mut layout = Layout::new(&workshop.context().join("parts/net"));
    let image = layout.image(&amd64(), "net");
    let index = layout.index_of(vec![image]);
    layout.name("net", &index);
    workshop.build("base:v1");
    std::fs::remove_dir_all(workshop.context().join("parts")).unwrap();
    std::fs::remove_dir_all(workshop.context().join("manifests")).unwrap();
    workshop.write("web.yaml", "kind: Service");
    workshop
}

fn extension(workshop: &Workshop, built: &sealer_build::Built) -> Extension {
    let (manifest, _) = workshop.rootfs(built, &amd64());
    serde_json::from_str(&manifest.annotations[annotation::EXTENSION]).unwrap()
}

#[test]
fn layers_labels_environment_applications_and_images_are_inherited() {
    let workshop = workshop();
    let base = workshop.store.resolve(&"base:v1".parse().unwrap()).unwrap().unwrap();
    workshop.write("Kubefile", "FROM base:v1\nLABEL who=mine\nENV B=mine\nAPP web local://web.yaml\nLAUNCH web");
    let options = Options { pull_policy: PullPolicy::Never, ..workshop.options("mine:v1") };
    let built = workshop.build_with(options).unwrap();
    let base_index = workshop.store.index(&base).unwrap();
    let base_rootfs = workshop.store.manifest(base_index.rootfs_for(&amd64()).unwrap()).unwrap();
    let (manifest, config) = workshop.rootfs(&built, &amd64());
    assert_eq!(manifest.layers[..3], base_rootfs.layers);
    assert_eq!((manifest.layers.len(), config.rootfs.diff_ids.len(), config.history.len()), (4, 4, 4));
    let labels = config.config.labels.unwrap();
    assert_eq!(
        [&labels["who"], &labels["kept"], &labels["cluster.alpha.sealer.io/kube-cni-net"]],
        ["mine", "yes", "true"]
    );
    assert_eq!(config.config.env.unwrap(), ["A=base", "B=mine"]);
    let extension = extension(&workshop, &built);
    assert_eq!(extension.launch.application_names, ["net", "web"]);
    assert_eq!(extension.applications.len(), 3);
    let catalog = workshop.catalog(&built);
    assert_eq!(catalog.container_images[0].name.to_string(), "r.io/net:1");
    assert_eq!(catalog.container_images[0].demands.len(), 3);
    assert!(catalog.container_images[0].original_index.is_some());
    assert_eq!(workshop.store.missing(&built.descriptor).unwrap(), []);
}

#[test]
fn an_image_of_the_base_serves_the_demands_of_those_above() {
    let workshop = workshop();
    workshop.write("web.yaml", "kind: Pod\nmetadata: {name: w}\nspec: {containers: [{image: 'r.io/net:1'}]}");
    workshop.write("Kubefile", "FROM base:v1\nAPP web local://web.yaml");
    let options = Options { pull_policy: PullPolicy::Never, ..workshop.options("mine:v1") };
    let built = workshop.build_with(options).unwrap();
    let demands = &workshop.catalog(&built).container_images[0].demands;
    assert_eq!((demands.len(), demands[3].file.as_str()), (4, "application/apps/web/web.yaml"));
}

#[test]
fn a_file_of_the_context_replaces_an_image_of_the_base_where_it_is_there() {
    let workshop = workshop();
    workshop.write("Kubefile", "FROM base:v1\nCOPY manifests manifests/");
    workshop.write("manifests/imageList", "r.io/net:1 oci:parts/net");
    let options = || Options { pull_policy: PullPolicy::Never, ..workshop.options("mine:v1") };
    let inherited = workshop.build_with(options()).unwrap();
    let inherited = workshop.catalog(&inherited).container_images[0].digest.clone();
    let mut layout = Layout::new(&workshop.context().join("parts/net"));
    let image = layout.image(&amd64(), "patched");
    layout.name("net", &image);
    let catalog = workshop.catalog(&workshop.build_with(options()).unwrap());
    assert_eq!(catalog.container_images.len(), 1);
    assert_eq!(catalog.container_images[0].digest, image.digest);
    assert_ne!(catalog.container_images[0].digest, inherited);
    assert_eq!(catalog.container_images[0].demands.len(), 3);
}

#[test]
fn launch_is_inherited_where_none_is_said() {
    let workshop = workshop();
    workshop.write("Kubefile", "FROM base:v1\nAPP web local://web.yaml");
    let built = workshop.build("mine:v1");
    assert_eq!(extension(&workshop, &built).launch.application_names, ["net", "old"]);
}

#[test]
fn an_image_on_top_of_an_application_image_is_one_too() {
    let workshop = workshop();
    workshop.write("Kubefile", "FROM scratch\nAPP web local://web.yaml");
    let image_type = Some(ImageType::AppInstaller);
    workshop.build_with(Options { image_type, ..workshop.options("app:v1") }).unwrap();
    workshop.write("Kubefile", "FROM app:v1\nAPP more local://web.yaml");
    let built = workshop.build("more:v1");
    assert_eq!(extension(&workshop, &built).image_type, ImageType::AppInstaller);
}

#[test]
fn a_base_that_is_not_there_or_not_for_the_platform_is_an_error() {
    let workshop = workshop();
    workshop.write("Kubefile", "FROM nothing:v1");
    let never = || Options { pull_policy: PullPolicy::Never, ..workshop.options("mine:v1") };
    let error = workshop.refused(never());
    assert!(error.contains("the base image docker.io/library/nothing:v1 is not in the store"), "{error}");
    workshop.write("Kubefile", "FROM base:v1");
    let platforms = vec![Platform::linux("arm64")];
    let error = workshop.refused(Options { platforms, ..never() });
    assert!(error.contains("base:v1 has no rootfs for linux/arm64; it has linux/amd64"), "{error}");
}

#[test]
fn a_container_image_is_no_base() {
    let workshop = workshop();
    let mut layout = Layout::new(&workshop.context().join("plain"));
    let image = layout.image(&amd64(), "plain");
    let index = layout.index_of(vec![image]);
    layout.name("plain", &index);
    let bytes = std::fs::read(workshop.context().join("plain/blobs/sha256").join(index.digest.hex())).unwrap();
    workshop.store.put_document(&index.media_type, &bytes).unwrap();
    workshop.store.tag(&"plain:v1".parse().unwrap(), &index).unwrap();
    workshop.write("Kubefile", "FROM plain:v1");
    let error = workshop.refused(workshop.options("mine:v1"));
    assert!(error.contains("docker.io/library/plain:v1 is not a cluster image"), "{error}");
}
