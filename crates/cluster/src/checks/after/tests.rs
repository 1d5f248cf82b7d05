//! A cluster that is well fires nothing, and every check fires on objects shaped as a real API gives them.

mod cases;

use super::objects::Objects;
use super::*;
use crate::checks::after::paths::PodPath;
use crate::checks::after::probe::{Certificate, Etcd, Room, Unreadable};
use cases::CASES;
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
