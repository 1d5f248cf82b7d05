//! What becomes of an object when the chart, the cluster and the former release each have a word on it.

use super::*;
use serde_json::json;

fn pod(containers: Value) -> Value {
    json!({"spec": {"containers": containers}})
}

#[test]
fn a_patch_takes_the_cluster_to_what_the_new_revision_wants() {
    let cases = [
        ("nothing changed", json!({"a": 1}), json!({"a": 1, "status": 2}), json!({"a": 1}), Value::Null),
        ("a field of ours is removed", json!({"a": 1}), json!({"a": 1, "b": 2}), json!({}), json!({"a": null})),
        ("fields of others stay", json!({}), json!({"x": {"theirs": 1}}), json!({"x": {}}), Value::Null),
        ("drift is taken back", json!({"a": 1}), json!({"a": 7}), json!({"a": 1}), json!({"a": 1})),
        ("what drifted and is ours no more goes", json!({"a": 1}), json!({"a": 7}), json!({}), json!({"a": null})),
        ("null says nothing", json!({}), json!({}), json!({"a": null, "b": {"c": null}}), json!({"b": {}})),
        ("null removes", json!({"a": 1}), json!({"a": 1}), json!({"a": null}), json!({"a": null})),
        ("other lists are one value", json!({"l": [1]}), json!({"l": [1, 2]}), json!({"l": [3]}), json!({"l": [3]})),
        ("another kind of value", json!({"a": {"b": 1}}), json!({"a": {"b": 1}}), json!({"a": "c"}), json!({"a": "c"})),
    ];
    for (name, old, live, new, expected) in cases {
        assert_eq!(patch(&old, &live, &new).unwrap_or(Value::Null), expected, "{name}");
    }
}

#[test]
fn containers_are_merged_by_name() {
    let old = pod(
        json!([{"name": "web", "image": "a:1", "env": [{"name": "A", "value": "1"}]}, {"name": "old", "image": "b"}]),
    );
    let live = pod(json!([
        {"name": "web", "image": "a:1", "env": [{"name": "A", "value": "1"}, {"name": "ADDED", "value": "x"}], "terminationMessagePath": "/dev"},
        {"name": "old", "image": "b"},
        {"name": "sidecar", "image": "injected"},
    ]));
    let new = pod(json!([{"name": "new", "image": "c"}, {"name": "web", "image": "a:2", "env": []}]));
    let expected = pod(json!([
        {"name": "new", "image": "c"},
        {"name": "web", "image": "a:2", "env": [{"name": "ADDED", "value": "x"}], "terminationMessagePath": "/dev"},
        {"name": "sidecar", "image": "injected"},
    ]));
    assert_eq!(patch(&old, &live, &new).unwrap(), expected);
}

#[test]
fn ports_of_services_keep_what_the_cluster_chose() {
    let service = |port: Value| json!({"spec": {"ports": [port]}});
    let old = service(json!({"port": 80, "targetPort": 8080}));
    let live = service(json!({"port": 80, "targetPort": 8080, "protocol": "TCP", "nodePort": 31000}));
    let new = service(json!({"port": 80, "targetPort": 9090}));
    let expected = service(json!({"port": 80, "targetPort": 9090, "protocol": "TCP", "nodePort": 31000}));
    assert_eq!(patch(&old, &live, &new).unwrap(), expected);
}

#[test]
fn lists_with_a_key_twice_are_one_value() {
    let old = json!({});
    let live = pod(json!([{"name": "a", "x": 1}, {"name": "a"}]));
    let new = pod(json!([{"name": "a"}]));
    assert_eq!(patch(&old, &live, &new).unwrap(), pod(json!([{"name": "a"}])));
}
