//! Controllers of pods: the rules are the model's, the conditions tell what keeps them.

use super::{Readiness, condition};
use sealer_model::workload::{self, Counts, Wanted};
use serde::Deserialize;
use serde_json::Value;

pub(super) fn deployment(object: &Value) -> Readiness {
    if let Some((status, text)) =
        condition(object, "Progressing").filter(|(_, text)| text.starts_with("ProgressDeadlineExceeded"))
    {
        return Readiness::Failed(format!("makes no progress ({status}): {text}"));
    }
    judged(object, workload::deployment)
}

pub(super) fn stateful_set(object: &Value) -> Readiness {
    judged(object, workload::stateful_set)
}

pub(super) fn daemon_set(object: &Value) -> Readiness {
    judged(object, workload::daemon_set)
}

pub(super) fn replica_set(object: &Value) -> Readiness {
    if let Some((status, text)) = condition(object, "ReplicaFailure").filter(|(status, _)| status == "True") {
        return Readiness::Failed(format!("cannot make its pods ({status}): {text}"));
    }
    judged(object, workload::replica_set)
}

/// A failure to make pods at all is told with what is missing: quotas and admission say why.
fn judged(object: &Value, judge: fn(&Wanted, &Counts) -> Option<String>) -> Readiness {
    let Some(mut text) = judge(&part(object, "spec"), &part(object, "status")) else { return Readiness::Ready };
    if let Some((_, cause)) = condition(object, "ReplicaFailure").filter(|(status, _)| status == "True") {
        text.push_str(&format!("; {cause}"));
    }
    Readiness::Waiting(text)
}

/// A part of an object; as if it said nothing where it is not what the API server would let pass.
fn part<'a, T: Deserialize<'a> + Default>(object: &'a Value, name: &str) -> T {
    object.get(name).and_then(|part| T::deserialize(part).ok()).unwrap_or_default()
}

/// `1 active, 0 succeeded`
pub(super) fn counts(object: &Value, names: &[&str]) -> String {
    let status = |name: &&str| object.pointer(&format!("/status/{name}")).and_then(Value::as_i64).unwrap_or(0);
    let count = |name: &&str| format!("{} {name}", status(name));
    names.iter().map(count).collect::<Vec<_>>().join(", ")
}
