//! Questions to the API, asked with the image's own kubectl on the first master: the delivering machine may reach the hosts
//! by SSH only.

use crate::delivery::command;
use crate::readiness::{KINDS, NotReady, Objects, judge};
use crate::{Error, Fleet};
use std::net::IpAddr;

/// What is not ready in the cluster.
pub(crate) async fn not_ready(fleet: &Fleet, master: IpAddr) -> Result<Vec<NotReady>, Error> {
    let objects = objects(fleet, master).await?;
    let hosts: Vec<IpAddr> = fleet.cluster.members.iter().map(|member| member.address).collect();
    Ok(judge(&objects, &hosts))
}

async fn objects(fleet: &Fleet, master: IpAddr) -> Result<Objects, Error> {
    let text = ask(fleet, master, &["get", KINDS, "--all-namespaces", "--output", "json"]).await?;
    serde_json::from_str(&text).map_err(|source| Error::Kubectl { host: master, source })
}

async fn ask(fleet: &Fleet, master: IpAddr, arguments: &[&str]) -> Result<String, Error> {
    let kubectl = command(&fleet.cluster, "kubectl", arguments);
    fleet.run_silently(master, &kubectl).await
}

/// All nodes, as JSON.
pub(crate) async fn nodes(fleet: &Fleet, master: IpAddr) -> Result<String, Error> {
    ask(fleet, master, &["get", "nodes", "--output", "json"]).await
}

/// Has the kube-proxy of one node started anew.
pub(crate) async fn restart_proxy(fleet: &Fleet, master: IpAddr, node: &str) -> Result<(), Error> {
    let field = format!("--field-selector=spec.nodeName={node}");
    let delete = ["delete", "pods", "--namespace=kube-system", "--selector=k8s-app=kube-proxy", &field, "--wait=false"];
    ask(fleet, master, &delete).await.map(drop)
}

/// How many pods are asked for their last lines, and how many of those.
const PODS: usize = 5;
const LINES: &str = "--tail=5";

/// What helps to see why something is not ready. A question that fails becomes a note itself: the error to be reported is
/// the one that led here.
pub(crate) async fn notes(fleet: &Fleet, master: IpAddr, not_ready: &[NotReady]) -> Vec<String> {
    let mut notes = Vec::new();
    let events = [
        "get",
        "events",
        "--all-namespaces",
        "--field-selector",
        "type=Warning",
        "--sort-by",
        ".lastTimestamp",
        "--no-headers",
        "--output",
        "custom-columns=O:.involvedObject.kind,N:.involvedObject.name,R:.reason,M:.message",
    ];
    let text = ask(fleet, master, &events).await.unwrap_or_else(|error| error.chain());
    let lines: Vec<&str> = text.lines().collect();
    notes.extend(lines.iter().rev().take(10).rev().map(|line| format!("event: {line}")));
    for pod in not_ready.iter().filter(|object| object.kind == "Pod").take(PODS) {
        let arguments = ["logs", LINES, "--all-containers", "--namespace", &pod.namespace, &pod.name];
        let text = ask(fleet, master, &arguments).await.unwrap_or_else(|error| error.chain());
        notes.extend(text.lines().map(|line| format!("{}: {line}", pod.name)));
    }
    notes
}
