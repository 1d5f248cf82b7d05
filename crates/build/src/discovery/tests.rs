//! Which images a rootfs asks for.

use super::*;
use crate::files::Entry;
use std::fs;

/// What files with these texts ask for.
fn discovered(texts: &[(&str, &str)]) -> Discovered {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Files::new();
    for (index, (path, text)) in texts.iter().enumerate() {
        let source = folder.path().join(index.to_string());
        fs::write(&source, text).unwrap();
        let kind = Kind::File { source, size: text.len() as u64 };
        files.insert((*path).to_owned(), Entry { kind, mode: 0o644, owner: (0, 0) });
    }
    discover(&files).unwrap()
}

/// `image <- application file field` for each demand.
fn demands(texts: &[(&str, &str)]) -> Vec<String> {
    let discovered = discovered(texts);
    assert_eq!(discovered.unknown, Vec::<String>::new());
    let mut lines = Vec::new();
    for (name, wanted) in &discovered.demands.0 {
        for demand in &wanted.demands {
            let application = demand.application.as_deref().unwrap_or("-");
            lines.push(format!("{name} <- {application} {} {}", demand.file, demand.field));
        }
    }
    lines
}

#[test]
fn every_kind_of_workload_is_looked_into_where_its_pod_spec_is() {
    let text = |kind: &str, path: &str| {
        let mut text = format!("kind: {kind}\nmetadata: {{name: web}}\n");
        let mut indent = String::new();
        for key in path.split('.') {
            text.push_str(&format!("{indent}{key}:\n"));
            indent.push_str("  ");
        }
        text + &format!("{indent}containers: [{{image: 'r.io/x:1'}}]\n")
    };
    let template = "spec.template.spec";
    for (kind, path) in [
        ("Pod", "spec"),
        ("Deployment", template),
        ("StatefulSet", template),
        ("DaemonSet", template),
        ("ReplicaSet", template),
        ("ReplicationController", template),
        ("Job", template),
        ("CronJob", "spec.jobTemplate.spec.template.spec"),
        ("PodTemplate", "template.spec"),
    ] {
        let found = demands(&[("manifests/a.yaml", &text(kind, path))]);
        assert_eq!(found, [format!("r.io/x:1 <- - manifests/a.yaml {kind}/web {path}.containers[0].image")]);
    }
}

#[test]
fn every_field_of_a_pod_that_names_an_image_counts() {
    let text = r#"
kind: Pod
metadata: {generateName: p-}
spec:
  initContainers:
  - image: "a:1"   # first
  containers:
  - {name: c, image: b:2}
  - name: none
  ephemeralContainers: [{image: c@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855}]
  volumes:
  - name: v
    image:
      reference: d:4
"#;
    let found = demands(&[("application/apps/web/p.yml", text)]);
    let digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let place = "<- web application/apps/web/p.yml Pod/p- spec";
    assert_eq!(
        found,
        [
            format!("docker.io/library/a:1 {place}.initContainers[0].image"),
            format!("docker.io/library/b:2 {place}.containers[0].image"),
            format!("docker.io/library/c@{digest} {place}.ephemeralContainers[0].image"),
            format!("docker.io/library/d:4 {place}.volumes[0].image.reference"),
        ]
    );
}

#[test]
fn several_documents_lists_anchors_and_comments_are_yaml() {
    let text = "
# image: no:1
kind: ConfigMap
data: {x: 'image: no:2'}
---
kind: List
items:
- kind: Pod
  metadata: {name: a}
  spec: &spec {containers: [{image: yes:1}]}
- kind: PodList
  items:
  - kind: Pod
    metadata: {name: b}
    spec: *spec
---
---
kind: CustomResourceDefinition
spec: {description: 'image: no:3'}
";
    let found = demands(&[("manifests/x/all.yaml", text)]);
    assert_eq!(
        found,
        [
            "docker.io/library/yes:1 <- - manifests/x/all.yaml Pod/a spec.containers[0].image",
            "docker.io/library/yes:1 <- - manifests/x/all.yaml Pod/b spec.containers[0].image",
        ]
    );
}

#[test]
fn the_image_list_asks_too_and_knows_sources() {
    let discovered = discovered(&[("manifests/imageList", "# x\nredis:7 docker-archive:parts/redis.tar\n")]);
    let wanted = &discovered.demands.0[&"redis:7".parse().unwrap()];
    assert_eq!(wanted.demands[0].field, "line 2");
    assert_eq!(wanted.source.as_ref().unwrap().path, "parts/redis.tar");
}

#[test]
fn other_folders_and_other_files_are_not_manifests() {
    let pod = "kind: Pod\nspec: {containers: [{image: x}]}";
    assert!(demands(&[("etc/a.yaml", pod), ("manifests/a.json.txt", pod), ("manifests.yaml", pod)]).is_empty());
}

#[test]
fn what_cannot_be_looked_into_is_named() {
    let discovered = discovered(&[
        ("manifests/a.yaml.tmpl", "image: x"),
        ("manifests/broken.yaml", "a: [1"),
        ("manifests/name.yaml", "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: $(IMAGE)}]}"),
        ("charts/redis/Chart.yaml", "name: redis"),
        ("charts/redis/charts/sub/Chart.yaml", "name: sub"),
        ("application/apps/web/Chart.yaml", "name: web"),
        ("application/apps/web/templates/x.yaml", "{{ broken }}"),
    ]);
    let expected = [
        "application/apps/web is a chart",
        "charts/redis is a chart",
        "manifests/broken.yaml is not YAML",
        "manifests/name.yaml Pod/p spec.containers[0].image: \"$(IMAGE)\" is not an image name",
    ];
    assert_eq!(discovered.templates, ["manifests/a.yaml.tmpl"]);
    assert_eq!(discovered.unknown.len(), expected.len(), "{:?}", discovered.unknown);
    for (reason, expected) in discovered.unknown.iter().zip(expected) {
        assert!(reason.starts_with(expected), "{reason}");
    }
}

#[test]
fn an_alias_bomb_is_not_expanded() {
    let mut text = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (next, last) in "bcdefghijklmnop".chars().zip("abcdefghijklmno".chars()) {
        text.push_str(&format!("{next}: &{next} [*{last},*{last},*{last},*{last},*{last},*{last},*{last}]\n"));
    }
    assert_eq!(discovered(&[("manifests/bomb.yaml", &text)]).unknown.len(), 1);
}
