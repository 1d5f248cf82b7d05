//! Server-side apply: the server remembers who has set which field, and refuses to overwrite what somebody else has set. What an earlier
//! `kubectl apply` of the same manifests has set becomes ours first: otherwise fields that the manifests give up would stay for ever.

use super::{AT_ONCE, account};
use crate::client::{APPLIER, Applying};
use crate::cluster::{Cluster, about};
use crate::error::{Cause, Error, Result};
use crate::merge::without_nulls;
use crate::object::{Identity, Object};
use crate::wait::Deadline;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

/// Under which name `kubectl apply` without `--server-side` sets fields.
const KUBECTL: &str = "kubectl-client-side-apply";

/// Applies objects; those of one kind go at the same time, kinds one after the other. Until the deadline it is waited for the account
/// that pods run as.
pub(crate) async fn on_server(cluster: &Cluster, objects: &[Object], how: Applying, deadline: Deadline) -> Result<()> {
    for kind in objects.chunk_by(|one, other| one.identity.kind == other.identity.kind) {
        let each = kind.iter().map(|object| async move {
            let path = cluster.kinds.path(&object.identity)?;
            let applied = account::once_there(deadline, || attempt(cluster, &path, object, how)).await;
            applied.map_err(about("apply", &object.identity))
        });
        stream::iter(each).buffered(AT_ONCE).try_collect::<Vec<_>>().await?;
    }
    Ok(())
}

/// Applies one object, and gives what it becomes.
pub(crate) async fn one(cluster: &Cluster, object: &Object, how: Applying) -> Result<Value> {
    let path = cluster.kinds.path(&object.identity)?;
    attempt(cluster, &path, object, how).await.map_err(about("apply", &object.identity))
}

async fn attempt(cluster: &Cluster, path: &str, object: &Object, how: Applying) -> Result<Value> {
    let applied = cluster.client.apply(path, &wanted(&object.content), how).await;
    applied.map_err(|error| conflict(error, &object.identity))
}

/// An object without what only the server says of it.
fn wanted(content: &Value) -> Value {
    let mut wanted = without_nulls(content);
    if let Some(map) = wanted.as_object_mut() {
        map.remove("status");
    }
    if let Some(metadata) = wanted.get_mut("metadata").and_then(Value::as_object_mut) {
        for name in ["managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"] {
            metadata.remove(name);
        }
    }
    name_protocols(&mut wanted);
    wanted
}

/// Writes the protocol of ports out that say none, which is TCP: it is a part of what tells ports apart, and servers before Kubernetes 1.21
/// do not fill it in before they compare.
fn name_protocols(object: &mut Value) {
    let version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let group = version.split_once('/').map_or("", |(group, _)| group);
    if group.contains('.') && !group.ends_with(".k8s.io") {
        return;
    }
    if object.get("kind").and_then(Value::as_str) == Some("Service") {
        object.pointer_mut("/spec/ports").into_iter().for_each(name_protocols_of);
    }
    of_containers(object);
}

fn of_containers(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(of_containers),
        Value::Object(map) => {
            for (name, below) in map {
                if let ("containers" | "initContainers", Value::Array(containers)) = (name.as_str(), &mut *below) {
                    let ports = containers.iter_mut().filter_map(|container| container.get_mut("ports"));
                    ports.for_each(name_protocols_of);
                }
                of_containers(below);
            }
        }
        _ => {}
    }
}

fn name_protocols_of(ports: &mut Value) {
    for port in ports.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        port.entry("protocol").or_insert_with(|| Value::from("TCP"));
    }
}

/// A refusal because of what others have set, told field by field.
fn conflict(error: Error, object: &Identity) -> Error {
    let Error::Refused { reason, causes, .. } = &error else { return error };
    let told: Vec<String> = causes.iter().filter(|cause| cause.reason == "FieldManagerConflict").map(field).collect();
    match reason.as_str() {
        "Conflict" if !told.is_empty() => Error::Conflict { object: object.to_string(), fields: told },
        _ => error,
    }
}

/// `.spec.replicas (kubectl-edit)`
fn field(cause: &Cause) -> String {
    let manager = cause.message.split('"').nth(1).unwrap_or("somebody");
    format!("{} ({manager})", cause.field)
}

/// Makes what `kubectl apply` has set ours, where an object bears its marks and not yet our own.
pub(crate) async fn hand_over(cluster: &Cluster, object: &Identity, live: &Value) -> Result<()> {
    let Some(patch) = handed_over(live) else { return Ok(()) };
    let path = cluster.kinds.path(object)?;
    cluster.client.patch_json(&path, &patch).await.map(drop).map_err(about("take over", object))
}

/// The JSON patch that renames kubectl's entry; it holds only for the version of the object that was read.
fn handed_over(live: &Value) -> Option<Value> {
    let entries = live.pointer("/metadata/managedFields")?.as_array()?;
    let is = |entry: &Value, manager: &str, operation: &str| {
        entry.get("subresource").is_none() && entry["manager"] == manager && entry["operation"] == operation
    };
    if entries.iter().any(|entry| is(entry, APPLIER, "Apply")) {
        return None;
    }
    let place = entries.iter().position(|entry| is(entry, KUBECTL, "Update"))?;
    let version = live.pointer("/metadata/resourceVersion")?;
    let entry = format!("/metadata/managedFields/{place}");
    Some(json!([
        {"op": "test", "path": "/metadata/resourceVersion", "value": version},
        {"op": "replace", "path": format!("{entry}/manager"), "value": APPLIER},
        {"op": "replace", "path": format!("{entry}/operation"), "value": "Apply"},
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_names_each_field_and_who_has_set_it() {
        let cause = |field: &str, manager: &str| Cause {
            reason: "FieldManagerConflict".to_owned(),
            message: format!("conflict with \"{manager}\" using apps/v1"),
            field: field.to_owned(),
        };
        let refused = |reason: &str, causes: Vec<Cause>| {
            let (method, path, message) = (String::new(), String::new(), String::new());
            Error::Refused { method, path, code: 409, reason: reason.to_owned(), message, causes }
        };
        let object = Identity {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            namespace: Some("web".to_owned()),
            name: "site".to_owned(),
        };
        let two = vec![cause(".spec.replicas", "kubectl-edit"), cause(".spec.paused", "someone")];
        let told = conflict(refused("Conflict", two), &object).to_string();
        let expected = "Deployment web/site: somebody else has set what the manifest sets, too: \
                        .spec.replicas (kubectl-edit), .spec.paused (someone)";
        assert_eq!(told, expected);
        assert!(matches!(conflict(refused("Conflict", Vec::new()), &object), Error::Refused { .. }));
    }

    #[test]
    fn what_kubectl_applied_becomes_ours_once() {
        let entry = |manager: &str, operation: &str| json!({"manager": manager, "operation": operation});
        let live = |entries: Vec<Value>| json!({"metadata": {"resourceVersion": "7", "managedFields": entries}});
        let patch = handed_over(&live(vec![entry("other", "Update"), entry(KUBECTL, "Update")])).unwrap();
        assert_eq!(patch[0], json!({"op": "test", "path": "/metadata/resourceVersion", "value": "7"}));
        assert_eq!(patch[1]["path"], "/metadata/managedFields/1/manager");
        assert_eq!(handed_over(&live(vec![entry(KUBECTL, "Update"), entry("sealer", "Apply")])), None);
        assert_eq!(handed_over(&live(vec![entry("kubectl-edit", "Update")])), None);
    }

    #[test]
    fn ports_say_their_protocol() {
        let service = json!({"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 1}, {"port": 2, "protocol": "UDP"}]}});
        let ports = wanted(&service)["spec"]["ports"].clone();
        assert_eq!(ports, json!([{"port": 1, "protocol": "TCP"}, {"port": 2, "protocol": "UDP"}]));
        let template = json!({"template": {"spec": {"containers": [{"name": "a", "ports": [{"containerPort": 80}]}]}}});
        let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "spec": {"jobTemplate": {"spec": template}}});
        let port = "/spec/jobTemplate/spec/template/spec/containers/0/ports/0/protocol";
        assert_eq!(wanted(&cron).pointer(port), Some(&json!("TCP")));
        let custom =
            json!({"apiVersion": "example.com/v1", "kind": "Site", "spec": {"containers": [{"ports": [{"a": 1}]}]}});
        assert_eq!(wanted(&custom), custom);
    }

    #[test]
    fn what_only_the_server_says_is_not_applied() {
        let given = json!({"metadata": {"name": "a", "uid": "x", "labels": null}, "spec": {"a": null}, "status": {}});
        assert_eq!(wanted(&given), json!({"metadata": {"name": "a"}, "spec": {}}));
    }
}
