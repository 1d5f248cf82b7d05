//! Whether controllers have as many pods as they want, of the newest template, and all of them well.

use super::{Readiness, condition};
use serde_json::Value;

pub(super) fn deployment(object: &Value) -> Readiness {
    if let Some((status, text)) =
        condition(object, "Progressing").filter(|(_, text)| text.starts_with("ProgressDeadlineExceeded"))
    {
        return Readiness::Failed(format!("makes no progress ({status}): {text}"));
    }
    let wanted = wanted(object);
    let paused = object.pointer("/spec/paused").and_then(Value::as_bool) == Some(true);
    let steps = [
        (status(object, "updatedReplicas"), "updated"),
        (status(object, "availableReplicas"), "available"),
        (status(object, "readyReplicas"), "ready"),
    ];
    let steps = if paused { &steps[1..] } else { &steps[..] };
    first_missing(object, wanted, steps).unwrap_or_else(|| {
        let old = status(object, "replicas") - wanted;
        if old > 0 {
            Readiness::waiting(format!("{old} pods of the last revision have not ended"))
        } else {
            Readiness::Ready
        }
    })
}

pub(super) fn stateful_set(object: &Value) -> Readiness {
    let wanted = wanted(object);
    let word = |path: &str| object.pointer(path).and_then(Value::as_str);
    if word("/spec/updateStrategy/type") == Some("OnDelete") {
        return Readiness::Ready;
    }
    let partition = object.pointer("/spec/updateStrategy/rollingUpdate/partition").and_then(Value::as_i64).unwrap_or(0);
    let steps = [(status(object, "readyReplicas"), "ready")];
    if let Some(waiting) = first_missing(object, wanted, &steps) {
        return waiting;
    }
    let updated = status(object, "updatedReplicas");
    let newest = word("/status/updateRevision") == word("/status/currentRevision");
    if !newest && updated < wanted - partition {
        return Readiness::waiting(format!("{updated} of {} pods are updated", wanted - partition));
    }
    Readiness::Ready
}

pub(super) fn daemon_set(object: &Value) -> Readiness {
    if object.pointer("/status/desiredNumberScheduled").is_none() {
        return Readiness::waiting("has not been seen by its controller");
    }
    let wanted = status(object, "desiredNumberScheduled");
    let on_delete = object.pointer("/spec/updateStrategy/type").and_then(Value::as_str) == Some("OnDelete");
    let steps = [
        (status(object, "updatedNumberScheduled"), "updated"),
        (status(object, "numberAvailable"), "available"),
        (status(object, "numberReady"), "ready"),
    ];
    let steps = if on_delete { &steps[1..] } else { &steps[..] };
    first_missing(object, wanted, steps).unwrap_or(Readiness::Ready)
}

pub(super) fn replica_set(object: &Value) -> Readiness {
    if let Some((status, text)) = condition(object, "ReplicaFailure").filter(|(status, _)| status == "True") {
        return Readiness::Failed(format!("cannot make its pods ({status}): {text}"));
    }
    let steps = [(status(object, "availableReplicas"), "available"), (status(object, "readyReplicas"), "ready")];
    first_missing(object, wanted(object), &steps).unwrap_or(Readiness::Ready)
}

/// The first count that is too low. A failure to make pods at all is told with it: quotas and admission say why.
fn first_missing(object: &Value, wanted: i64, steps: &[(i64, &str)]) -> Option<Readiness> {
    let (count, what) = steps.iter().find(|(count, _)| *count < wanted)?;
    let mut text = format!("{count} of {wanted} pods are {what}");
    if let Some((_, cause)) = condition(object, "ReplicaFailure").filter(|(status, _)| status == "True") {
        text.push_str(&format!("; {cause}"));
    }
    Some(Readiness::Waiting(text))
}

fn wanted(object: &Value) -> i64 {
    object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1)
}

fn status(object: &Value, name: &str) -> i64 {
    object.get("status").and_then(|status| status.get(name)).and_then(Value::as_i64).unwrap_or(0)
}

/// `1 active, 0 succeeded`
pub(super) fn counts(object: &Value, names: &[&str]) -> String {
    let count = |name: &&str| format!("{} {name}", status(object, name));
    names.iter().map(count).collect::<Vec<_>>().join(", ")
}
