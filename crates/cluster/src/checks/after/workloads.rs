//! Workloads: every pod, and every controller of pods.

use super::After;
use super::diagnosis::{Trouble, trouble};
use super::objects::{Found, Object, Owner};
use crate::checks::check::Check;
use sealer_model::checks::Severity::{Error, Warning};
use sealer_model::workload;

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
        workloads,
    ),
    Check::cluster(
        ("job", Error),
        "jobs are complete",
        "what they should have prepared is not there",
        "look at the log of the job's last pod, delete the job and launch it again",
        jobs,
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

fn workloads(after: &After) -> Found {
    let kinds = ["Deployment", "StatefulSet", "DaemonSet"];
    let objects = after.objects.items.iter().filter(|object| kinds.contains(&object.kind.as_str()));
    objects.filter_map(|object| Some((object.subject(), workload(object).or_else(|| unseen(object, after))?))).collect()
}

/// What the controller of a controller of pods has not seen yet: it may be away itself, as when a master joins and another one has to be
/// elected, and then its counts are those of before.
fn unseen(object: &Object, after: &After) -> Option<String> {
    let is_own = |pod: &&Object| {
        let own = |owner: &Owner| owner.kind == object.kind && owner.name == object.metadata.name;
        pod.metadata.namespace == object.metadata.namespace && pod.metadata.owners.iter().any(own)
    };
    let told = match object.kind.as_str() {
        "DaemonSet" => object.status.counts.number_ready,
        // the pods of a Deployment are those of others
        "Deployment" => return None,
        _ => object.status.counts.ready_replicas,
    };
    let own: Vec<&Object> = after.objects.of("Pod").filter(is_own).collect();
    let ready = own.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none() && pod.is("Ready")).count();
    let fewer = !own.is_empty() && i64::try_from(ready).is_ok_and(|ready| ready < told);
    fewer.then(|| format!("{ready} of {told} pods are ready, and its controller has not seen that yet"))
}

/// By the rules by which releases are waited for.
fn workload(object: &Object) -> Option<String> {
    let (wanted, has) = (&object.spec.wanted, &object.status.counts);
    if object.status.observed_generation < object.metadata.generation {
        return Some("the change has not been seen by its controller".into());
    }
    let lacks = match object.kind.as_str() {
        "DaemonSet" => workload::daemon_set(wanted, has),
        "Deployment" => workload::deployment(wanted, has),
        _ => workload::stateful_set(wanted, has),
    };
    let cause = object.condition("ReplicaFailure").filter(|failure| failure.status == "True");
    lacks.map(|lacks| match cause {
        Some(cause) => format!("{lacks}; {}: {}", cause.reason, cause.message),
        None => lacks,
    })
}

fn jobs(after: &After) -> Found {
    let jobs = after.objects.of("Job").filter(|job| !is_superseded(job, after));
    jobs.filter_map(|each| Some((each.subject(), job(each)?))).collect()
}

/// Whether a CronJob has made a later one that is complete: what failed before it is history.
fn is_superseded(job: &Object, after: &After) -> bool {
    let Some(owner) = cron(job) else { return false };
    let later = |it: &Object| {
        it.metadata.namespace == job.metadata.namespace
            && cron(it) == Some(owner)
            && it.metadata.creation_timestamp > job.metadata.creation_timestamp
    };
    after.objects.of("Job").any(|it| later(it) && it.is("Complete"))
}

fn cron(job: &Object) -> Option<&Owner> {
    job.metadata.owners.iter().find(|owner| owner.kind == "CronJob")
}

fn job(object: &Object) -> Option<String> {
    if object.is("Complete") || object.spec.suspend {
        return None;
    }
    match object.condition("Failed") {
        Some(failed) if failed.status == "True" => Some(format!("failed: {} {}", failed.reason, failed.message)),
        // what a clock starts is always at work some time
        _ if cron(object).is_some() => None,
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
