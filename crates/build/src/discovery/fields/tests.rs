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
