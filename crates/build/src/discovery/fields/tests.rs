//! The table of known fields, and tables of others.

use super::*;
use serde_json::json;

#[test]
fn the_built_in_table_can_be_read() {
    assert!(ImageFields::known().0.len() > 80);
}

#[test]
fn fields_and_names_made_of_fields_are_found_in_their_resource_only() {
    let fields = ImageFields::known();
    let elasticsearch = |spec: Value| {
        fields.images(&json!({"apiVersion": "elasticsearch.k8s.elastic.co/v1", "kind": "Elasticsearch", "spec": spec}))
    };
    let own = [("docker.elastic.co/elasticsearch/elasticsearch:8.15.0".to_owned(), "spec.version".to_owned())];
    assert_eq!(elasticsearch(json!({"version": "8.15.0"})), own);
    let other = [("r.io/es:8".to_owned(), "spec.image".to_owned())];
    assert_eq!(elasticsearch(json!({"version": "8.15.0", "image": "r.io/es:8"})), other);
    let foreign = json!({"apiVersion": "example.com/v1", "kind": "Elasticsearch", "spec": {"version": "8.15.0"}});
    assert_eq!(fields.images(&foreign), []);
}

#[test]
fn users_bring_their_own() {
    let mut fields = ImageFields::default();
    let text =
        "- resources: [Cache.example.com]\n  images:\n  - spec.nodes.*.img\n  - {name: 'a.io/x:{spec.v}-{spec.w}'}\n";
    fields.add(text).unwrap();
    let document = json!({"apiVersion": "example.com/v1", "kind": "Cache", "spec": {
        "nodes": [{"img": "r.io/a:1"}, {}, {"img": "r.io/b:1"}], "v": 7, "w": "ubi"}});
    let found = fields.images(&document);
    let expected =
        [("r.io/a:1", "spec.nodes[0].img"), ("r.io/b:1", "spec.nodes[2].img"), ("a.io/x:7-ubi", "spec.v + spec.w")];
    assert_eq!(found, expected.map(|(name, field)| (name.to_owned(), field.to_owned())));
}

#[test]
fn a_table_that_is_none_is_refused_with_the_reason() {
    for (text, reason) in [
        ("- resources: [Cache]\n  images: [spec.image]", "KIND.GROUP"),
        ("- resources: [Cache.example.com]\n  images: ['spec..image']", "is not a path"),
        ("- resources: [Cache.example.com]\n  images: [{name: 'x:{spec.v'}]", "without a }"),
        ("- resources: [Cache.example.com]\n  image: [spec.image]", "image"),
        ("resources: 1", ""),
    ] {
        let error = ImageFields::default().add(text).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
}

/// A row of `resources.txt`: a resource, its spec (or other fields), and the images it names.
struct Row {
    resource: &'static str,
    document: Value,
    images: Vec<&'static str>,
}

fn rows() -> Vec<Row> {
    let row = |line: &'static str| {
        let [resource, fields, images] = line.splitn(3, " |").collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (kind, group) = resource.split_once('.').unwrap();
        let fields = fields.trim();
        let fields = if fields.starts_with('{') { format!("spec: {fields}") } else { fields.to_owned() };
        let mut document: Value = serde_saphyr::from_str(&fields).unwrap_or_else(|error| panic!("{line}: {error}"));
        document["apiVersion"] = json!(format!("{group}/v1"));
        document["kind"] = json!(kind);
        document["metadata"] = json!({"name": "x", "labels": {"image": "r.io/label:1"}});
        // what such resources also have, and what names no image
        for (key, value) in [
            ("replicas", json!(3)),
            ("serviceAccountName", json!("web:1")),
            ("storage", json!({"storageClassName": "fast.example.com/ssd", "size": "10Gi"})),
            ("endpoint", json!("redis.example.com:6379")),
            ("url", json!("https://example.com/path:1")),
            ("podLabels", json!({"app.kubernetes.io/name": "web"})),
            ("taint", json!("node.kubernetes.io/unreachable:NoExecute")),
        ] {
            document["spec"][key] = value;
        }
        Row { resource, document, images: images.split_whitespace().collect() }
    };
    include_str!("resources.txt").lines().map(row).collect()
}

#[test]
fn a_resource_of_a_known_operator_gives_its_images_and_nothing_else() {
    let fields = ImageFields::known();
    for Row { resource, document, images } in rows() {
        let found = crate::discovery::search::images(&document, &fields);
        let found: std::collections::BTreeSet<&str> = found.iter().map(|found| found.image.as_str()).collect();
        assert_eq!(found, images.into_iter().collect(), "{resource} {document}");
    }
}

#[test]
fn every_resource_of_the_table_has_a_row() {
    let rows = rows();
    let lacking = ImageFields::known().0.into_keys().filter(|resource| rows.iter().all(|row| row.resource != resource));
    assert_eq!(lacking.collect::<Vec<String>>(), [""; 0]);
}
