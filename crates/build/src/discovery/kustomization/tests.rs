//! What kustomizations make of images.

use super::*;
use crate::context::Kind;
use crate::discovery::{ImageFields, search};
use crate::files::{Entry, Files};
use std::fs;

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  template:
    spec:
      initContainers: [{name: init, image: busybox}]
      containers:
      - {name: web, image: nginx:1.25}
      - {name: log, image: r.io/log:1}
";

/// The images that the kustomization in `folder` makes of these files, sorted.
fn made(folder: &str, texts: &[(&str, &str)]) -> Result<Vec<String>, Problem> {
    let directory = tempfile::tempdir().unwrap();
    let mut files = Files::new();
    for (index, (path, text)) in texts.iter().enumerate() {
        let source = directory.path().join(index.to_string());
        fs::write(&source, text).unwrap();
        let kind = Kind::File { source, size: text.len() as u64 };
        files.insert((*path).to_owned(), Entry { kind, mode: 0o644, owner: (0, 0) });
    }
    let resources = Kustomizations::of(Tree(&files)).build(folder)?;
    let images = resources.iter().flat_map(|resource| search::images(&resource.value, &ImageFields::known()));
    let mut images: Vec<String> = images.map(|found| found.image).collect();
    images.sort();
    Ok(images)
}

/// The images of `WEB` under a kustomization with these lines.
fn with(lines: &str) -> Vec<String> {
    made("k", &[("k/web.yaml", WEB), ("k/kustomization.yaml", &format!("resources: [web.yaml]\n{lines}"))]).unwrap()
}

#[test]
fn patches_and_transformers_change_images() {
    for (lines, expected) in [
        ("", ["busybox", "nginx:1.25", "r.io/log:1"]),
        (
            "images: [{name: nginx, newTag: '1.27'}, {name: r.io/log, newName: q.io/log}]",
            ["busybox", "nginx:1.27", "q.io/log:1"],
        ),
        (
            "patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, \
             spec: {template: {spec: {containers: [{name: web, image: n:2}]}}}}'}]",
            ["busybox", "n:2", "r.io/log:1"],
        ),
        (
            "patches: [{target: {kind: Deploy.*, labelSelector: app=web}, \
             patch: '[{op: replace, path: /spec/template/spec/containers/1/image, value: l:2}]'}]",
            ["busybox", "l:2", "nginx:1.25"],
        ),
        (
            "patchesJson6902: [{target: {group: apps, version: v1, kind: Deployment, name: web}, \
             patch: '[{op: add, path: /spec/template/spec/containers/-, value: {name: x, image: x}}, \
             {op: remove, path: /spec/template/spec/containers/0}]'}]",
            ["busybox", "r.io/log:1", "x"],
        ),
        (
            "patchesStrategicMerge:\n- |\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: web}\n  \
             spec: {template: {spec: {initContainers: [{name: init, $patch: delete}], containers: [{name: new, image: z}]}}}",
            ["nginx:1.25", "r.io/log:1", "z"],
        ),
        (
            "patches: [{target: {name: other}, patch: '[{op: remove, path: /nowhere}]'}]",
            ["busybox", "nginx:1.25", "r.io/log:1"],
        ),
    ] {
        assert_eq!(with(lines), expected, "{lines}");
    }
    let delete = "patches: [{patch: '{kind: Deployment, metadata: {name: web}, $patch: delete}'}]";
    assert!(with(delete).is_empty());
}

#[test]
fn overlays_change_what_their_bases_make_and_may_use_the_names_made_there() {
    let files = [
        ("base/web.yaml", WEB),
        ("base/kustomization.yml", "resources: [web.yaml]\nnamePrefix: my-\nimages: [{name: busybox, newTag: '1'}]"),
        ("parts/debug/kustomization.yaml", "kind: Component\npatches: [{path: p.yaml, target: {kind: Deployment}}]"),
        ("parts/debug/p.yaml", "[{op: add, path: /spec/template/spec/containers/-, value: {name: d, image: debug:1}}]"),
        (
            "overlays/one/Kustomization",
            "resources: [../../base]\ncomponents: [../../parts/debug]\nimages: [{name: nginx, newTag: '2'}, {name: debug, digest: 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}]\n\
             patches: [{patch: '{kind: Deployment, metadata: {name: my-web}, spec: {template: {spec: {containers: [{name: log, image: l:9}]}}}}'}]",
        ),
    ];
    let digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(
        made("overlays/one", &files).unwrap(),
        ["busybox:1".to_owned(), format!("debug@{digest}"), "l:9".into(), "nginx:2".into()]
    );
}

#[test]
fn generated_config_maps_are_looked_into() {
    let files = [
        (
            "k/kustomization.yaml",
            "configMapGenerator: [{name: c, files: [a.yaml=pod.yaml], literals: ['image=b:1'], envs: [x.env]}]",
        ),
        ("k/pod.yaml", "kind: Pod\nspec: {containers: [{name: a, image: a:1}]}\n"),
        ("k/x.env", "# no\nSIDECAR_IMAGE=c:1\n"),
    ];
    assert_eq!(made("k", &files).unwrap(), ["a:1", "b:1", "c:1"]);
}

#[test]
fn what_cannot_be_carried_out_is_told_with_file_and_reason() {
    for (lines, reason) in [
        ("resources: [gone.yaml]", "k/gone.yaml is not in the rootfs"),
        ("resources: ['https://github.com/a/b']", "a closed site cannot fetch it"),
        ("resources: [../../out]", "leads out of the rootfs"),
        ("resources: [../k]", "nested too deeply, or one names itself"),
        ("helmCharts: [{name: x}]", "helmCharts cannot be carried out here: put the chart into charts/"),
        ("resources: {a: 1}", "is no kustomization"),
        ("patches: [{patch: '[{op: remove, path: /x}]'}]", "a list of operations without a target"),
        (
            "resources: [web.yaml]\npatches: [{target: {kind: Deployment}, patch: '[{op: remove, path: /x}]'}]",
            "remove /x: there is no such place",
        ),
        ("replacements: [{targets: [{fieldPaths: [spec.image]}]}]", "replacements of images"),
        ("patches: [{path: gone}]", "k/gone is not in the rootfs"),
    ] {
        let problem = made("k", &[("k/web.yaml", WEB), ("k/kustomization.yaml", lines)]).unwrap_err();
        assert_eq!(problem.file, "k/kustomization.yaml");
        assert!(problem.reason.contains(reason), "{}", problem.reason);
    }
    let problem = made("k", &[("k/a.yaml", "a: [1"), ("k/kustomization.yaml", "resources: [a.yaml]")]).unwrap_err();
    assert_eq!(problem.file, "k/a.yaml");
}

#[test]
fn configurations_tell_of_further_places_of_images() {
    let custom = "apiVersion: x.io/v1\nkind: Web\nmetadata: {name: w}\nspec: {parts: [{image: nginx:1.25}], other: {image: nginx:1.25}}\n";
    let with = |configuration: &str| {
        let kustomization =
            "resources: [w.yaml]\nimages: [{name: nginx, newTag: '2'}]\nconfigurations: [places.yaml]\n";
        made("k", &[("k/w.yaml", custom), ("k/kustomization.yaml", kustomization), ("k/places.yaml", configuration)])
    };
    let both = ["nginx:1.25", "nginx:2"].map(str::to_owned).to_vec();
    assert_eq!(with("images: [{path: 'spec/parts[]/image', kind: Web, group: x.io}]"), Ok(both));
    assert_eq!(with("images: [{path: 'spec/parts/image', kind: Other}]"), Ok(vec!["nginx:1.25".to_owned(); 2]));
    assert!(with("images: 3").unwrap_err().reason.contains("configuration of transformers"));
}

#[test]
fn fields_that_nobody_knows_are_told() {
    let problem = made("k", &[("k/kustomization.yaml", "imagez: [{name: nginx, newTag: '2'}]\n")]).unwrap_err();
    assert_eq!(problem.reason, "imagez is no field of a kustomization");
    let harmless = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: x\nlabels: []\n";
    assert_eq!(made("k", &[("k/kustomization.yaml", harmless)]), Ok(Vec::new()));
}
