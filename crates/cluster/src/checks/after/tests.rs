//! A cluster that is well fires nothing, and every check fires on objects shaped as a real API gives them.

use super::objects::Objects;
use super::*;
use crate::checks::after::paths::PodPath;
use crate::checks::after::probe::{Certificate, Etcd, Room, Unreadable};
use sealer_model::agent::PodReached;
use serde_json::{Value, json};

const NOW: i64 = 1_764_000_000;
/// Two minutes before.
const JUST_NOW: &str = "2025-11-24T15:58:00Z";
const LONG_AGO: &str = "2025-11-24T13:00:00Z";

fn objects(items: Vec<Value>) -> Vec<Object> {
    serde_json::from_value::<Objects>(json!({ "items": items })).unwrap().items
}

fn node(name: &str, address: &str) -> Value {
    json!({"kind": "Node", "metadata": {"name": name}, "spec": {}, "status": {
        "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
        "nodeInfo": {"kubeletVersion": "v1.28.4"},
        "conditions": [
            {"type": "DiskPressure", "status": "False", "reason": "KubeletHasNoDiskPressure", "message": ""},
            {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}]}})
}

fn mirror(program: &str, node: &str) -> Value {
    json!({"kind": "Pod", "metadata": {"name": format!("{program}-{node}"), "namespace": "kube-system",
        "annotations": {"kubernetes.io/config.mirror": "0"}}, "spec": {"nodeName": node,
        "containers": [{"image": "registry.k8s.io/pause:3.9"}]}, "status": {"phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [{"name": program, "ready": true, "state": {"running": {}}}]}})
}

/// A pod in `default` whose one container is as `status` says.
fn pod(status: Value) -> Value {
    json!({"kind": "Pod", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"nodeName": "b", "containers": [{"image": "registry.k8s.io/pause:3.9"}]}, "status": status})
}

fn waiting(reason: &str, message: &str, last: Value) -> Value {
    json!({"phase": "Running", "conditions": [{"type": "PodScheduled", "status": "True"}],
        "containerStatuses": [{"name": "nginx", "ready": false, "restartCount": 7,
        "state": {"waiting": {"reason": reason, "message": message}}, "lastState": last}]})
}

fn event(kind: &str, reason: &str, message: &str, time: &str) -> Value {
    json!({"kind": "Event", "type": "Warning", "reason": reason, "message": message, "lastTimestamp": time, "count": 12,
        "involvedObject": {"kind": kind, "namespace": "default", "name": "web"}})
}

fn room(free: u64) -> Room {
    Room { path: "/var/lib/etcd".into(), mount_point: "/".into(), total: 100 << 30, free }
}

/// Four hosts, of which these do not get through to one another.
fn paths(failed: &[(u8, u8)], reached: &PodReached) -> Vec<PodPath> {
    let host = |number: u8| IpAddr::from([10, 0, 0, number]);
    let pairs = (1..=4).flat_map(|from| (1..=4).map(move |to| (from, to))).filter(|(from, to)| from != to);
    let path = |(from, to)| {
        let reached = if failed.contains(&(from, to)) { reached.clone() } else { PodReached::Passed };
        PodPath { from: host(from), to: host(to), reached }
    };
    pairs.map(path).collect()
}

fn no_certificate(path: &str) -> Unreadable {
    Unreadable { path: path.into(), reason: "holds no certificate".into() }
}

/// A master, a node, and everything as it should be.
fn well() -> After {
    let deployment = json!({"kind": "Deployment", "metadata": {"name": "web", "namespace": "default", "generation": 2},
        "spec": {"replicas": 2}, "status": {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2,
        "availableReplicas": 2, "readyReplicas": 2}});
    let service = json!({"kind": "Service", "metadata": {"name": "kubernetes", "namespace": "default"},
        "spec": {"clusterIP": "10.96.0.1", "selector": {"app": "web"}}});
    let endpoints = json!({"kind": "Endpoints", "metadata": {"name": "kubernetes", "namespace": "default"},
        "subsets": [{"addresses": [{"ip": "10.0.0.1"}]}]});
    let done = json!({"kind": "Job", "metadata": {"name": "j"},
        "status": {"conditions": [{"type": "Complete", "status": "True"}]}});
    let mut items = vec![node("a", "10.0.0.1"), node("b", "10.0.0.2"), deployment, service, endpoints, done];
    items.extend(["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].map(|it| mirror(it, "a")));
    items.push(pod(json!({"phase": "Succeeded"})));
    let etcd = Etcd { healthy: Some(true), leader: Some(true), size: Some(20 << 20), most: Some(2 << 30) };
    let certificate = Certificate { path: "/etc/kubernetes/pki/apiserver.crt".into(), ends: NOW + 300 * 86_400 };
    let answers = || Probed {
        service: Some(Ok(())),
        registry: Some(Ok(())),
        name_service: Some(Ok(())),
        masters: vec![("10.0.0.1".parse().unwrap(), Ok(()))],
        rooms: vec![room(60 << 30)],
        etcd: None,
        certificates: vec![certificate.clone()],
        unreadable: Vec::new(),
    };
    let master = Probed { etcd: Some(etcd), ..answers() };
    After {
        members: crate::step::tests::cluster(&["10.0.0.1"], &["10.0.0.2"]).members,
        objects: Objects { items: objects(items) },
        probed: [("10.0.0.1", master), ("10.0.0.2", answers())].map(|(host, it)| (host.parse().unwrap(), it)).into(),
        image: Some(Delivered {
            names: ["registry.k8s.io/pause:3.9".to_owned()].into(),
            kubernetes: Some("v1.28.4".into()),
            missing: [("10.0.0.1".parse().unwrap(), 0)].into(),
        }),
        now: NOW,
        ..After::default()
    }
}

impl After {
    fn add(&mut self, item: Value) {
        self.objects.items.extend(objects(vec![item]));
    }

    fn warn(&mut self, event: Value) {
        self.warnings.extend(objects(vec![event]));
    }

    fn object(&mut self, kind: &str) -> &mut Object {
        self.objects.items.iter_mut().find(|object| object.kind == kind).unwrap()
    }

    fn master(&mut self) -> &mut Probed {
        self.probed.get_mut(&"10.0.0.1".parse::<IpAddr>().unwrap()).unwrap()
    }

    fn etcd(&mut self) -> &mut Etcd {
        self.master().etcd.as_mut().unwrap()
    }
}

fn texts(cluster: &After) -> Vec<String> {
    let findings = after(cluster, &Ignore::default());
    findings.iter().map(|it| format!("{} | {} | {}", it.id, it.subject, it.found)).collect()
}

/// One fault, and all that is found of it.
type Case = (fn(&mut After), &'static [&'static str]);

const CASES: &[Case] = &[
    (
        |it| it.unreached.push(("10.0.0.2".parse().unwrap(), "connection refused".into())),
        &["host-lost | 10.0.0.2 | connection refused"],
    ),
    (
        |it| it.silent_hosts.push(("10.0.0.2".parse().unwrap(), "no space left on device".into())),
        &["host-silent | 10.0.0.2 | no space left on device"],
    ),
    (
        |it| it.silent_api.push(("10.0.0.1".parse().unwrap(), "x509: certificate has expired".into())),
        &["api-silent | 10.0.0.1 | x509: certificate has expired"],
    ),
    (
        |it| it.master().masters[0].1 = Err("no answer in 5 s".into()),
        &["host-cut-off | 10.0.0.1 | the master 10.0.0.1 is not reached: no answer in 5 s"],
    ),
    (
        |it| it.pod_paths = paths(&[(1, 3), (2, 3), (3, 2), (4, 1)], &PodReached::Apart("no answer in 3 s".into())),
        &[
            "pod-network | 10.0.0.3 | nothing passes between pods here and 2 other hosts; from 10.0.0.1 to 10.0.0.3: no answer in 3 s",
            "pod-network | 10.0.0.1 | nothing passes between pods here and 10.0.0.4; from 10.0.0.4 to 10.0.0.1: no answer in 3 s",
        ],
    ),
    (
        |it| it.pod_paths = paths(&[(2, 3)], &PodReached::Stuck("nothing more came in 3 s".into())),
        &[
            "pod-network-mtu | 10.0.0.2 | connections open, and large packets do not pass between pods here and 10.0.0.3; \
           from 10.0.0.2 to 10.0.0.3: nothing more came in 3 s",
        ],
    ),
    (
        |it| it.master().rooms = vec![room(100 << 20), room(100 << 20)],
        &["disk-full | 10.0.0.1 | /var/lib/etcd has 100 of 102400 MiB free (at /)"],
    ),
    (
        |it| it.master().unreadable.push(no_certificate("/etc/kubernetes/pki/ca.crt")),
        &["certificate-unreadable | 10.0.0.1 | /etc/kubernetes/pki/ca.crt holds no certificate"],
    ),
    (
        |it| it.members[1].address = "10.0.0.9".parse().unwrap(),
        &["node-missing | 10.0.0.9 | the host is not a node of the cluster"],
    ),
    (
        |it| {
            let node = json!({"kind": "Node", "metadata": {"name": "c"}, "status": {"conditions": [{"type": "Ready",
                "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}]}});
            it.add(node);
        },
        &["node-not-ready | Node c | NodeStatusUnknown: Kubelet stopped posting node status."],
    ),
    (
        |it| {
            let conditions = &mut it.object("Node").status.conditions;
            conditions[0].status = "True".into();
            conditions[0].message = "kubelet has disk pressure".into();
        },
        &["node-pressure | Node a | DiskPressure: kubelet has disk pressure"],
    ),
    (|it| it.object("Node").spec.unschedulable = true, &["node-unschedulable | Node a | it is cordoned"]),
    (
        |it| it.object("Node").status.node_info.kubelet_version = "v1.29.0".into(),
        &["node-version | Node a | its kubelet is v1.29.0 instead of v1.28.4"],
    ),
    (
        |it| {
            it.objects
                .items
                .iter_mut()
                .filter(|it| it.metadata.name == "etcd-a")
                .for_each(|it| it.spec.node_name = "b".into())
        },
        &["control-plane | Node a | it runs no etcd"],
    ),
    (|it| it.etcd().healthy = Some(false), &["etcd-health | 10.0.0.1 | etcd says that it is not well"]),
    (|it| it.etcd().leader = Some(false), &["etcd-leader | 10.0.0.1 | etcd has no leader"]),
    (|it| it.etcd().size = Some(1900 << 20), &["etcd-size | 10.0.0.1 | etcd's database has 1900 of 2048 MiB"]),
    (
        |it| {
            let second = json!({"kind": "Node", "metadata": {"name": "c"}, "status": {"addresses": [{"type": "InternalIP",
                "address": "10.0.0.3"}], "conditions": [{"type": "Ready", "status": "True"}]}});
            it.add(second);
            for program in ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"] {
                it.add(mirror(program, "c"));
            }
            let mut member = it.members[0].clone();
            member.address = "10.0.0.3".parse().unwrap();
            it.members.push(member);
            it.probed.insert("10.0.0.3".parse().unwrap(), Probed::default());
        },
        &["etcd-silent | 10.0.0.3 | etcd does not answer on port 2381"],
    ),
    (
        |it| it.master().certificates[0].ends = NOW - 86_400,
        &["certificate-ended | 10.0.0.1 | /etc/kubernetes/pki/apiserver.crt ended 1 days ago"],
    ),
    (
        |it| it.master().certificates[0].ends = NOW + 9 * 86_400,
        &["certificate-ends-soon | 10.0.0.1 | /etc/kubernetes/pki/apiserver.crt ends in 9 days"],
    ),
    (
        |it| {
            it.add(pod(waiting("ImagePullBackOff", "Back-off pulling image \"x\"", json!({}))));
            it.warn(event("Pod", "Failed", "Failed to pull image \"x\": not found", LONG_AGO));
        },
        &["pod-image | Pod default/web | container nginx: ImagePullBackOff Back-off pulling image \"x\"; \
           Failed to pull image \"x\": not found"],
    ),
    (
        |it| {
            let last = json!({"terminated": {"reason": "OOMKilled", "exitCode": 137}});
            it.add(pod(waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container", last)));
        },
        &["pod-memory | Pod default/web | container nginx was ended for want of memory, 7 restarts"],
    ),
    (
        |it| {
            let last = json!({"terminated": {"reason": "Error", "exitCode": 1}});
            it.add(pod(waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container", last)));
            it.logs.insert(("default".into(), "web".into()), "no route to database".into());
        },
        &["pod-crashing | Pod default/web | container nginx: CrashLoopBackOff, exit code 1, 7 restarts; \
           it last said: no route to database"],
    ),
    (
        |it| {
            let message = "0/2 nodes are available: 2 Insufficient memory.";
            it.add(pod(json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
                "reason": "Unschedulable", "message": message}]})));
        },
        &["pod-unschedulable | Pod default/web | Unschedulable: 0/2 nodes are available: 2 Insufficient memory."],
    ),
    (
        |it| {
            it.add(pod(json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}],
                "containerStatuses": [{"name": "nginx", "ready": false, "state": {"running": {"startedAt": LONG_AGO}}}]})));
            it.warn(event(
                "Pod",
                "Unhealthy",
                "Readiness probe failed: HTTP probe failed with statuscode: 503",
                LONG_AGO,
            ));
        },
        &["pod-probe | Pod default/web | container nginx is not ready: \
           Readiness probe failed: HTTP probe failed with statuscode: 503"],
    ),
    (
        |it| {
            it.add(pod(json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "True"}],
                "containerStatuses": [{"name": "nginx", "ready": false,
                "state": {"waiting": {"reason": "ContainerCreating"}}}]})));
            it.warn(event("Pod", "FailedMount", "MountVolume.SetUp failed: secret \"s\" not found", LONG_AGO));
        },
        &["pod-not-ready | Pod default/web | MountVolume.SetUp failed: secret \"s\" not found"],
    ),
    (
        |it| it.object("Deployment").status.counts.available_replicas = 1,
        &["workload | Deployment default/web | 1 of 2 pods are available"],
    ),
    (
        |it| {
            it.add(
                json!({"kind": "DaemonSet", "metadata": {"name": "net", "namespace": "kube-system", "generation": 1}}),
            );
        },
        &["workload | DaemonSet kube-system/net | the change has not been seen by its controller"],
    ),
    (
        |it| {
            it.add(
                json!({"kind": "Job", "metadata": {"name": "migrate", "namespace": "default"}, "status": {"conditions":
                [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "too many"}]}}),
            );
        },
        &["job | Job default/migrate | failed: BackoffLimitExceeded too many"],
    ),
    (
        |it| {
            it.add(pod(json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [{"name": "nginx", "ready": true, "restartCount": 8, "state": {"running": {}}}]})));
        },
        &["pod-restarts | Pod default/web | container nginx was started anew 8 times"],
    ),
    (
        |it| it.object("Endpoints").subsets.clear(),
        &["service-without-backend | Service default/kubernetes | no ready pod is behind it"],
    ),
    (
        |it| {
            for (name, replicas) in [("rests", 0), ("lacks", 1)] {
                let labels = json!({"app": name});
                it.add(json!({"kind": "Service", "metadata": {"name": name, "namespace": "default"}, "spec":
                    {"selector": labels}}));
                it.add(json!({"kind": "Deployment", "metadata": {"name": name, "namespace": "default"}, "spec":
                    {"replicas": replicas, "selector": {"matchLabels": labels}}, "status": {"replicas": replicas,
                    "updatedReplicas": replicas, "availableReplicas": replicas, "readyReplicas": replicas}}));
            }
        },
        &["service-without-backend | Service default/lacks | no ready pod is behind it"],
    ),
    (
        |it| {
            it.add(json!({"kind": "Ingress", "metadata": {"name": "web", "namespace": "default"}, "spec": {"rules": [
                {"http": {"paths": [{"backend": {"service": {"name": "kubernetes", "port": {"number": 443}}}},
                    {"backend": {"service": {"name": "wbe"}}}, {"backend": {"resource": {"kind": "Bucket"}}}]}},
                {"host": "no.paths.example"}]}}));
        },
        &["ingress-without-service | Ingress default/web | there is no service wbe"],
    ),
    (
        |it| {
            it.add(json!({"kind": "Ingress", "metadata": {"name": "old", "namespace": "site"}, "spec": {
                "backend": {"serviceName": "kubernetes", "servicePort": 443}}}));
        },
        &["ingress-without-service | Ingress site/old | there is no service kubernetes"],
    ),
    (
        |it| it.master().service = Some(Err("Connection refused".into())),
        &["service-network | 10.0.0.1 | a service's address does not answer: Connection refused"],
    ),
    (
        |it| it.master().name_service = Some(Err("no answer in 5 s".into())),
        &["name-service | 10.0.0.1 | the cluster's name service does not answer: no answer in 5 s"],
    ),
    (
        |it| {
            it.add(json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "web", "namespace": "default"},
                "status": {"phase": "Pending"}}));
            it.warn(event("PersistentVolumeClaim", "ProvisioningFailed", "storageclass \"fast\" not found", LONG_AGO));
        },
        &["claim-pending | PersistentVolumeClaim default/web | ProvisioningFailed: storageclass \"fast\" not found"],
    ),
    (
        |it| {
            it.add(json!({"kind": "Namespace", "metadata": {"name": "old"}, "status": {"phase": "Terminating",
                "conditions": [{"type": "NamespaceContentRemaining", "status": "True", "message": "Some remain"}]}}));
        },
        &["namespace-ending | Namespace old | it is being deleted: Some remain"],
    ),
    (
        |it| it.warn(event("Service", "SyncFailed", "cannot sync", JUST_NOW)),
        &["recent-warnings | Service default/web | SyncFailed (12 times): cannot sync"],
    ),
    (
        |it| {
            let mut newer = event("Service", "SyncFailed", "cannot sync", LONG_AGO);
            (newer["count"], newer["lastTimestamp"]) = (Value::Null, Value::Null);
            newer["eventTime"] = json!("2025-11-24T13:00:00.000000Z");
            newer["series"] = json!({"count": 40, "lastObservedTime": "2025-11-24T15:58:00.000000Z"});
            it.warn(newer);
        },
        &["recent-warnings | Service default/web | SyncFailed (40 times): cannot sync"],
    ),
    (
        |it| it.master().registry = Some(Err("Connection refused".into())),
        &["registry | 10.0.0.1 | the registry does not answer: Connection refused"],
    ),
    (
        |it| it.image.as_mut().unwrap().missing.values_mut().for_each(|count| *count = 3),
        &["registry-incomplete | 10.0.0.1 | its registry lacks 3 blobs of the image"],
    ),
    (
        |it| {
            it.add(json!({"kind": "Pod", "metadata": {"name": "web", "namespace": "default"},
                "spec": {"containers": [{"image": "nginx"}]}, "status": {"phase": "Running",
                "conditions": [{"type": "Ready", "status": "True"}]}}));
        },
        &["image-not-carried | Pod default/web | nginx is not in the delivered image"],
    ),
];

#[test]
fn a_cluster_that_is_well_fires_nothing() {
    assert_eq!(texts(&well()), Vec::<String>::new());
}

#[test]
fn every_fault_is_found_with_its_cause_and_nothing_else_is() {
    for (spoil, expected) in CASES {
        let mut cluster = well();
        spoil(&mut cluster);
        assert_eq!(texts(&cluster), *expected);
    }
}

#[test]
fn every_check_has_a_case() {
    let covered = |id: &str| CASES.iter().any(|(_, found)| found.iter().any(|it| it.split(" | ").next() == Some(id)));
    let uncovered: Vec<&str> = checks().map(|check| check.id).filter(|id| !covered(id)).collect();
    assert_eq!(uncovered, Vec::<&str>::new());
}

/// The kubelet tells late that a pod of the control plane is ready; a job replaces its failed pods; some claims wait rightly.
#[test]
fn what_only_looks_wrong_is_not_told() {
    let mut cluster = well();
    let late = json!({"kind": "Pod", "metadata": {"name": "etcd-b", "namespace": "kube-system",
        "annotations": {"kubernetes.io/config.mirror": "0"}}, "spec": {"nodeName": "b"}, "status": {"phase": "Running",
        "containerStatuses": [{"name": "etcd", "ready": false, "state": {"running": {"startedAt": LONG_AGO}}}]}});
    let replaced = json!({"kind": "Pod", "metadata": {"name": "j-1", "ownerReferences": [{"kind": "Job"}]},
        "status": {"phase": "Failed"}});
    let claim = json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "web", "namespace": "default"},
        "status": {"phase": "Pending"}});
    let headless = json!({"kind": "Service", "metadata": {"name": "outside", "namespace": "default"}, "spec": {}});
    [late, replaced, claim, headless].into_iter().for_each(|item| cluster.add(item));
    cluster.warn(event("PersistentVolumeClaim", "WaitForFirstConsumer", "waiting", LONG_AGO));
    cluster.warn(event("Pod", "BackOff", "long ago", LONG_AGO));
    // a warning of a pod that has become ready since
    cluster.add(json!({"kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}, "status": {"phase": "Running",
        "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2025-11-24T15:59:00Z"}]}}));
    let mut scheduling = event("Pod", "FailedScheduling", "no node yet", JUST_NOW);
    scheduling["involvedObject"]["namespace"] = json!("shop");
    cluster.warn(scheduling);
    assert_eq!(texts(&cluster), Vec::<String>::new());
}

/// Controllers are judged as releases are: what is replaced by hand, and what a clock starts, are as they shall be.
#[test]
fn what_somebody_else_has_to_do_is_not_told() {
    let mut cluster = well();
    let by_hand = json!({"kind": "DaemonSet", "metadata": {"name": "net", "namespace": "kube-system"},
        "spec": {"updateStrategy": {"type": "OnDelete"}}, "status": {"desiredNumberScheduled": 2,
        "updatedNumberScheduled": 1, "numberAvailable": 2, "numberReady": 2}});
    let partition = json!({"kind": "StatefulSet", "metadata": {"name": "db", "namespace": "default"},
        "spec": {"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}},
        "status": {"readyReplicas": 3, "updatedReplicas": 1, "updateRevision": "b", "currentRevision": "a"}});
    let job = |name: &str, created: &str, condition: Option<&str>| {
        json!({"kind": "Job", "metadata": {"name": name, "namespace": "default", "creationTimestamp": created,
            "ownerReferences": [{"kind": "CronJob", "name": "nightly"}]},
            "status": {"conditions": condition.map(|kind| json!({"type": kind, "status": "True"}))
                .into_iter().collect::<Vec<_>>()}})
    };
    let failed = job("nightly-1", "2025-11-23T01:00:00Z", Some("Failed"));
    let complete = job("nightly-2", "2025-11-24T01:00:00Z", Some("Complete"));
    let running = job("nightly-3", "2025-11-24T15:00:00Z", None);
    [by_hand, partition, failed, complete, running].into_iter().for_each(|item| cluster.add(item));
    assert_eq!(texts(&cluster), Vec::<String>::new());
    cluster.add(job("nightly-4", "2025-11-24T15:30:00Z", Some("Failed")));
    assert_eq!(texts(&cluster), ["job | Job default/nightly-4 | failed:  "]);
}

#[test]
fn an_api_that_does_not_answer_is_told_and_what_it_would_have_said_is_not_judged() {
    let asked = well();
    let silent = ("10.0.0.1".parse().unwrap(), "connection refused".to_owned());
    let cluster = After { objects: Objects::default(), image: None, silent_api: vec![silent], ..asked };
    assert_eq!(texts(&cluster), ["api-silent | 10.0.0.1 | connection refused"]);
}

#[test]
fn what_was_not_asked_is_not_judged() {
    let asked = well();
    let cluster = After { probed: BTreeMap::new(), image: None, warnings: Vec::new(), ..asked };
    assert_eq!(texts(&cluster), Vec::<String>::new());
}

#[test]
fn what_a_host_answered_is_read() {
    let probed = probe::read(
        "service 0 \nregistry 1 sea.hub: connect: Connection refused\n\
         names  5e a1 81 80 00 01 00 01 00 00 00 00\netcd {\"health\":\"true\"}\n\
         etcd etcd_mvcc_db_total_size_in_bytes 2.0971520e+07\netcd etcd_server_has_leader 1\n",
    );
    assert_eq!(probed.service, Some(Ok(())));
    assert_eq!(probed.registry, Some(Err("Connection refused".into())));
    assert_eq!(probed.name_service, Some(Ok(())));
    let etcd = Etcd { healthy: Some(true), leader: Some(true), size: Some(20 << 20), most: None };
    assert_eq!(probed.etcd, Some(etcd));
    let failing = probe::read("names 5e a1 81 82 00 01 00 00 00 00 00 00\nservice 124 \n");
    assert!(failing.name_service.unwrap().unwrap_err().contains("failure 2"));
    let elsewhere = probe::read("names 5e a1 81 83 00 01 00 00 00 00 00 00\n");
    assert_eq!(elsewhere.name_service, Some(Ok(())));
    assert_eq!(failing.service, Some(Err("no answer in 5 s".into())));
    assert!(probe::read("names \n").name_service.unwrap().is_err());
}

#[test]
fn pods_of_the_hosts_own_network_and_those_behind_policies_are_not_called() {
    let mut it = well();
    let pod = |name: &str, namespace: &str, node: &str, address: &str, host_network: bool| {
        json!({"kind": "Pod", "metadata": {"name": name, "namespace": namespace},
            "spec": {"nodeName": node, "hostNetwork": host_network}, "status": {"phase": "Running", "podIP": address}})
    };
    it.add(pod("a", "default", "b", "100.64.1.2", false));
    it.add(pod("b", "kube-system", "b", "10.0.0.2", true));
    it.add(pod("c", "guarded", "b", "100.64.1.3", false));
    it.add(pod("d", "default", "elsewhere", "100.64.9.9", false));
    it.add(json!({"kind": "NetworkPolicy", "metadata": {"name": "deny", "namespace": "guarded"}}));
    let pods = it.objects.pods_of(&it.members);
    assert_eq!(pods, BTreeMap::from([("10.0.0.2".parse().unwrap(), vec!["100.64.1.2".parse().unwrap()])]));
}
