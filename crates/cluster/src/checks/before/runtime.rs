//! Container runtimes that are there already, and other programs that want what the cluster wants.

use super::Subject;
use crate::checks::check::{Check, when};
use sealer_model::checks::Severity::{Error, Warning};

pub(super) const CHECKS: &[Check] = &[
    Check::host(
        ("runtime-containerd", Error),
        "no other containerd runs",
        "both want the same socket, state folder and unit, and the host's own would be replaced",
        "stop and disable containerd; docker's is part of docker",
        |subject| other_runtime(subject, "containerd.service"),
    ),
    Check::host(
        ("runtime-docker", Warning),
        "docker does not run",
        "it sets the packet filter to drop what is forwarded, and its containers take memory that Kubernetes counts on",
        "remove docker unless something needs it",
        |subject| other_runtime(subject, "docker.service"),
    ),
    Check::host(
        ("runtime-crio", Warning),
        "CRI-O does not run",
        "it is started for a Kubernetes, and its pod network is one more configuration",
        "remove it with the package manager",
        |subject| other_runtime(subject, "crio.service"),
    ),
    Check::host(
        ("runtime-programs", Warning),
        "no other kubelet, kubeadm, containerd or runc is installed",
        "whoever types the name may get another version than the cluster's",
        "remove the packages",
        programs,
    ),
    Check::host(
        ("balancer-service", Warning),
        "no other load balancer runs on the host",
        "keepalived and haproxy of an earlier cluster hold addresses and ports for it",
        "stop them unless they serve something else",
        |subject| {
            let units = ["keepalived.service", "haproxy.service"];
            units.into_iter().filter(|unit| subject.runs(unit)).map(|unit| format!("{unit} is active")).collect()
        },
    ),
];

fn other_runtime(subject: &Subject<'_>, unit: &str) -> Vec<String> {
    when(!subject.is_ours() && subject.runs(unit), || format!("{unit} is active"))
}

fn programs(subject: &Subject<'_>) -> Vec<String> {
    let programs = &subject.facts.surroundings.programs;
    let paths = ["kubelet", "kubeadm", "containerd", "runc"].into_iter().filter_map(|name| programs.get(name));
    let paths: Vec<&str> = paths.map(String::as_str).collect();
    when(!subject.is_ours() && !paths.is_empty(), || format!("there are {}", paths.join(", ")))
}
