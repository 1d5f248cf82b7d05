//! Every fault of a cluster that a check knows, and all that is found of it.

use super::*;

/// One fault, and all that is found of it.
pub(super) type Case = (fn(&mut After), &'static [&'static str]);

pub(super) const CASES: &[Case] = &[
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
            it.add(json!({"kind": "DaemonSet", "metadata": {"name": "net", "namespace": "kube-system"},
                "status": {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2, "numberReady": 2}}));
            for (name, ends) in [("net-a", None), ("net-b", Some("2999-01-01T00:00:00Z"))] {
                let owners = json!([{"kind": "DaemonSet", "name": "net"}]);
                it.add(json!({"kind": "Pod", "metadata": {"name": name, "namespace": "kube-system",
                    "ownerReferences": owners, "deletionTimestamp": ends},
                    "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}));
            }
        },
        &["workload | DaemonSet kube-system/net | 1 of 2 pods are ready, and its controller has not seen that yet"],
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
