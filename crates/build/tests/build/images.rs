//! Which container images end up in a cluster image, and what is said about those that do not.

use crate::fixture::{Layout, Workshop, amd64};
use sealer_build::{AllowMissing, Error, Mode, Options, PullPolicy};
use sealer_model::Platform;
use sealer_model::image::Entry;

const DEPLOYMENT: &str = "
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      initContainers: [{image: r.io/init:1}]
      containers: [{image: r.io/web:1}]
";

/// A context with an application whose two images lie in an OCI layout, `parts/web` with an index for two platforms and
/// `parts/init` with a plain image.
fn workshop(list: &str) -> Workshop {
    let workshop = Workshop::new(&[
        ("Kubefile", "FROM scratch\nCOPY manifests manifests/\nAPP web local://web.yaml\nLAUNCH web"),
        ("web.yaml", DEPLOYMENT),
        ("manifests/imageList", list),
    ]);
    let mut layout = Layout::new(&workshop.context().join("parts/web"));
    let images = [amd64(), Platform::linux("arm64")].map(|platform| layout.image(&platform, "web"));
    let index = layout.index_of(images.to_vec());
    layout.name("web", &index);
    let mut layout = Layout::new(&workshop.context().join("parts/init"));
    let image = layout.image(&amd64(), "init");
    layout.name("init", &image);
    workshop
}

const LIST: &str = "r.io/web:1 oci:parts/web\n\nr.io/init:1 oci:parts/init:init\n";

#[test]
fn images_are_carried_as_themselves_with_everyone_who_asks_for_them() {
    let workshop = workshop(LIST);
    let built = workshop.build("demo/app:v1");
    let names: Vec<String> = built.container_images.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["r.io/init:1", "r.io/web:1"]);
    let catalog = workshop.catalog(&built);
    let web = &catalog.container_images[1];
    let demands: Vec<String> = web.demands.iter().map(|demand| format!("{:?} {demand}", demand.application)).collect();
    let place = "Deployment/web spec.template.spec.containers[0].image";
    assert_eq!(
        demands,
        [
            format!("Some(\"web\") application/apps/web/web.yaml, {place}"),
            "None manifests/imageList, line 1".to_owned()
        ]
    );
    // The bytes of manifest and index are the original ones, so the digests are.
    let layout = |digest: &sealer_model::Digest| {
        std::fs::read(workshop.context().join("parts/web/blobs/sha256").join(digest.hex())).unwrap()
    };
    let stored = |digest: &sealer_model::Digest| std::fs::read(workshop.store.blob_path(digest)).unwrap();
    let index = web.original_index.as_ref().unwrap();
    assert_eq!(stored(&web.digest), layout(&web.digest));
    assert_eq!(stored(index), layout(index));
    assert_eq!(workshop.store.missing(&built.descriptor).unwrap(), []);
}

#[test]
fn a_platform_gets_the_images_made_for_it() {
    let workshop = workshop(LIST);
    workshop.write("web.yaml", &DEPLOYMENT.replace("r.io/init:1", "r.io/web:1"));
    workshop.write("manifests/imageList", "r.io/web:1 oci:parts/web");
    let platforms = vec![amd64(), Platform::linux("arm64")];
    let built = workshop.build_with(Options { platforms, ..workshop.options("demo/app:v1") }).unwrap();
    let index = workshop.index(&built);
    let images: Vec<String> = index
        .entries()
        .unwrap()
        .into_iter()
        .filter(|(_, entry)| matches!(entry, Entry::ContainerImage { .. }))
        .map(|(descriptor, _)| descriptor.platform.as_ref().unwrap().to_string())
        .collect();
    assert_eq!(images, ["linux/amd64", "linux/arm64"]);
    assert_eq!(built.container_images.len(), 1);
}

#[test]
fn everything_that_is_missing_is_told_at_once_with_who_asks_and_what_was_tried() {
    let workshop = workshop("r.io/gone:1 oci:parts/gone\n");
    let options = Options { pull_policy: PullPolicy::Never, ..workshop.options("demo/app:v1") };
    let Err(Error::Missing(missing)) = workshop.build_with(options) else { panic!("it was built") };
    let text = missing.to_string();
    for part in [
        "3 container images are missing",
        "r.io/gone:1 for linux/amd64: oci:parts/gone: ",
        "r.io/init:1 for linux/amd64: it is not in the store, and pulling is forbidden",
        "asked for by application/apps/web/web.yaml, Deployment/web spec.template.spec.initContainers[0].image",
        "asked for by manifests/imageList, line 1",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

#[test]
fn an_image_may_be_missing_where_that_is_allowed() {
    let workshop = workshop("r.io/web:1 oci:parts/web\n");
    let options =
        Options { pull_policy: PullPolicy::Never, allow_missing: AllowMissing::All, ..workshop.options("demo/app:v1") };
    let built = workshop.build_with(options).unwrap();
    assert_eq!(built.container_images.len(), 1);
    assert_eq!(built.missing[0].to_string(), "r.io/init:1");
    assert!(workshop.warnings.lock().unwrap()[0].contains("not carried: r.io/init:1"));
}

#[test]
fn ignored_images_and_lite_builds_carry_nothing() {
    let workshop = workshop("");
    let never = || Options { pull_policy: PullPolicy::Never, ..workshop.options("demo/app:v1") };
    let ignored_images = vec!["r.io/web:1".parse().unwrap(), "r.io/init:1".parse().unwrap()];
    let built = workshop.build_with(Options { ignored_images, ..never() }).unwrap();
    assert!(built.container_images.is_empty());
    let built = workshop.build_with(Options { mode: Mode::Lite, ..never() }).unwrap();
    assert!(built.container_images.is_empty() && built.missing.is_empty());
}

#[test]
fn given_lists_add_images_and_must_agree_with_the_others() {
    let workshop = workshop(LIST);
    workshop.write("more", "r.io/more:1 oci:parts/web\n");
    let image_lists = vec![workshop.context().join("more")];
    let options = || Options { image_lists: image_lists.clone(), ..workshop.options("demo/app:v1") };
    assert_eq!(workshop.build_with(options()).unwrap().container_images.len(), 3);
    workshop.write("more", "r.io/web:1 oci:parts/init\n");
    let error = workshop.refused(options());
    assert!(error.contains("more:1: another list gives this image another source, oci:parts/web"), "{error}");
}

#[test]
fn what_the_store_has_needs_no_registry() {
    let workshop = workshop(LIST);
    workshop.build("demo/app:v1");
    workshop.write("manifests/imageList", "");
    let options = Options { pull_policy: PullPolicy::Missing, ..workshop.options("demo/other:v1") };
    assert_eq!(workshop.build_with(options).unwrap().container_images.len(), 2);
}

#[test]
fn files_that_cannot_be_looked_into_stop_a_build() {
    let workshop = workshop(LIST);
    workshop.write("manifests/broken.yaml", "a: [1");
    let error = workshop.refused(workshop.options("demo/app:v1"));
    assert!(error.contains("manifests/broken.yaml: is neither YAML nor JSON"), "{error}");
    let options = Options { allow_missing: AllowMissing::All, ..workshop.options("demo/app:v1") };
    workshop.build_with(options).unwrap();
}

#[test]
fn a_name_that_may_be_missing_on_one_platform_stays_allowed_although_another_has_it() {
    let workshop = workshop(LIST);
    let options = || Options {
        platforms: vec![amd64(), Platform::linux("arm64")],
        pull_policy: PullPolicy::Never,
        allow_missing: AllowMissing::Named(vec!["r.io/init:1".parse().unwrap(), "r.io/web:1".parse().unwrap()]),
        ..workshop.options("demo/app:v1")
    };
    // init is there for amd64 alone, web for both
    let built = workshop.build_with(options()).unwrap();
    let allowed: Vec<String> = workshop.catalog(&built).allowed_missing.iter().map(ToString::to_string).collect();
    assert_eq!(allowed, ["r.io/init:1"]);
    let proof = sealer_build::completeness(&workshop.store, &built.name).unwrap();
    let told = |all: &[sealer_build::Leaving]| -> Vec<String> {
        all.iter().map(|each| format!("{} {}", each.name, each.platform)).collect()
    };
    assert_eq!((told(&proof.leaving), told(&proof.allowed)), (vec![], vec!["r.io/init:1 linux/arm64".to_owned()]));
    workshop.write("Kubefile", "FROM demo/app:v1\nCOPY web.yaml etc/");
    workshop.build_with(Options { allow_missing: AllowMissing::None, ..options() }).unwrap();
}

#[test]
fn a_list_of_images_that_is_not_there_is_an_error() {
    let workshop = workshop(LIST);
    let image_lists = vec![workshop.context().join("no-list")];
    let error = workshop.refused(Options { image_lists, ..workshop.options("demo/app:v1") });
    assert!(error.contains("no-list"), "{error}");
}
