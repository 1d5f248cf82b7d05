//! Whether an object has become what it shall be, judged from the object alone and kind by kind, by the rules of kstatus. Pure: what
//! is asked of the cluster and how long is waited is decided elsewhere.

pub(crate) mod pods;
mod workloads;

use serde_json::Value;

/// How an object stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It is what it shall be.
    Ready,
    /// Not yet, with what is missing.
    Waiting(String),
    /// It will not become so by itself, with the cause.
    Failed(String),
}

impl Readiness {
    fn waiting(what: impl Into<String>) -> Self {
        Self::Waiting(what.into())
    }
}

/// How an object of any kind stands.
pub fn of(object: &Value) -> Readiness {
    if object.pointer("/metadata/deletionTimestamp").is_some() {
        return Readiness::waiting("is being removed");
    }
    if let Some(observed) = object.pointer("/status/observedGeneration").and_then(Value::as_i64) {
        let generation = object.pointer("/metadata/generation").and_then(Value::as_i64);
        if generation.is_some_and(|generation| generation > observed) {
            return Readiness::waiting("the change has not been seen by its controller");
        }
    }
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    let api_version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    match (group, kind) {
        ("apps", "Deployment") => workloads::deployment(object),
        ("apps", "StatefulSet") => workloads::stateful_set(object),
        ("apps", "DaemonSet") => workloads::daemon_set(object),
        ("apps", "ReplicaSet") | ("", "ReplicationController") => workloads::replica_set(object),
        ("batch", "Job") => job(object),
        ("", "Pod") => pods::pod(object),
        ("", "PersistentVolumeClaim") => phase(object, "Bound"),
        ("", "Namespace") => phase(object, "Active"),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(object),
        ("apiregistration.k8s.io", "APIService") => wanted_condition(object, "Available"),
        _ => other(object),
    }
}

/// How an object stands that runs to its end: a hook's job or pod. All else has ended as soon as it is there.
pub fn of_run(object: &Value) -> Readiness {
    match object.get("kind").and_then(Value::as_str).unwrap_or_default() {
        "Job" => match of(object) {
            Readiness::Ready if condition(object, "Complete").is_none_or(|(status, _)| status != "True") => {
                Readiness::waiting(format!(
                    "has not ended: {}",
                    workloads::counts(object, &["active", "succeeded", "failed"])
                ))
            }
            other => other,
        },
        "Pod" => pods::run(object),
        _ => Readiness::Ready,
    }
}

/// A condition's status, and its reason with its message.
pub(crate) fn condition(object: &Value, wanted: &str) -> Option<(String, String)> {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array)?;
    let word =
        |condition: &Value, name: &str| condition.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let found = conditions.iter().find(|condition| word(condition, "type") == wanted)?;
    let (reason, message) = (word(found, "reason"), word(found, "message"));
    let text = match (reason.is_empty(), message.is_empty()) {
        (false, false) => format!("{reason}: {message}"),
        _ => reason + &message,
    };
    Some((word(found, "status"), text))
}

fn wanted_condition(object: &Value, wanted: &str) -> Readiness {
    match condition(object, wanted) {
        Some((status, _)) if status == "True" => Readiness::Ready,
        Some((_, text)) => Readiness::waiting(format!("is not {wanted}: {text}")),
        None => Readiness::waiting(format!("is not {wanted}")),
    }
}

fn phase(object: &Value, wanted: &str) -> Readiness {
    match object.pointer("/status/phase").and_then(Value::as_str) {
        Some(phase) if phase == wanted => Readiness::Ready,
        phase => Readiness::waiting(format!("is {}, not {wanted}", phase.unwrap_or("new"))),
    }
}

/// A job that has begun is what it shall be: how it ends is its own affair, unless it is a hook.
fn job(object: &Value) -> Readiness {
    match condition(object, "Failed") {
        Some((status, text)) if status == "True" => Readiness::Failed(format!("failed: {text}")),
        _ if condition(object, "Complete").is_some_and(|(status, _)| status == "True") => Readiness::Ready,
        _ if object.pointer("/status/startTime").is_some() => Readiness::Ready,
        _ if object.pointer("/spec/suspend").and_then(Value::as_bool) == Some(true) => Readiness::Ready,
        _ => Readiness::waiting("has not begun"),
    }
}

fn definition(object: &Value) -> Readiness {
    match condition(object, "NamesAccepted") {
        Some((status, text)) if status == "False" => Readiness::Failed(format!("its names are taken: {text}")),
        _ => wanted_condition(object, "Established"),
    }
}

/// Other kinds say so themselves, by the conditions that many have agreed on; those that say nothing are ready.
fn other(object: &Value) -> Readiness {
    let is = |name: &str, wanted: &str| condition(object, name).filter(|(status, _)| status == wanted);
    if let Some((_, text)) = is("Stalled", "True") {
        return Readiness::Failed(format!("is stalled: {text}"));
    }
    if let Some((_, text)) = is("Reconciling", "True") {
        return Readiness::waiting(format!("is being brought about: {text}"));
    }
    match condition(object, "Ready") {
        Some((status, text)) if status != "True" => Readiness::waiting(format!("is not ready: {text}")),
        _ => Readiness::Ready,
    }
}

#[cfg(test)]
mod tests;
