//! What connects workloads: services and their backends, the name service, claims for storage, namespaces.

use super::After;
use super::objects::{Backend, Found, Object};
use crate::checks::check::Check;
use sealer_model::checks::Severity::{Error, Warning};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Labels as the API writes them.
type Labels = Map<String, Value>;

pub(super) const CHECKS: &[Check] = &[
    Check::cluster(
        ("service-without-backend", Warning),
        "every service has somebody behind it",
        "whoever calls it is refused; most often its selector fits no pod",
        "compare the service's selector with the pods' labels, and see whether those pods are ready",
        without_backend,
    ),
    Check::cluster(
        ("ingress-without-service", Warning),
        "every ingress leads to services that there are",
        "whoever comes from outside gets an error of the ingress controller",
        "correct the name in the ingress, or create the service",
        ingresses,
    ),
    Check::cluster(
        ("service-network", Error),
        "hosts reach services by their addresses",
        "kube-proxy did not make its rules, or something else removed them",
        "look at the log of kube-proxy on the host, and whether a firewall's reload took its rules away",
        |after| answers(after, "a service's address", |probed| probed.service.as_ref()),
    ),
    Check::cluster(
        ("name-service", Error),
        "the cluster's name service answers every host",
        "pods find services by name only",
        "look at the pods of CoreDNS and their logs",
        |after| answers(after, "the cluster's name service", |probed| probed.name_service.as_ref()),
    ),
    Check::cluster(
        ("claim-pending", Error),
        "every claim for storage is served",
        "the pods that use it wait",
        "make a volume that fits, or name a storage class that somebody serves",
        claims,
    ),
    Check::cluster(
        ("namespace-ending", Warning),
        "no namespace is stuck while it is deleted",
        "something in it waits for a program that is gone",
        "look at the namespace's conditions for what is left, and bring its controller back or remove its finalizers",
        |after| {
            let ending = after.objects.of("Namespace").filter(|it| it.status.phase == "Terminating");
            ending.map(|namespace| (namespace.subject(), stuck(namespace))).collect()
        },
    ),
    Check::cluster(
        ("recent-warnings", Warning),
        "the API has no warnings of the last 10 minutes about what else seems well",
        "what repeats itself now is what breaks next",
        "look at `kubectl get events --all-namespaces` for the whole story",
        recent_warnings,
    ),
];

/// A service without a selector gets its backends from elsewhere, and one of type ExternalName has none.
fn without_backend(after: &After) -> Found {
    let served = |service: &Object| {
        let mut endpoints = after.objects.of("Endpoints").filter(|it| {
            it.metadata.name == service.metadata.name && it.metadata.namespace == service.metadata.namespace
        });
        endpoints.any(|it| it.subsets.iter().any(|subset| !subset.addresses.is_empty()))
    };
    let selecting = |service| Some((service, selected(service)?));
    let empty = after.objects.of("Service").filter_map(selecting);
    let empty = empty.filter(|(service, labels)| !served(service) && !rests(after, service, labels));
    empty.map(|(service, _)| (service.subject(), "no ready pod is behind it".into())).collect()
}

/// The labels of the pods that a service selects.
fn selected(service: &Object) -> Option<&Labels> {
    let labels = service.spec.selector.as_ref()?.as_object()?;
    (!labels.is_empty() && service.spec.service_type != "ExternalName").then_some(labels)
}

/// Whether the pods that a service selects are those of a workload that shall have none at the moment.
fn rests(after: &After, service: &Object, wanted: &Labels) -> bool {
    let is_behind = |workload: &Object| {
        let labels = workload.spec.selector.as_ref().and_then(|selector| selector.get("matchLabels")?.as_object());
        let Some(labels) = labels else { return false };
        let within = |few: &Labels, many: &Labels| few.iter().all(|(name, value)| many.get(name) == Some(value));
        within(wanted, labels) || within(labels, wanted)
    };
    let mut workloads = ["Deployment", "StatefulSet"].into_iter().flat_map(|kind| after.objects.of(kind));
    workloads.any(|workload| {
        let here = workload.metadata.namespace == service.metadata.namespace;
        here && workload.spec.wanted.replicas == Some(0) && is_behind(workload)
    })
}

/// Each ingress with the services that it names and that are not in its namespace.
fn ingresses(after: &After) -> Found {
    let lacking = |ingress: &Object| {
        let is_there = |name: &str| {
            let mut services = after.objects.of("Service").map(|it| &it.metadata);
            services.any(|it| it.name == name && it.namespace == ingress.metadata.namespace)
        };
        let ways = ingress.spec.rules.iter().flat_map(|rule| &rule.http.paths).map(|path| &path.backend);
        let ways = ways.chain(&ingress.spec.default_backend).chain(&ingress.spec.backend);
        let names: BTreeSet<&str> = ways.filter_map(Backend::service).filter(|name| !is_there(name)).collect();
        names.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let ingresses = after.objects.of("Ingress").map(|ingress| (ingress.subject(), lacking(ingress)));
    let broken = ingresses.filter(|(_, lacking)| !lacking.is_empty());
    broken.map(|(ingress, lacking)| (ingress, format!("there is no service {}", lacking.join(", ")))).collect()
}

fn answers(after: &After, whom: &str, of: fn(&super::Probed) -> Option<&Result<(), String>>) -> Found {
    let failed = after.probed.iter().filter_map(|(host, probed)| Some((host, of(probed)?.as_ref().err()?)));
    failed.map(|(host, why)| (host.to_string(), format!("{whom} does not answer: {why}"))).collect()
}

/// A claim whose class binds only when a pod comes waits rightly.
fn claims(after: &After) -> Found {
    let pending = after.objects.of("PersistentVolumeClaim").filter(|claim| claim.status.phase != "Bound");
    let found = pending.filter_map(|claim| {
        let mine = |event: &&Object| {
            let about = &event.involved;
            about.kind == "PersistentVolumeClaim"
                && about.name == claim.metadata.name
                && about.namespace == claim.metadata.namespace
        };
        let latest = after.warnings.iter().filter(mine).max_by_key(|event| event.seen());
        match latest {
            Some(event) if event.reason == "WaitForFirstConsumer" => None,
            Some(event) => Some((claim.subject(), format!("{}: {}", event.reason, event.message.trim()))),
            None => Some((claim.subject(), format!("it is {}", claim.status.phase))),
        }
    });
    found.collect()
}

fn stuck(namespace: &Object) -> String {
    let conditions = namespace.status.conditions.iter().filter(|condition| condition.status == "True");
    let messages: Vec<&str> = conditions.map(|condition| condition.message.as_str()).collect();
    if messages.is_empty() {
        "it is being deleted".into()
    } else {
        format!("it is being deleted: {}", messages.join("; "))
    }
}

const RECENT: i64 = 600;
const MOST: usize = 10;

/// Whether a warning is about a pod that became ready since, or that is gone.
fn is_over(event: &Object, after: &After) -> bool {
    let about = &event.involved;
    let same = |pod: &&Object| pod.metadata.name == about.name && pod.metadata.namespace == about.namespace;
    match after.objects.of("Pod").find(same) {
        _ if about.kind != "Pod" => false,
        None => true,
        Some(pod) => pod.ready_since().zip(event.seen()).is_some_and(|(ready, seen)| seen <= ready),
    }
}

/// Warnings that repeat themselves; a single one is how Kubernetes waits for what is not there yet. The latest ones are told.
fn recent_warnings(after: &After) -> Found {
    let recent = |event: &&Object| event.seen().is_some_and(|seen| seen > after.now - RECENT);
    let repeated = |event: &&Object| event.event_type == "Warning" && event.times() > 2;
    let lasting = |event: &&Object| !is_over(event, after);
    let mut events: Vec<&Object> = after.warnings.iter().filter(recent).filter(repeated).filter(lasting).collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.seen()));
    let told = events.into_iter().take(MOST).map(|event| {
        let about = &event.involved;
        let subject = super::objects::subject(&about.kind, &about.namespace, &about.name);
        (subject, format!("{} ({} times): {}", event.reason, event.times(), event.message.trim()))
    });
    told.collect()
}
