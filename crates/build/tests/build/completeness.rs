//! The proof that a finished image needs nothing from outside.

use crate::fixture::{Layout, Workshop, amd64};
use sealer_build::{AllowMissing, Options, PullPolicy, completeness};

const POD: &str = "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: 'r.io/a:1'}]}\n";

/// A workshop that has the image `r.io/a` in versions 1 and 2, and a context with these files.
fn workshop(files: &[(&str, &str)]) -> Workshop {
    let workshop = Workshop::new(files);
    let mut layout = Layout::new(&workshop.context().join("parts"));
    for version in ["1", "2"] {
        let image = layout.image(&amd64(), version);
        layout.name(version, &image);
    }
    workshop.write("manifests/imageList", "");
    workshop
}

fn options(workshop: &Workshop, tag: &str) -> Options {
    Options { pull_policy: PullPolicy::Never, ..workshop.options(tag) }
}

#[test]
fn a_built_image_is_complete_and_says_what_it_asks_for() {
    let workshop = workshop(&[("Kubefile", "FROM scratch\nCOPY manifests manifests"), ("manifests/p.yaml", POD)]);
    workshop.write("manifests/imageList", "r.io/a:1 oci:parts:1\n");
    workshop.build("demo:v1");
    let proof = completeness(&workshop.store, &"demo:v1".parse().unwrap()).unwrap();
    assert!(proof.is_complete(), "{proof:?}");
    assert_eq!(proof.asked_for, 1);
}

#[test]
fn an_overlay_of_the_files_of_the_base_is_seen() {
    let kubefile = "FROM scratch\nCOPY base manifests/base\nCOPY manifests/imageList manifests/imageList";
    let files = [("Kubefile", kubefile), ("base/p.yaml", POD), ("base/kustomization.yaml", "resources: [p.yaml]")];
    let workshop = workshop(&files);
    workshop.write("manifests/imageList", "r.io/a:1 oci:parts:1\n");
    workshop.build("base:v1");
    workshop.write("Kubefile", "FROM base:v1\nCOPY over manifests/over");
    workshop.write("over/kustomization.yaml", "resources: [../base]\nimages: [{name: r.io/a, newTag: '2'}]");
    let text = workshop.refused(options(&workshop, "demo:v2"));
    assert!(text.contains("r.io/a:2 for linux/amd64"), "{text}");
    assert!(
        text.contains(
            "manifests/base/p.yaml, Pod/p spec.containers[0].image (as manifests/over/kustomization.yaml makes it)"
        ),
        "{text}"
    );
    workshop.write("list", "r.io/a:2 oci:parts:2\n");
    let image_lists = vec![workshop.context().join("list")];
    let built = workshop.build_with(Options { image_lists, ..options(&workshop, "demo:v2") }).unwrap();
    assert_eq!(built.container_images.len(), 2);
    assert!(completeness(&workshop.store, &built.name).unwrap().is_complete());
}

#[test]
fn what_may_be_missing_is_named_recorded_and_inherited() {
    let files = [("Kubefile", "FROM scratch\nCOPY manifests manifests"), ("manifests/p.yaml", POD)];
    let workshop = workshop(&files);
    workshop.write("manifests/q.yaml", &POD.replace("r.io/a:1", "r.io/b:1"));
    let named = |name: &str| AllowMissing::Named(vec![name.parse().unwrap()]);
    let text = workshop.refused(Options { allow_missing: named("r.io/a:1"), ..options(&workshop, "base:v1") });
    assert!(text.contains("r.io/b:1") && !text.contains("r.io/a:1"), "{text}");
    workshop.write("manifests/imageList", "r.io/b:1 oci:parts:1\n");
    workshop.build_with(Options { allow_missing: named("r.io/a:1"), ..options(&workshop, "base:v1") }).unwrap();
    workshop.write("Kubefile", "FROM base:v1\nCOPY other other");
    workshop.write("other/x", "x");
    let built = workshop.build_with(options(&workshop, "demo:v1")).unwrap();
    let proof = completeness(&workshop.store, &built.name).unwrap();
    assert!(proof.is_complete());
    assert_eq!(proof.allowed[0].name.to_string(), "r.io/a:1");
    assert_eq!(proof.allowed[0].demands[0].file, "manifests/p.yaml");
    assert_eq!(workshop.catalog(&built).allowed_missing[0].to_string(), "r.io/a:1");
}

#[test]
fn an_image_that_lacks_something_is_told_of() {
    let files = [("Kubefile", "FROM scratch\nCOPY manifests manifests"), ("manifests/p.yaml", POD)];
    let workshop = workshop(&files);
    let lite = Options { mode: sealer_build::Mode::Lite, ..options(&workshop, "lite:v1") };
    workshop.build_with(lite).unwrap();
    let proof = completeness(&workshop.store, &"lite:v1".parse().unwrap()).unwrap();
    assert!(!proof.is_complete());
    assert_eq!(proof.leaving[0].name.to_string(), "r.io/a:1");
    assert!(completeness(&workshop.store, &"gone:v1".parse().unwrap()).is_err());
}

const BROKEN: &str = "kind: Pod\n  metadata: [\n";

#[test]
fn a_file_that_cannot_be_searched_is_accepted_by_its_name_alone() {
    let files = [("Kubefile", "FROM scratch\nCOPY manifests manifests"), ("manifests/broken.yaml", BROKEN)];
    let workshop = workshop(&files);
    let accepted = |file: &str, tag: &str| Options { allow_unsearched: vec![file.into()], ..options(&workshop, tag) };
    for refused in [options(&workshop, "base:v1"), accepted("manifests/other.yaml", "base:v1")] {
        let text = workshop.refused(refused);
        assert!(text.contains("manifests/broken.yaml: is neither YAML nor JSON"), "{text}");
        assert!(text.contains("--allow-unsearched FILE"), "{text}");
    }
    let built = workshop.build_with(accepted("manifests/broken.yaml", "base:v1")).unwrap();
    assert_eq!(workshop.catalog(&built).allowed_unsearched, ["manifests/broken.yaml"]);
    let proof = completeness(&workshop.store, &built.name).unwrap();
    assert!(proof.is_complete() && proof.unsearched.is_empty(), "{proof:?}");
    assert_eq!(proof.allowed_unsearched[0].file, "manifests/broken.yaml");

    // what is built on it inherits that, until it brings such a file of its own
    workshop.write("Kubefile", "FROM base:v1\nCOPY other other");
    workshop.write("other/x", "x");
    workshop.build_with(options(&workshop, "demo:v1")).unwrap();
    workshop.write("Kubefile", "FROM base:v1\nCOPY over manifests");
    workshop.write("over/broken.yaml", &format!("# again\n{BROKEN}"));
    let text = workshop.refused(options(&workshop, "demo:v2"));
    assert!(text.contains("manifests/broken.yaml"), "{text}");
}

#[test]
fn a_base_that_nobody_judged_is_judged_now() {
    let files = [("Kubefile", "FROM scratch\nCOPY manifests manifests"), ("manifests/broken.yaml", BROKEN)];
    let workshop = workshop(&files);
    let lite = Options { mode: sealer_build::Mode::Lite, ..options(&workshop, "base:v1") };
    workshop.build_with(lite).unwrap();
    workshop.write("Kubefile", "FROM base:v1\nCOPY other other");
    workshop.write("other/x", "x");
    let text = workshop.refused(options(&workshop, "demo:v1"));
    assert!(text.contains("manifests/broken.yaml"), "{text}");
    let all = Options { allow_missing: AllowMissing::All, ..options(&workshop, "demo:v1") };
    let built = workshop.build_with(all).unwrap();
    assert_eq!(workshop.catalog(&built).allowed_unsearched, ["manifests/broken.yaml"]);
    assert!(completeness(&workshop.store, &built.name).unwrap().is_complete());
}
