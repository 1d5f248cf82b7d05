//! What is found in one document, and what is not.

use super::*;
use crate::discovery::images_of_text;
use proptest::prelude::*;

/// `image <- document field` of everything that a text names.
fn found(text: &str) -> Vec<String> {
    let found = images_of_text(text, &ImageFields::known()).unwrap();
    let line = |each: Found| {
        let document = each.document.map(|document| format!("{document} ")).unwrap_or_default();
        format!("{} <- {document}{}", each.image, each.field)
    };
    found.into_iter().map(line).collect()
}

/// The images alone.
fn names(text: &str) -> Vec<String> {
    images_of_text(text, &ImageFields::known()).unwrap().into_iter().map(|found| found.image).collect()
}

#[test]
fn every_kind_of_workload_is_looked_into_where_its_pod_spec_is() {
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
        ("CloneSet", template),
        ("Unknown", "spec.server.podTemplate.spec"),
    ] {
        let mut text = format!("kind: {kind}\nmetadata: {{name: web}}\n");
        let mut indent = String::new();
        for key in path.split('.') {
            text.push_str(&format!("{indent}{key}:\n"));
            indent.push_str("  ");
        }
        text.push_str(&format!("{indent}containers: [{{name: c, image: x}}]\n"));
        assert_eq!(found(&text), [format!("x <- {kind}/web {path}.containers[0].image")]);
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
  - name: c
    image: b
    command: [sh, -c, "run --image=e:5"]
    args: [--reloader=quay.io/x/reloader:v0.6, --sidecar-image, "f:6", --log=debug, --addr=web.example.com:80]
    env:
    - {name: RELATED_IMAGE_WEB, value: "g:7"}
    - {name: BACKUP, value: quay.io/x/backup@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855}
    - {name: KAFKA_IMAGES, value: "3.9=quay.io/x/kafka:3.9\n3.8=quay.io/x/kafka:3.8\n"}
    - {name: ADDRESS, value: "redis:6379"}
    - {name: FROM, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
  - name: none
  ephemeralContainers: [{image: c:3}]
  tolerations: [{key: "node.kubernetes.io/unreachable:NoExecute"}]
  volumes:
  - name: v
    image: {reference: d:4}
"#;
    let digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let mut all = names(text);
    all.sort();
    let backup = format!("quay.io/x/backup@{digest}");
    let kafka = ["quay.io/x/kafka:3.8", "quay.io/x/kafka:3.9"];
    let mut expected = vec!["a:1", "b", "c:3", "d:4", "e:5", "f:6", "g:7", "quay.io/x/reloader:v0.6", &backup];
    expected.extend(kafka);
    expected.sort_unstable();
    assert_eq!(all, expected);
}

#[test]
fn several_documents_lists_anchors_and_comments_are_yaml() {
    let text = "
# image: no:1
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
spec: {description: 'image: no:3', image: 'quay.io/no/no:4'}
---
kind: Anything
spec: {x: {description: 'quay.io/no/no:5', openAPIV3Schema: {default: 'quay.io/no/no:6'}}, status: {image: no:7}}
";
    let expected = ["yes:1 <- Pod/a spec.containers[0].image", "yes:1 <- Pod/b spec.containers[0].image"];
    assert_eq!(found(text), expected);
}

#[test]
fn custom_resources_are_searched_by_table_and_by_the_names_of_their_fields() {
    for (text, expected) in [
        (
            "{apiVersion: monitoring.coreos.com/v1, kind: Prometheus, spec: {image: prom, thanos: {image: 'thanos:1'}}}",
            vec!["prom", "thanos:1"],
        ),
        (
            "{apiVersion: monitoring.coreos.com/v1, kind: Alertmanager, spec: {version: v0.27.0}}",
            vec!["quay.io/prometheus/alertmanager:v0.27.0"],
        ),
        (
            "{apiVersion: kafka.strimzi.io/v1beta2, kind: Kafka, spec: {kafka: {image: kafka}, kafkaExporter: {image: 'e:1'}}}",
            vec!["kafka", "e:1"],
        ),
        (
            "{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, spec: {imageName: 'ghcr.io/cnpg/pg:16'}}",
            vec!["ghcr.io/cnpg/pg:16"],
        ),
        ("{apiVersion: acid.zalan.do/v1, kind: postgresql, spec: {dockerImage: spilo}}", vec!["spilo"]),
        (
            "{apiVersion: x.io/v1, kind: Any, spec: {serverImage: 'a:1', image: 'quay.io/b', sub: [{image: 'c:2'}]}}",
            vec!["quay.io/b", "a:1", "c:2"],
        ),
        (
            "{apiVersion: x.io/v1, kind: Any, spec: {runner: 'quay.io/b/c:1', list: ['quay.io/b/c:2']}}",
            vec!["quay.io/b/c:2", "quay.io/b/c:1"],
        ),
        ("{apiVersion: x.io/v1, kind: Any, spec: {image: nginx, icon: {image: 'example.com/a.png'}}}", vec![]),
        (
            "{apiVersion: kyverno.io/v1, kind: ClusterPolicy, spec: {pattern: {spec: {containers: [{image: '!*:latest'}]}}}}",
            vec![],
        ),
        (
            "{kind: Application, spec: {helm: {parameters: [{name: image, value: 'a:1'}, {name: x, value: 'b:1'}]}}}",
            vec!["a:1"],
        ),
    ] {
        let mut names = names(text);
        names.dedup();
        assert_eq!(names, expected, "{text}");
    }
}

#[test]
fn names_in_parts_are_put_together() {
    let digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for (spec, expected) in [
        ("{repository: a/b, tag: '1'}", Some("a/b:1 {repository,tag}".to_owned())),
        ("{registry: r.io, repository: a/b, tag: 7}", Some("r.io/a/b:7 {registry,repository,tag}".to_owned())),
        ("{registry: r.io, repository: q.io/a/b, tag: v1}", Some("q.io/a/b:v1 {repository,tag}".to_owned())),
        (
            &format!("{{repository: a, tag: v1, digest: '{digest}'}}"),
            Some(format!("a:v1@{digest} {{repository,tag,digest}}")),
        ),
        (&format!("{{repository: a, sha: {}}}", &digest[7..]), Some(format!("a@{digest} {{repository,sha}}"))),
        (
            "{repository: nvcr.io/nvidia, image: driver, version: '525'}",
            Some("nvcr.io/nvidia/driver:525 {repository,image,version}".to_owned()),
        ),
        ("{image: a, imageTag: v2}", Some("a:v2 {image,imageTag}".to_owned())),
        ("{repository: 'https://charts.example.com', tag: '1'}", None),
        ("{repository: a/b}", None),
        ("{repository: a/b, tag: ''}", None),
        ("{repository: a/b, version: '1'}", None),
        ("{repository: {x: 1}, tag: [1]}", None),
    ] {
        let found = found(&format!("{{kind: Any, metadata: {{name: x}}, spec: {spec}}}"));
        let expected = expected.map(|expected| expected.replacen(' ', " <- Any/x spec.", 1));
        assert_eq!(found.first().cloned(), expected, "{spec}");
    }
}

#[test]
fn texts_in_config_maps_and_secrets_are_looked_into() {
    let text = r#"
kind: ConfigMap
metadata: {name: c}
data:
  app.yaml: |
    kind: Pod
    metadata: {name: p}
    spec: {containers: [{name: x, image: a:1}]}
  image: quay.io/b/b:1
  note: 'see image: no:1'
  values: '{"global":{"hub":"docker.io/istio","tag":"1.20","proxy":{"image":"proxyv2"}}}'
  inject: |
    containers:
    - image: "{{ .ProxyImage }}"
      {{- if .Debug }}
    - image: debug:1
      {{- end }}
  crd.yaml: |
    kind: CustomResourceDefinition
    spec: {image: no:2}
---
kind: Secret
metadata: {name: s}
stringData: {conf: "x: 1\nimage: c:1\n"}
data: {conf: a2luZDogUG9kCnNwZWM6IHtjb250YWluZXJzOiBbe25hbWU6IHgsIGltYWdlOiBkOjF9XX0K}
"#;
    assert_eq!(
        found(text),
        [
            "a:1 <- ConfigMap/c data[\"app.yaml\"]: Pod/p spec.containers[0].image",
            "quay.io/b/b:1 <- ConfigMap/c data.image",
            "debug:1 <- ConfigMap/c data.inject",
            "docker.io/istio/proxyv2:1.20 <- ConfigMap/c data.values: global.proxy.image",
            "d:1 <- Secret/s data.conf: Pod/? spec.containers[0].image",
            "c:1 <- Secret/s stringData.conf: image",
        ]
    );
}

#[test]
fn annotations_list_images_or_are_one() {
    let text = "
kind: Any
metadata:
  name: x
  labels: {a: quay.io/no/no:1}
  annotations:
    helm.sh/images: |
      - {name: a, image: a:1}
      - {name: b, image: 'quay.io/b/b@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}
    artifacthub.io/images: '[{image: c:1}]'
    sidecar.istio.io/proxyImage: d:1
    documentation: 'use image: no:2'
    alm-examples: '[{\"spec\": {\"image\": \"quay.io/no/no:3\"}}]'
";
    assert_eq!(
        names(text),
        ["a:1", "quay.io/b/b@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "c:1", "d:1",]
    );
}

#[test]
fn a_workload_whose_image_is_no_name_is_certain_and_a_placeholder_elsewhere_is_nothing() {
    let found = images_of_text("{kind: Pod, spec: {containers: [{image: $(IMAGE)}]}}", &ImageFields::known()).unwrap();
    assert!(found[0].certain && found[0].image == "$(IMAGE)");
    assert!(names("{kind: WorkflowStep, spec: {containers: [{name: x, image: '{{inputs.image}}'}]}}").is_empty());
    assert!(
        names("{kind: Deployment, spec: {template: {spec: {containers: [{name: istio-proxy, image: auto}]}}}}")
            .is_empty()
    );
}

/// Documents of any shape with the words that the search knows in them.
fn documents() -> impl Strategy<Value = Value> {
    let words = prop_oneof![
        Just("image"),
        Just("containers"),
        Just("data"),
        Just("annotations"),
        Just("repository"),
        Just("tag"),
        Just("hub"),
        Just("volumes"),
        Just("value"),
        Just("kind"),
        Just("List"),
        Just("items"),
        Just("a/b:1"),
        Just("Secret"),
        Just("helm.sh/images"),
        Just("- image: x\n- {{"),
        Just("quay.io/é:1"),
        Just("=:@/"),
        Just(""),
        Just("YTogMQ=="),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words.clone().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, move |below| {
        prop_oneof![
            proptest::collection::vec(below.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((words.clone(), below), 0..6)
                .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_document_makes_the_search_panic_and_what_it_finds_for_sure_aside_is_a_name(document in documents()) {
        for found in images(&document, &ImageFields::known()) {
            prop_assert!(found.certain || found.image.parse::<sealer_model::Reference>().is_ok(), "{:?}", found);
        }
    }

    #[test]
    fn no_text_makes_the_search_panic(text in "[ -~\n]{0,200}") {
        let _ = images_of_text(&text, &ImageFields::known());
    }
}
