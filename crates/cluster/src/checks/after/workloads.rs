//! Workloads: every pod, and every controller of pods.

use super::After;
use super::diagnosis::{Trouble, trouble};
use super::objects::{Found, Object};
use crate::checks::check::Check;
use sealer_model::checks::Severity::{Error, Warning};

pub(super) const CHECKS: &[Check] = &[
    Check::cluster(
        ("pod-image", Error),
        "every pod gets its images",
        "a container without its image does not start",
        "check the image's name; what the cluster image does not carry cannot be pulled on a closed site",
        |after| pods(after, Trouble::Image),
    ),
    Check::cluster(
        ("pod-memory", Error),
        "no container is ended for want of memory",
        "it needs more than its limit, or than the node has",
        "raise its memory limit, or find out what it needs so much for",
        |after| pods(after, Trouble::Memory),
    ),
    Check::cluster(
        ("pod-crashing", Error),
        "no container ends again and again",
        "it cannot do its work, and waits longer before each new attempt",
        "look at `kubectl logs --previous`; most often a service or a setting that it needs is missing",
        |after| pods(after, Trouble::Crash),
    ),
    Check::cluster(
        ("pod-unschedulable", Error),
        "there is a node for every pod",
        "the pod waits until a node has what it asks for",
        "free what is missing, lower what the pod asks for, or add a node",
        |after| pods(after, Trouble::Schedule),
    ),
    Check::cluster(
        ("pod-probe", Error),
        "every container that runs answers its probes",
        "services send nothing to a pod that does not say that it is ready",
        "look at what the probe asks for, and at `kubectl logs`",
        |after| pods(after, Trouble::Probe),
    ),
    Check::cluster(
        ("pod-not-ready", Error),
        "every other pod is ready",
        "what is not ready serves nobody",
        "look at `kubectl describe pod`",
        |after| pods(after, Trouble::Other),
    ),
    Check::cluster(
        ("workload", Error),
        "deployments, stateful sets and daemon sets have all their pods, up to date",
        "some of what was asked for is not there, or still the former version",
        "look at its pods, and at `kubectl describe` for pods that could not even be made",
        |after| judged(after, &["Deployment", "StatefulSet", "DaemonSet"], workload),
    ),
    Check::cluster(
        ("job", Error),
        "jobs are complete",
        "what they should have prepared is not there",
        "look at the log of the job's last pod, delete the job and launch it again",
        |after| judged(after, &["Job"], job),
    ),
    Check::cluster(
        ("pod-restarts", Warning),
        "no container that runs was started anew more than 5 times",
        "it works now; something made it end before",
        "look at `kubectl logs --previous`",
        restarts,
    ),
];

fn pods(after: &After, of: Trouble) -> Found {
    let found = |pod: &Object| {
        let (trouble, text) = trouble(pod, after)?;
        (trouble == of).then(|| (pod.subject(), text))
    };
    after.objects.of("Pod").filter_map(found).collect()
}

fn judged(after: &After, kinds: &[&str], judge: fn(&Object) -> Option<String>) -> Found {
    let objects = after.objects.items.iter().filter(|object| kinds.contains(&object.kind.as_str()));
    objects.filter_map(|object| Some((object.subject(), judge(object)?))).collect()
}

fn workload(object: &Object) -> Option<String> {
    let status = &object.status;
    let (wanted, updated, ready) = match object.kind.as_str() {
        "DaemonSet" => (status.desired_number_scheduled, status.updated_number_scheduled, status.number_ready),
        "Deployment" => (object.spec.replicas.unwrap_or(1), status.updated_replicas, status.available_replicas),
        _ => (object.spec.replicas.unwrap_or(1), status.updated_replicas, status.ready_replicas),
    };
    let observed = status.observed_generation >= object.metadata.generation;
    let done = observed && updated >= wanted && ready >= wanted;
    (!done).then(|| format!("{ready} of {wanted} pods ready, {updated} up to date"))
}

fn job(object: &Object) -> Option<String> {
    if object.is("Complete") || object.spec.suspend {
        return None;
    }
    match object.condition("Failed") {
        Some(failed) if failed.status == "True" => Some(format!("failed: {} {}", failed.reason, failed.message)),
        _ => Some("not complete yet".into()),
    }
}

fn restarts(after: &After) -> Found {
    let often = |pod: &Object| {
        let containers = pod.status.container_statuses.iter().filter(|it| it.ready && it.restart_count > 5);
        let text = |name: &str, count: u64| format!("container {name} was started anew {count} times");
        containers.map(|it| (pod.subject(), text(&it.name, it.restart_count))).collect::<Found>()
    };
    after.objects.of("Pod").flat_map(often).collect()
}
