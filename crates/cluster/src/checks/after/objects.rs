//! The API's objects, as far as judging them goes. Whatever an object does not say is empty.

use super::nodes::has_address;
use sealer_model::cluster::Member;
use sealer_model::workload::{Counts, Wanted};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// The kinds that are looked at, as `kubectl get` takes them.
pub(crate) const KINDS: &str = "nodes,namespaces,pods,deployments.apps,daemonsets.apps,statefulsets.apps,jobs.batch,\
     services,endpoints,persistentvolumeclaims,networkpolicies.networking.k8s.io,ingresses.networking.k8s.io";

/// The answer of `kubectl get ... -o json`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Objects {
    /// The objects, of all kinds that were asked for.
    pub(crate) items: Vec<Object>,
}

impl Objects {
    /// The address of a service, where it has one.
    pub(crate) fn service_address(&self, namespace: &str, name: &str) -> Option<&str> {
        let named = |it: &&Object| it.metadata.namespace == namespace && it.metadata.name == name;
        let address = self.of("Service").find(named).map(|service| service.spec.cluster_ip.as_str());
        address.filter(|address| !["", "None"].contains(address))
    }

    /// Addresses of pods by the host that they run on. Pods in the host's own network have none of their own, and those in a namespace
    /// with policies may rightly be silent to others.
    pub(crate) fn pods_of(&self, members: &[Member]) -> BTreeMap<IpAddr, Vec<IpAddr>> {
        let guarded: BTreeSet<&str> = self.of("NetworkPolicy").map(|it| it.metadata.namespace.as_str()).collect();
        let host_of = |pod: &Object| {
            let node = self.of("Node").find(|node| node.metadata.name == pod.spec.node_name)?;
            members.iter().map(|member| member.address).find(|host| has_address(node, *host))
        };
        let mut pods: BTreeMap<IpAddr, Vec<IpAddr>> = BTreeMap::new();
        let own = |pod: &&Object| !pod.spec.host_network && pod.status.phase == "Running";
        for pod in self.of("Pod").filter(own).filter(|pod| !guarded.contains(pod.metadata.namespace.as_str())) {
            if let (Some(host), Ok(address)) = (host_of(pod), pod.status.pod_ip.parse()) {
                pods.entry(host).or_default().push(address);
            }
        }
        pods.values_mut().for_each(|pods| pods.truncate(MOST_PODS));
        pods
    }

    /// Those of one kind.
    pub(super) fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Object> {
        self.items.iter().filter(move |object| object.kind == kind)
    }
}

/// Pods of a host that are asked for; one of them will do.
const MOST_PODS: usize = 32;

/// One object.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Object {
    pub(super) kind: String,
    pub(crate) metadata: Metadata,
    pub(super) spec: Spec,
    pub(super) status: Status,
    /// Of endpoints.
    pub(super) subsets: Vec<Subset>,
    /// Of events.
    #[serde(rename = "type")]
    pub(super) event_type: String,
    pub(super) reason: String,
    pub(super) message: String,
    #[serde(rename = "involvedObject")]
    pub(super) involved: Involved,
    #[serde(rename = "lastTimestamp")]
    pub(super) last_time: Option<String>,
    #[serde(rename = "eventTime")]
    pub(super) event_time: Option<String>,
    pub(super) count: Option<u64>,
    /// In the newer form of events.
    pub(super) series: Option<Series>,
}

/// How often an event was seen.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Series {
    pub(super) count: u64,
    pub(super) last_observed_time: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Metadata {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(super) generation: u64,
    pub(super) deletion_timestamp: Option<String>,
    #[serde(rename = "ownerReferences")]
    pub(super) owners: Vec<Owner>,
    /// RFC 3339, so that texts are ordered as times are.
    pub(super) creation_timestamp: String,
    pub(super) annotations: BTreeMap<String, String>,
}

/// Whose object it is.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub(super) struct Owner {
    pub(super) kind: String,
    pub(super) name: String,
}

/// The annotation by which the API shows a pod that the kubelet runs from a file, such as etcd.
pub(super) const MIRROR: &str = "kubernetes.io/config.mirror";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Spec {
    /// Of controllers of pods.
    #[serde(flatten)]
    pub(super) wanted: Wanted,
    pub(super) suspend: bool,
    pub(super) unschedulable: bool,
    pub(super) containers: Vec<Container>,
    pub(super) init_containers: Vec<Container>,
    pub(super) selector: Option<serde_json::Value>,
    #[serde(rename = "type")]
    pub(super) service_type: String,
    pub(super) node_name: String,
    pub(super) host_network: bool,
    /// Of services.
    #[serde(rename = "clusterIP")]
    pub(super) cluster_ip: String,
    /// Of ingresses: where everything goes that no rule is for, as `v1` and as the versions before it say it.
    pub(super) default_backend: Option<Backend>,
    pub(super) backend: Option<Backend>,
    pub(super) rules: Vec<Rule>,
}

/// A rule of an ingress.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Rule {
    pub(super) http: Paths,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Paths {
    pub(super) paths: Vec<Path>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Path {
    pub(super) backend: Backend,
}

/// Where an ingress leads to.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Backend {
    /// In `v1`; nothing where it leads to something else than a service.
    service: Option<Named>,
    /// In the versions before it.
    service_name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    name: String,
}

impl Backend {
    /// The service's name, where it leads to one.
    pub(super) fn service(&self) -> Option<&str> {
        let name = self.service.as_ref().map_or(self.service_name.as_str(), |service| service.name.as_str());
        (!name.is_empty()).then_some(name)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Container {
    pub(super) image: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Status {
    pub(super) phase: String,
    /// Of pods.
    #[serde(rename = "podIP")]
    pub(super) pod_ip: String,
    pub(super) observed_generation: u64,
    /// Of controllers of pods.
    #[serde(flatten)]
    pub(super) counts: Counts,
    pub(super) conditions: Vec<Condition>,
    pub(super) addresses: Vec<Address>,
    pub(super) init_container_statuses: Vec<ContainerStatus>,
    pub(super) container_statuses: Vec<ContainerStatus>,
    pub(super) node_info: NodeInfo,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct NodeInfo {
    pub(super) kubelet_version: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Condition {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) last_transition_time: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Address {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) address: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ContainerStatus {
    pub(super) name: String,
    pub(super) ready: bool,
    pub(super) restart_count: u64,
    pub(super) state: ContainerState,
    pub(super) last_state: ContainerState,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ContainerState {
    pub(super) running: Option<IgnoredAny>,
    pub(super) waiting: Option<Reason>,
    pub(super) terminated: Option<Reason>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Reason {
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) exit_code: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Subset {
    pub(super) addresses: Vec<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Involved {
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Object {
    /// `Pod default/web`, `Node a`.
    pub(super) fn subject(&self) -> String {
        let Metadata { name, namespace, .. } = &self.metadata;
        subject(&self.kind, namespace, name)
    }

    pub(super) fn condition(&self, kind: &str) -> Option<&Condition> {
        self.status.conditions.iter().find(|condition| condition.kind == kind)
    }

    pub(super) fn is(&self, condition: &str) -> bool {
        self.condition(condition).is_some_and(|condition| condition.status == "True")
    }

    /// When an event was last seen, in seconds since 1970.
    pub(super) fn seen(&self) -> Option<i64> {
        let of_series = self.series.as_ref().and_then(|series| series.last_observed_time.as_ref());
        seconds(of_series.or(self.last_time.as_ref()).or(self.event_time.as_ref()))
    }

    /// How often an event was seen, in either form of events.
    pub(super) fn times(&self) -> u64 {
        let of_series = self.series.as_ref().map_or(1, |series| series.count);
        self.count.unwrap_or(1).max(of_series)
    }

    /// Since when a pod is ready without a break.
    pub(super) fn ready_since(&self) -> Option<i64> {
        let ready = self.condition("Ready").filter(|ready| ready.status == "True")?;
        seconds(ready.last_transition_time.as_ref())
    }
}

fn seconds(text: Option<&String>) -> Option<i64> {
    text?.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

/// `Pod default/web`, `Node a`.
pub(super) fn subject(kind: &str, namespace: &str, name: &str) -> String {
    let separator = if namespace.is_empty() { "" } else { "/" };
    format!("{kind} {namespace}{separator}{name}")
}

/// One check's findings: what, and what of it.
pub(super) type Found = Vec<(String, String)>;
