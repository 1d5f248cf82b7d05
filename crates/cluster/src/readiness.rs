//! Whether everything in a cluster runs, judged from what the API says. Pure: the objects come in as JSON, what is not ready
//! comes out with the reason, so that a run can end as soon as all is well, or say at its deadline what is not.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

/// The kinds that are looked at, as `kubectl get` takes them.
pub const KINDS: &str = "nodes,pods,deployments.apps,daemonsets.apps,statefulsets.apps,jobs.batch";

/// The answer of `kubectl get ... -o json`.
#[derive(Debug, Default, Deserialize)]
pub struct Objects {
    /// The objects, of all kinds that were asked for.
    pub items: Vec<Object>,
}

/// One object, as far as its readiness goes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Object {
    kind: String,
    metadata: Metadata,
    spec: Spec,
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    name: String,
    namespace: String,
    generation: u64,
    #[serde(rename = "ownerReferences")]
    owners: Vec<serde::de::IgnoredAny>,
    annotations: BTreeMap<String, String>,
}

/// The annotation by which the API shows a pod that the kubelet runs from a file, such as etcd.
const MIRROR: &str = "kubernetes.io/config.mirror";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    replicas: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    phase: String,
    observed_generation: u64,
    updated_replicas: u64,
    available_replicas: u64,
    ready_replicas: u64,
    desired_number_scheduled: u64,
    updated_number_scheduled: u64,
    number_ready: u64,
    conditions: Vec<Condition>,
    addresses: Vec<Address>,
    init_container_statuses: Vec<ContainerStatus>,
    container_statuses: Vec<ContainerStatus>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Condition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
    reason: String,
    message: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Address {
    #[serde(rename = "type")]
    kind: String,
    address: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerStatus {
    name: String,
    ready: bool,
    state: ContainerState,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerState {
    running: Option<serde::de::IgnoredAny>,
    waiting: Option<Reason>,
    terminated: Option<Reason>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reason {
    reason: String,
    message: String,
}

/// Something that is not ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotReady {
    /// `Pod`, `Deployment`, `Node`.
    pub kind: String,
    /// Empty for nodes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl fmt::Display for NotReady {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, namespace, name, reason } = self;
        let separator = if namespace.is_empty() { "" } else { "/" };
        write!(formatter, "{kind} {namespace}{separator}{name}: {reason}")
    }
}

/// What is not ready, nodes first. Every one of `hosts` must be a node.
#[must_use]
pub fn judge(objects: &Objects, hosts: &[IpAddr]) -> Vec<NotReady> {
    let nodes: Vec<&Object> = objects.items.iter().filter(|object| object.kind == "Node").collect();
    let absent = hosts.iter().filter(|host| !nodes.iter().any(|node| node.has_address(**host)));
    let mut findings: Vec<NotReady> = absent
        .map(|host| NotReady {
            kind: "Node".into(),
            namespace: String::new(),
            name: host.to_string(),
            reason: "the host is not a node of the cluster".into(),
        })
        .collect();
    findings.extend(nodes.into_iter().filter_map(Object::judge));
    let others = objects.items.iter().filter(|object| object.kind != "Node");
    findings.extend(others.filter_map(Object::judge));
    findings
}

impl Object {
    fn has_address(&self, host: IpAddr) -> bool {
        let host = host.to_string();
        let internal = |address: &Address| address.kind == "InternalIP" && address.address == host;
        self.status.addresses.iter().any(internal)
    }

    fn judge(&self) -> Option<NotReady> {
        let reason = match self.kind.as_str() {
            "Node" => self.node(),
            "Pod" => self.pod(),
            "Deployment" => self.replicas(self.status.available_replicas),
            "StatefulSet" => self.replicas(self.status.ready_replicas),
            "DaemonSet" => self.daemon_set(),
            "Job" => self.job(),
            _ => None,
        }?;
        let Metadata { name, namespace, .. } = &self.metadata;
        Some(NotReady { kind: self.kind.clone(), namespace: namespace.clone(), name: name.clone(), reason })
    }

    fn condition(&self, kind: &str) -> Option<&Condition> {
        self.status.conditions.iter().find(|condition| condition.kind == kind)
    }

    fn node(&self) -> Option<String> {
        match self.condition("Ready") {
            Some(ready) if ready.status == "True" => None,
            Some(ready) => Some(format!("{}: {}", ready.reason, ready.message)),
            None => Some("it has not reported yet".into()),
        }
    }

    fn pod(&self) -> Option<String> {
        if self.status.phase == "Succeeded" {
            return None;
        }
        // A job replaces its failed pods; whether the job failed is the job's to say.
        if self.status.phase == "Failed" && !self.metadata.owners.is_empty() {
            return None;
        }
        match self.condition("Ready") {
            Some(ready) if ready.status == "True" => None,
            _ if self.is_running_mirror() => None,
            _ => Some(self.pod_reason()),
        }
    }

    /// The kubelet tells the API that a pod of the control plane is ready up to a minute after it is; that the API answers
    /// and that pods are scheduled says the same at once.
    fn is_running_mirror(&self) -> bool {
        let containers = &self.status.container_statuses;
        self.metadata.annotations.contains_key(MIRROR)
            && !containers.is_empty()
            && containers.iter().all(|container| container.state.running.is_some())
    }

    fn pod_reason(&self) -> String {
        let containers = self.status.init_container_statuses.iter().chain(&self.status.container_statuses);
        for container in containers.filter(|container| !container.ready) {
            let state = [&container.state.waiting, &container.state.terminated];
            let bad = |reason: &&Reason| !matches!(reason.reason.as_str(), "Completed" | "");
            if let Some(reason) = state.into_iter().flatten().find(bad) {
                let Reason { reason, message } = reason;
                return format!("container {}: {reason} {message}", container.name).trim_end().to_owned();
            }
        }
        match self.condition("PodScheduled") {
            Some(scheduled) if scheduled.status != "True" => {
                format!("{}: {}", scheduled.reason, scheduled.message)
            }
            _ => format!("phase {}, not ready", self.status.phase),
        }
    }

    fn is_observed(&self) -> bool {
        self.status.observed_generation >= self.metadata.generation
    }

    fn replicas(&self, ready: u64) -> Option<String> {
        let wanted = self.spec.replicas.unwrap_or(1);
        let updated = self.status.updated_replicas;
        let done = self.is_observed() && updated >= wanted && ready >= wanted;
        (!done).then(|| format!("{ready} of {wanted} replicas ready, {updated} up to date"))
    }

    fn daemon_set(&self) -> Option<String> {
        let status = &self.status;
        let (wanted, ready) = (status.desired_number_scheduled, status.number_ready);
        let updated = status.updated_number_scheduled;
        let done = self.is_observed() && ready >= wanted && updated >= wanted;
        (!done).then(|| format!("{ready} of {wanted} pods ready, {updated} up to date"))
    }

    fn job(&self) -> Option<String> {
        if self.condition("Complete").is_some_and(|complete| complete.status == "True") {
            return None;
        }
        match self.condition("Failed") {
            Some(failed) if failed.status == "True" => Some(format!("failed: {} {}", failed.reason, failed.message)),
            _ => Some("not complete yet".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn judged(items: Value, hosts: &[&str]) -> Vec<String> {
        let objects = serde_json::from_value(json!({ "items": items })).unwrap();
        let hosts: Vec<IpAddr> = hosts.iter().map(|host| host.parse().unwrap()).collect();
        judge(&objects, &hosts).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_host_that_is_no_node_is_named() {
        let node = json!({"kind": "Node", "metadata": {"name": "a"}, "status": {
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
            "conditions": [{"type": "Ready", "status": "True"}]}});
        let found = judged(json!([node]), &["10.0.0.1", "10.0.0.2"]);
        assert_eq!(found, ["Node 10.0.0.2: the host is not a node of the cluster"]);
    }

    #[test]
    fn a_pod_that_cannot_pull_says_so() {
        let pod = json!({"kind": "Pod", "metadata": {"name": "web", "namespace": "default"},
            "status": {"phase": "Pending", "containerStatuses": [{"name": "nginx", "ready": false,
            "state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}}]}});
        assert_eq!(judged(json!([pod]), &[]), ["Pod default/web: container nginx: ErrImagePull not found"]);
    }

    #[test]
    fn a_workload_that_its_controller_has_not_seen_yet_is_not_ready() {
        let fresh = json!({"kind": "DaemonSet", "metadata": {"name": "net", "namespace": "kube-system",
            "generation": 1}, "status": {}});
        assert_eq!(judged(json!([fresh]), &[]).len(), 1);
        let deployment = json!({"kind": "Deployment", "metadata": {"name": "web", "generation": 2},
            "spec": {"replicas": 2}, "status": {"observedGeneration": 2, "updatedReplicas": 2,
            "availableReplicas": 1}});
        assert_eq!(judged(json!([deployment]), &[]), ["Deployment web: 1 of 2 replicas ready, 2 up to date"]);
    }

    #[test]
    fn a_pod_of_the_control_plane_is_well_when_it_runs_and_not_when_it_crashes() {
        let mirror = |state: Value| {
            json!([{"kind": "Pod", "metadata": {"name": "etcd-a", "namespace": "kube-system",
                "annotations": {"kubernetes.io/config.mirror": "0"}}, "status": {"phase": "Running",
                "containerStatuses": [{"name": "etcd", "ready": false, "state": state}]}}])
        };
        let running = mirror(json!({"running": {"startedAt": "2026-01-01T00:00:00Z"}}));
        assert_eq!(judged(running, &[]), Vec::<String>::new());
        let crashing = mirror(json!({"waiting": {"reason": "CrashLoopBackOff", "message": ""}}));
        assert_eq!(judged(crashing, &[]), ["Pod kube-system/etcd-a: container etcd: CrashLoopBackOff"]);
    }

    #[test]
    fn finished_pods_and_jobs_are_well() {
        let done = json!([
            {"kind": "Pod", "metadata": {"name": "p"}, "status": {"phase": "Succeeded"}},
            {"kind": "Job", "metadata": {"name": "j"},
             "status": {"conditions": [{"type": "Complete", "status": "True"}]}},
        ]);
        assert_eq!(judged(done, &[]), Vec::<String>::new());
    }
}
