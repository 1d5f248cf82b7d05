//! Whether a controller of pods has as many as it wants, of the newest template, and all of them well: kstatus' rules, in one place for
//! everybody who judges a cluster. Pure, on the few fields that count.

use serde::Deserialize;

/// What a controller wants: its `spec`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Wanted {
    /// How many pods.
    pub replicas: Option<i64>,
    /// Whether changes of a Deployment wait.
    pub paused: bool,
    /// How pods are replaced.
    pub update_strategy: UpdateStrategy,
}

/// How pods of an older template are replaced.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateStrategy {
    /// `RollingUpdate`, or `OnDelete`: by somebody, and not by the controller.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is told.
    pub rolling_update: RollingUpdate,
}

/// What a rolling update is told.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RollingUpdate {
    /// Pods of a StatefulSet with a lower number stay as they are.
    pub partition: i64,
}

/// What a controller has: its `status`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Counts {
    /// Pods of any template.
    pub replicas: i64,
    /// Pods of the newest template.
    pub updated_replicas: i64,
    /// Pods that have been ready for long enough.
    pub available_replicas: i64,
    /// Pods that are ready.
    pub ready_replicas: i64,
    /// Nodes that shall run a pod of a DaemonSet; none where its controller has not seen it.
    pub desired_number_scheduled: Option<i64>,
    /// As `updated_replicas`.
    pub updated_number_scheduled: i64,
    /// As `available_replicas`.
    pub number_available: i64,
    /// As `ready_replicas`.
    pub number_ready: i64,
    /// The revision that pods of a StatefulSet are brought to.
    pub update_revision: String,
    /// The one that they all had last.
    pub current_revision: String,
}

/// What a Deployment lacks; nothing where it is as it shall be.
#[must_use]
pub fn deployment(wanted: &Wanted, has: &Counts) -> Option<String> {
    let steps =
        [(has.updated_replicas, "updated"), (has.available_replicas, "available"), (has.ready_replicas, "ready")];
    let steps = if wanted.paused { &steps[1..] } else { &steps[..] };
    first_missing(wanted.pods(), steps).or_else(|| {
        let old = has.replicas - wanted.pods();
        (old > 0).then(|| format!("{old} pods of the last revision have not ended"))
    })
}

/// What a StatefulSet lacks.
#[must_use]
pub fn stateful_set(wanted: &Wanted, has: &Counts) -> Option<String> {
    if wanted.by_hand() {
        return None;
    }
    first_missing(wanted.pods(), &[(has.ready_replicas, "ready")]).or_else(|| {
        let all = wanted.pods() - wanted.update_strategy.rolling_update.partition;
        let newest = has.update_revision == has.current_revision;
        let updated = has.updated_replicas;
        (!newest && updated < all).then(|| format!("{updated} of {all} pods are updated"))
    })
}

/// What a DaemonSet lacks.
#[must_use]
pub fn daemon_set(wanted: &Wanted, has: &Counts) -> Option<String> {
    let Some(nodes) = has.desired_number_scheduled else {
        return Some("has not been seen by its controller".to_owned());
    };
    let steps =
        [(has.updated_number_scheduled, "updated"), (has.number_available, "available"), (has.number_ready, "ready")];
    first_missing(nodes, if wanted.by_hand() { &steps[1..] } else { &steps[..] })
}

/// What a ReplicaSet lacks.
#[must_use]
pub fn replica_set(wanted: &Wanted, has: &Counts) -> Option<String> {
    first_missing(wanted.pods(), &[(has.available_replicas, "available"), (has.ready_replicas, "ready")])
}

impl Wanted {
    fn pods(&self) -> i64 {
        self.replicas.unwrap_or(1)
    }

    fn by_hand(&self) -> bool {
        self.update_strategy.kind == "OnDelete"
    }
}

/// The first count that is too low.
fn first_missing(wanted: i64, steps: &[(i64, &str)]) -> Option<String> {
    let (count, what) = steps.iter().find(|(count, _)| *count < wanted)?;
    Some(format!("{count} of {wanted} pods are {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wanted(spec: serde_json::Value) -> Wanted {
        serde_json::from_value(spec).unwrap()
    }

    fn counts(status: serde_json::Value) -> Counts {
        serde_json::from_value(status).unwrap()
    }

    #[test]
    fn what_is_replaced_by_hand_is_not_waited_for() {
        let by_hand = wanted(json!({"replicas": 2, "updateStrategy": {"type": "OnDelete"}}));
        let old = counts(json!({"desiredNumberScheduled": 2, "numberAvailable": 2, "numberReady": 2}));
        assert_eq!(daemon_set(&by_hand, &old), None);
        assert_eq!(stateful_set(&by_hand, &Counts::default()), None);
        let usual = daemon_set(&Wanted::default(), &old);
        assert_eq!(usual.as_deref(), Some("0 of 2 pods are updated"));
    }

    #[test]
    fn pods_below_the_partition_stay_as_they_are() {
        let rolling = |partition: i64| {
            let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}});
            wanted(json!({"replicas": 3, "updateStrategy": strategy}))
        };
        let has =
            counts(json!({"readyReplicas": 3, "updatedReplicas": 1, "updateRevision": "b", "currentRevision": "a"}));
        assert_eq!(stateful_set(&rolling(2), &has), None);
        assert_eq!(stateful_set(&rolling(0), &has).as_deref(), Some("1 of 3 pods are updated"));
    }

    #[test]
    fn a_deployment_is_through_when_the_last_pods_are_gone() {
        let full = json!({"replicas": 3, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2});
        let two = wanted(json!({"replicas": 2}));
        assert_eq!(deployment(&two, &counts(full)).as_deref(), Some("1 pods of the last revision have not ended"));
        let paused = wanted(json!({"replicas": 2, "paused": true}));
        let has = json!({"replicas": 2, "availableReplicas": 2, "readyReplicas": 2});
        assert_eq!(deployment(&paused, &counts(has)), None);
    }
}
