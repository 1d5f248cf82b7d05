//! Why an object is not ready, from what lies below it: its pods, their events, and the last lines of a container that crashed. What
//! cannot be asked is left out: a reason is a help, and its lack no further error.

use crate::cluster::Cluster;
use crate::error::Result;
use crate::object::Identity;
use crate::readiness::pods::{Log, trouble};
use serde_json::Value;

/// Pods that are looked at; their troubles are mostly the same.
const MOST_PODS: usize = 3;
const LAST_LINES: &str = "5";

/// The reasons, each once.
pub(super) async fn of(cluster: &Cluster, identity: &Identity, live: &Value) -> Vec<String> {
    let Some(namespace) = identity.namespace.as_deref() else { return Vec::new() };
    let mut found: Vec<String> = Vec::new();
    for pod in pods(cluster, identity, live, namespace).await.unwrap_or_default() {
        if found.len() == MOST_PODS {
            break;
        }
        let text = of_pod(cluster, namespace, &pod).await;
        found.extend(text.filter(|text| !found.contains(text)));
    }
    if found.is_empty() && identity.kind != "Pod" {
        found.extend(event(cluster, namespace, &identity.kind, &identity.name).await.ok().flatten());
    }
    found
}

/// The pods of an object: itself, those that its selector picks, or those of a job.
async fn pods(cluster: &Cluster, identity: &Identity, live: &Value, namespace: &str) -> Result<Vec<Value>> {
    if identity.kind == "Pod" {
        return Ok(vec![live.clone()]);
    }
    let labels = live.pointer("/spec/selector/matchLabels").or_else(|| live.pointer("/spec/selector"));
    let Some(labels) = labels.and_then(Value::as_object) else { return Ok(Vec::new()) };
    let label = |(key, value): (&String, &Value)| value.as_str().map(|value| format!("{key}={value}"));
    let selector: Vec<String> = labels.iter().filter_map(label).collect();
    if selector.is_empty() {
        return Ok(Vec::new());
    }
    let path = format!("/api/v1/namespaces/{namespace}/pods");
    cluster.client.list(&path, &[("labelSelector", selector.join(",").as_str())]).await
}

async fn of_pod(cluster: &Cluster, namespace: &str, pod: &Value) -> Option<String> {
    let trouble = trouble(pod)?;
    let name = pod.pointer("/metadata/name").and_then(Value::as_str)?;
    let mut text = format!("pod {name}: {}", trouble.text);
    if let Some(log) = trouble.log {
        let lines = last_lines(cluster, namespace, name, &log).await.unwrap_or_default();
        if !lines.is_empty() {
            text.push_str(&format!("; its last lines: {lines}"));
        }
    }
    if trouble.ask_events {
        let event = event(cluster, namespace, "Pod", name).await.ok().flatten();
        text.extend(event.map(|event| format!(": {event}")));
    }
    Some(text)
}

async fn last_lines(cluster: &Cluster, namespace: &str, pod: &str, log: &Log) -> Result<String> {
    let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/log");
    let previous = if log.previous { "true" } else { "false" };
    let query = [("container", log.container.as_str()), ("tailLines", LAST_LINES), ("previous", previous)];
    let text = cluster.client.text(&path, &query).await?;
    Ok(text.trim().lines().collect::<Vec<_>>().join(" | "))
}

/// The newest warning about an object.
async fn event(cluster: &Cluster, namespace: &str, kind: &str, name: &str) -> Result<Option<String>> {
    let selector = format!("involvedObject.kind={kind},involvedObject.name={name},type=Warning");
    let path = format!("/api/v1/namespaces/{namespace}/events");
    let events = cluster.client.list(&path, &[("fieldSelector", selector.as_str())]).await?;
    let word = |event: &Value, name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let newest = events.iter().max_by_key(|event| word(event, "lastTimestamp"));
    Ok(newest.map(|event| format!("{}: {}", word(event, "reason"), word(event, "message").trim())))
}
