//! The reasons why objects are not ready, kind by kind, as the API would show them.

use super::pods::{Log, trouble};
use super::*;
use serde_json::json;

fn workload(kind: &str, spec: Value, status: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"generation": 2}, "spec": spec, "status": status})
}

fn text(readiness: Readiness) -> String {
    match readiness {
        Readiness::Ready => "ready".to_owned(),
        Readiness::Waiting(text) => format!("waiting: {text}"),
        Readiness::Failed(text) => format!("failed: {text}"),
    }
}

#[test]
fn workloads_are_ready_when_all_their_pods_are() {
    let seen = |mut status: Value| {
        status["observedGeneration"] = json!(2);
        status
    };
    let full = json!({"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2});
    let cases = [
        (workload("Deployment", json!({"replicas": 2}), seen(full.clone())), "ready"),
        (workload("Deployment", json!({"replicas": 0}), seen(json!({}))), "ready"),
        (
            workload("Deployment", json!({"replicas": 2}), json!({"observedGeneration": 1})),
            "waiting: the change has not been seen by its controller",
        ),
        (
            workload("Deployment", json!({"replicas": 2}), seen(json!({"updatedReplicas": 2, "availableReplicas": 1}))),
            "waiting: 1 of 2 pods are available",
        ),
        (
            workload("Deployment", json!({"replicas": 1}), seen(full.clone())),
            "waiting: 1 pods of the last revision have not ended",
        ),
        (
            workload(
                "Deployment",
                json!({}),
                seen(
                    json!({"conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "m"}]}),
                ),
            ),
            "failed: makes no progress (False): ProgressDeadlineExceeded: m",
        ),
        (
            workload(
                "Deployment",
                json!({}),
                seen(
                    json!({"conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "quota"}]}),
                ),
            ),
            "waiting: 0 of 1 pods are updated; FailedCreate: quota",
        ),
        (
            workload("StatefulSet", json!({"replicas": 3}), seen(json!({"readyReplicas": 2}))),
            "waiting: 2 of 3 pods are ready",
        ),
        (
            workload(
                "StatefulSet",
                json!({"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 1}}}),
                seen(json!({"readyReplicas": 3, "updatedReplicas": 1, "updateRevision": "b", "currentRevision": "a"})),
            ),
            "waiting: 1 of 2 pods are updated",
        ),
        (workload("StatefulSet", json!({"updateStrategy": {"type": "OnDelete"}}), seen(json!({}))), "ready"),
        (workload("DaemonSet", json!({}), json!({})), "waiting: has not been seen by its controller"),
        (
            workload(
                "DaemonSet",
                json!({}),
                seen(json!({"desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 1})),
            ),
            "waiting: 1 of 3 pods are available",
        ),
        (workload("DaemonSet", json!({}), seen(json!({"desiredNumberScheduled": 0}))), "ready"),
        (
            workload("ReplicaSet", json!({"replicas": 1}), seen(json!({"availableReplicas": 1, "readyReplicas": 1}))),
            "ready",
        ),
    ];
    for (object, expected) in cases {
        assert_eq!(text(of(&object)), expected, "{object}");
    }
}

#[test]
fn other_kinds_are_judged_by_what_they_say() {
    let object = |version: &str, kind: &str, status: Value| json!({"apiVersion": version, "kind": kind, "metadata": {}, "status": status});
    let conditions =
        |name: &str, status: &str| json!({"conditions": [{"type": name, "status": status, "reason": "R"}]});
    let crd = "apiextensions.k8s.io/v1";
    let cases = [
        (object("v1", "ConfigMap", Value::Null), "ready"),
        (object("v1", "PersistentVolumeClaim", json!({"phase": "Pending"})), "waiting: is Pending, not Bound"),
        (object("v1", "PersistentVolumeClaim", json!({"phase": "Bound"})), "ready"),
        (object(crd, "CustomResourceDefinition", conditions("Established", "True")), "ready"),
        (object(crd, "CustomResourceDefinition", json!({})), "waiting: is not Established"),
        (
            object(crd, "CustomResourceDefinition", conditions("NamesAccepted", "False")),
            "failed: its names are taken: R",
        ),
        (object("batch/v1", "Job", conditions("Failed", "True")), "failed: failed: R"),
        (object("batch/v1", "Job", json!({"startTime": "now"})), "ready"),
        (object("cert-manager.io/v1", "Certificate", conditions("Ready", "False")), "waiting: is not ready: R"),
        (object("x.io/v1", "Zebra", conditions("Stalled", "True")), "failed: is stalled: R"),
    ];
    for (object, expected) in cases {
        assert_eq!(text(of(&object)), expected, "{object}");
    }
}

#[test]
fn a_hook_has_run_when_its_job_is_complete() {
    let job = |status: Value| json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {}, "status": status});
    let complete = json!({"conditions": [{"type": "Complete", "status": "True"}]});
    assert_eq!(of_run(&job(complete)), Readiness::Ready);
    let running = text(of_run(&job(json!({"startTime": "now", "active": 1}))));
    assert_eq!(running, "waiting: has not ended: 1 active, 0 succeeded, 0 failed");
    assert_eq!(of_run(&json!({"kind": "ConfigMap"})), Readiness::Ready);
}

#[test]
fn a_pod_says_what_keeps_it() {
    let pod = |status: Value| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}, "status": status});
    let container = |state: Value, last: Value| {
        pod(json!({"phase": "Running", "containerStatuses": [
            {"name": "web", "image": "r.io/web:1", "ready": false, "state": state, "lastState": last}]}))
    };
    let cases = [
        (
            pod(json!({"phase": "Pending", "conditions": [
                {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/2 nodes are available"}]})),
            "cannot be scheduled: 0/2 nodes are available",
        ),
        (
            container(json!({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}), json!({})),
            "the image r.io/web:1 of container web cannot be had: not found",
        ),
        (
            container(
                json!({"waiting": {"reason": "CrashLoopBackOff"}}),
                json!({"terminated": {"exitCode": 3, "reason": "Error"}}),
            ),
            "container web crashes: exit code 3 (Error)",
        ),
        (container(json!({"running": {}}), json!({})), "container web runs, but its probe has not succeeded"),
        (container(json!({"waiting": {"reason": "ContainerCreating"}}), json!({})), "container web is being made"),
    ];
    for (pod, expected) in cases {
        assert_eq!(trouble(&pod).unwrap().text, expected);
    }
    let crash = container(json!({"waiting": {"reason": "CrashLoopBackOff"}}), json!({}));
    assert_eq!(trouble(&crash).unwrap().log, Some(Log { container: "web".to_owned(), previous: true }));
    let ready = pod(
        json!({"phase": "Running", "containerStatuses": [{"name": "web", "ready": true, "state": {"running": {}}}]}),
    );
    assert_eq!(trouble(&ready), None);
}
