//! Questions to the API, asked with the image's own kubectl on the first master: the delivering machine may reach the hosts
//! by SSH only.

use crate::checks::after::objects::{KINDS, Objects};
use crate::delivery::command;
use crate::{Error, Fleet};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Everything that is looked at to see whether the cluster is well.
pub(crate) async fn objects(fleet: &Fleet, master: IpAddr) -> Result<Objects, Error> {
    read(fleet, master, &["get", KINDS, "--all-namespaces", "--output", "json", LIMIT]).await
}

/// The API's warnings; it keeps those of the last hour.
pub(crate) async fn warnings(fleet: &Fleet, master: IpAddr) -> Result<Objects, Error> {
    let warnings = ["get", "events", "--all-namespaces", "--field-selector", "type=Warning", "--output", "json", LIMIT];
    read(fleet, master, &warnings).await
}

/// An API that takes the question and never answers is told as silent.
const LIMIT: &str = "--request-timeout=30s";

async fn read(fleet: &Fleet, master: IpAddr, arguments: &[&str]) -> Result<Objects, Error> {
    let text = ask_once(fleet, master, arguments).await?;
    serde_json::from_str(&text).map_err(|source| Error::Kubectl { host: master, source })
}

/// The last line that the containers of a pod wrote, of those that ended if there are such. That there is none is no error.
pub(crate) async fn last_line(fleet: &Fleet, master: IpAddr, namespace: &str, pod: &str) -> Option<String> {
    for former in [true, false] {
        let previous = format!("--previous={former}");
        let arguments = ["logs", "--tail=1", "--all-containers", &previous, "--namespace", namespace, pod];
        let text = ask_once(fleet, master, &arguments).await.unwrap_or_default();
        if let Some(line) = text.lines().map(str::trim).rfind(|line| is_log(line)) {
            return Some(line.chars().take(LONGEST).collect());
        }
    }
    None
}

/// A former container whose log the runtime has removed already is told in the log's place.
fn is_log(line: &str) -> bool {
    !line.is_empty() && !line.starts_with("unable to retrieve container logs")
}

/// Characters of a log line that are told.
const LONGEST: usize = 300;

/// Asks for a step, which needs the answer: the API may be away for moments while a master joins or is upgraded.
async fn ask(fleet: &Fleet, master: IpAddr, arguments: &[&str]) -> Result<String, Error> {
    let started = Instant::now();
    loop {
        match ask_once(fleet, master, arguments).await {
            Err(error) if passes(&error.chain()) && started.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
            asked => return asked,
        }
    }
}

/// Asks for an examination, to which it is an answer that there is none.
async fn ask_once(fleet: &Fleet, master: IpAddr, arguments: &[&str]) -> Result<String, Error> {
    let kubectl = command(&fleet.cluster, "kubectl", arguments);
    fleet.run_silently(master, &kubectl).await
}

/// One object, as the API tells it; one without a namespace has an empty one.
pub(crate) async fn object(
    fleet: &Fleet,
    master: IpAddr,
    kind: &str,
    name: &str,
    namespace: &str,
) -> Result<serde_json::Value, Error> {
    let mut arguments = vec!["get", "--output", "json", "--request-timeout=30s"];
    if !namespace.is_empty() {
        arguments.extend(["--namespace", namespace]);
    }
    arguments.extend(["--", kind, name]);
    let text = ask_once(fleet, master, &arguments).await?;
    serde_json::from_str(&text).map_err(|source| Error::Kubectl { host: master, source })
}

/// What the API answers below a path.
pub(crate) async fn raw(fleet: &Fleet, master: IpAddr, path: &str) -> Result<String, Error> {
    ask_once(fleet, master, &["get", "--raw", path, LIMIT]).await
}

const NODES: [&str; 4] = ["get", "nodes", "--output", "json"];

/// All nodes, as JSON.
pub(crate) async fn nodes(fleet: &Fleet, master: IpAddr) -> Result<String, Error> {
    ask(fleet, master, &NODES).await
}

/// The same for somebody who looks at the screen: an API that is away is told at once.
pub(crate) async fn nodes_at_once(fleet: &Fleet, master: IpAddr) -> Result<String, Error> {
    ask_once(fleet, master, &NODES).await
}

/// The names of nodes by the addresses that the cluster uses.
pub(crate) type NodeNames = BTreeMap<IpAddr, String>;

/// What every node is called.
pub(crate) async fn node_names(fleet: &Fleet, master: IpAddr) -> Result<NodeNames, Error> {
    let path = "{range .items[*]}{.metadata.name}{range .status.addresses[?(@.type==\"InternalIP\")]} {.address}{end}{\"\\n\"}{end}";
    let text = ask(fleet, master, &["get", "nodes", &format!("--output=jsonpath={path}")]).await?;
    Ok(names_by_address(&text))
}

/// From lines of a name and its addresses.
fn names_by_address(text: &str) -> NodeNames {
    let mut names = NodeNames::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let Some(name) = words.next() else { continue };
        names.extend(words.filter_map(|word| Some((word.parse().ok()?, name.to_owned()))));
    }
    names
}

/// Has kubectl change something, for the record of a step. When a member of etcd goes or an API server restarts, the API is away for
/// moments; such answers are not the last word.
pub(crate) async fn tell(fleet: &Fleet, master: IpAddr, step: &str, arguments: &[&str]) -> Result<(), Error> {
    let started = Instant::now();
    loop {
        match fleet.run(master, step, command(&fleet.cluster, "kubectl", arguments)).await {
            Err(error) if passes(&error.chain()) && started.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
            told => return told.map(drop),
        }
    }
}

/// How long the API may be away.
const PATIENCE: Duration = Duration::from_secs(60);

const PAUSE: Duration = Duration::from_secs(1);

/// What the API says, or nobody says, while a member of etcd or an API server is replaced.
const PASSING: [&str; 9] = [
    "etcdserver: leader changed",
    "etcdserver: request timed out",
    "etcdserver: no leader",
    "connection refused",
    "was refused - did you specify the right host or port?",
    "TLS handshake timeout",
    "connection reset",
    "unexpected EOF",
    "the server is currently unable to handle the request",
];

fn passes(said: &str) -> bool {
    PASSING.iter().any(|passing| said.contains(passing))
}

/// What the node of a host is called.
pub(crate) async fn node_of(fleet: &Fleet, master: IpAddr, host: IpAddr) -> Result<String, Error> {
    node_names(fleet, master).await?.remove(&host).ok_or(Error::NoNode(host))
}

/// The pods on a node: lines of a namespace, a name and the kinds of owners.
pub(crate) async fn pods_on(fleet: &Fleet, master: IpAddr, node: &str) -> Result<String, Error> {
    let path = "{range .items[*]}{.metadata.namespace}{\" \"}{.metadata.name}{\" \"}{.metadata.ownerReferences[*].kind}{\"\\n\"}{end}";
    let (of_node, form) = (format!("--field-selector=spec.nodeName={node}"), format!("--output=jsonpath={path}"));
    ask(fleet, master, &["get", "pods", "--all-namespaces", &of_node, &form]).await
}

/// A node as the API knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NodeState {
    /// Its name.
    pub(crate) name: String,
    /// The version of its kubelet.
    pub(crate) version: String,
    /// Whether it is ready.
    pub(crate) ready: bool,
}

/// How the node of a host is.
pub(crate) async fn node_state(fleet: &Fleet, master: IpAddr, host: IpAddr) -> Result<NodeState, Error> {
    let name = node_of(fleet, master, host).await?;
    let path = "--output=jsonpath={.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type==\"Ready\")].status}";
    let text = ask(fleet, master, &["get", "node", &name, path]).await?;
    let mut words = text.split_whitespace();
    let version = words.next().unwrap_or_default().to_owned();
    Ok(NodeState { name, version, ready: words.next() == Some("True") })
}

/// The versions of all kubelets.
pub(crate) async fn versions(fleet: &Fleet, master: IpAddr) -> Result<Vec<String>, Error> {
    let path = "--output=jsonpath={range .items[*]}{.status.nodeInfo.kubeletVersion}{\"\\n\"}{end}";
    let text = ask(fleet, master, &["get", "nodes", path]).await?;
    Ok(text.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect())
}

/// Forgets the node that an interrupted join of this host left: kubeadm refuses to join under the name of one that seems to be ready.
pub(crate) async fn forget_node(fleet: &Fleet, master: IpAddr, host: IpAddr) -> Result<(), Error> {
    match node_names(fleet, master).await?.get(&host) {
        Some(node) => {
            ask(fleet, master, &["delete", "node", node, "--ignore-not-found", "--timeout=60s"]).await.map(drop)
        }
        None => Ok(()),
    }
}

/// Has the kube-proxy of one node started anew.
pub(crate) async fn restart_proxy(fleet: &Fleet, master: IpAddr, node: &str) -> Result<(), Error> {
    let field = format!("--field-selector=spec.nodeName={node}");
    let delete = ["delete", "pods", "--namespace=kube-system", "--selector=k8s-app=kube-proxy", &field, "--wait=false"];
    ask(fleet, master, &delete).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_api_says_while_it_changes_is_not_the_last_word() {
        assert!(passes(
            "kubectl delete on 10.0.0.1 ended with exit status 1: Error from server: etcdserver: leader changed"
        ));
        let refused = "The connection to the server apiserver.cluster.local:6443 was refused - did you specify the right host or port?";
        assert!(passes(refused));
        assert!(!passes("Error from server (Forbidden): nodes \"a\" is forbidden"));
    }

    #[test]
    fn nodes_are_known_by_their_addresses() {
        let names = names_by_address("n1 10.0.0.1 fd00::1\nn2 10.0.0.2\nn3\n");
        let listed: Vec<String> = names.iter().map(|(address, name)| format!("{address} {name}")).collect();
        assert_eq!(listed, ["10.0.0.1 n1", "10.0.0.2 n2", "fd00::1 n1"]);
    }
}
