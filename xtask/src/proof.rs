//! What a delivered cluster has to show: every node is ready, every pod runs, and the application's page answers on each host and
//! keeps what was written to it. Asked of the cluster itself and of the network, never of sealer.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::http;

/// The port of the page on every host.
const PORT: u16 = 30080;

/// How long the proof waits for what should be so already: probes answer in their own rhythm, and a kubelet may make a pod anew just after it
/// was seen to be ready, which on a busy machine took more than half a minute.
const PATIENCE: Duration = Duration::from_secs(120);

/// Proves all of it, and says so.
pub(crate) fn prove(delivery: &Delivery) -> Result<()> {
    patiently(|| nodes_ready(delivery))?;
    println!("    {} nodes are Ready", delivery.hosts.len());
    let pods = patiently(|| pods_running(delivery)).map_err(|error| with_events(delivery, &error))?;
    println!("    {pods} pods are Running");
    page_keeps_entries(delivery)
}

/// What must stay the same when nothing is to be done: each pod with its restarts, and each node.
pub(crate) fn identity(delivery: &Delivery) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for item in items(delivery, &["get", "nodes", "--output", "json"])? {
        lines.push(format!("node {} {}", text(&item, "/metadata/name"), text(&item, "/metadata/uid")));
    }
    for item in items(delivery, &["get", "pods", "--all-namespaces", "--output", "json"])? {
        let restarts: u64 = containers(&item).filter_map(|container| container["restartCount"].as_u64()).sum();
        let (name, uid) = (text(&item, "/metadata/name"), text(&item, "/metadata/uid"));
        lines.push(format!("pod {name} {uid} restarts {restarts}"));
    }
    lines.sort();
    Ok(lines)
}

fn nodes_ready(delivery: &Delivery) -> Result<()> {
    let nodes = items(delivery, &["get", "nodes", "--output", "json"])?;
    let not_ready: Vec<String> =
        nodes.iter().filter(|node| !ready(node)).map(|node| text(node, "/metadata/name")).collect();
    if nodes.len() == delivery.hosts.len() && not_ready.is_empty() {
        return Ok(());
    }
    let expected = delivery.hosts.len();
    Err(Error::unmet(format!("expected {expected} Ready nodes, found {}; not Ready: {not_ready:?}", nodes.len())))
}

fn pods_running(delivery: &Delivery) -> Result<usize> {
    let pods = items(delivery, &["get", "pods", "--all-namespaces", "--output", "json"])?;
    let waiting: Vec<String> =
        pods.iter().filter(|pod| !(running(pod) && (ready(pod) || static_and_started(pod)))).map(describe).collect();
    if pods.is_empty() || !waiting.is_empty() {
        return Err(Error::unmet(format!(
            "expected every pod Running and Ready, found of {}: {waiting:?}",
            pods.len()
        )));
    }
    Ok(pods.len())
}

/// A failure with what the cluster said of itself last.
fn with_events(delivery: &Delivery, error: &Error) -> Error {
    let events = delivery.kubectl(&["get", "events", "--all-namespaces", "--sort-by", ".lastTimestamp"]);
    let events = events.unwrap_or_else(|error| error.to_string());
    let last: Vec<&str> = events.lines().rev().take(30).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    Error::unmet(format!("{error}\nthe last events:\n{}", last.join("\n")))
}

/// Writes through each host, and reads every entry through every host.
fn page_keeps_entries(delivery: &Delivery) -> Result<()> {
    let stamp = jiff::Timestamp::now().as_millisecond();
    let addresses: Vec<String> = delivery.hosts.iter().map(|host| host.at(PORT)).collect();
    for (number, address) in addresses.iter().enumerate() {
        patiently(|| http::post(address, "/", "entry", &format!("entry-{stamp}-{number}")))?;
    }
    for address in &addresses {
        let page = http::get(address, "/")?;
        for number in 0..addresses.len() {
            let entry = format!("entry-{stamp}-{number}");
            if !page.contains(&entry) {
                return Err(Error::unmet(format!("expected {entry} on the page at {address}, found:\n{page}")));
            }
        }
        println!("    http://{address}/ answers and shows what was written through every host");
    }
    Ok(())
}

/// Asks until the answer is good or the time is over; the last answer's error is the error.
fn patiently<T>(mut ask: impl FnMut() -> Result<T>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match ask() {
            Err(_) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(500)),
            answer => return answer,
        }
    }
}

fn items(delivery: &Delivery, arguments: &[&str]) -> Result<Vec<Value>> {
    let text = delivery.kubectl(arguments)?;
    let mut list: Value = serde_json::from_str(&text).map_err(Error::json("what kubectl printed"))?;
    match list["items"].take() {
        Value::Array(items) => Ok(items),
        _ => Err(Error::unmet("kubectl printed no list")),
    }
}

fn ready(item: &Value) -> bool {
    let conditions = item.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// The kubelet runs the control plane's own pods from files. They have no readiness probe, and their condition follows only at
/// the kubelet's next full round, up to a minute after they have started.
fn static_and_started(pod: &Value) -> bool {
    let mirror = pod.pointer("/metadata/annotations/kubernetes.io~1config.mirror").is_some();
    mirror && containers(pod).all(|container| container["started"] == true)
}

fn running(pod: &Value) -> bool {
    text(pod, "/status/phase") == "Running"
}

fn describe(pod: &Value) -> String {
    let reasons: Vec<String> = containers(pod).map(|container| container["state"].to_string()).collect();
    let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
    format!("{namespace}/{name} is {}: {}", text(pod, "/status/phase"), reasons.join(", "))
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    pod.pointer("/status/containerStatuses").and_then(Value::as_array).into_iter().flatten()
}

fn text(item: &Value, pointer: &str) -> String {
    item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
