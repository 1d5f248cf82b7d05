//! Container runtimes that are there already, and other programs that want what the cluster wants.

use super::Subject;
use crate::checks::check::{Check, when};
use sealer_model::checks::Severity::{Error, Warning};
use sealer_model::cluster::ContainerRuntime;

pub(super) const CHECKS: &[Check] = &[
    Check::host(
        ("runtime-containerd", Error),
        "no other containerd runs",
        "both want the same socket, state folder and unit, and the host's own would be replaced",
        "stop and disable containerd; docker's is part of docker",
        |subject| if has_own_docker(subject) { Vec::new() } else { other_runtime(subject, "containerd.service") },
    ),
    Check::host(
        ("runtime-docker", Warning),
        "docker does not run",
        "it sets the packet filter to drop what is forwarded, and its containers take memory that Kubernetes counts on",
        "remove docker unless something needs it",
        |subject| if is_of_docker(subject) { Vec::new() } else { other_runtime(subject, "docker.service") },
    ),
    Check::host(
        ("docker-unfit", Error),
        "a docker that the host has already can be the cluster's container runtime",
        "it is used as it is and never replaced, and pods would not start there, or its own containers would end",
        "change what is found, remove docker, or write containerd for containerRuntime.type",
        |subject| if is_of_docker(subject) { unfit(subject) } else { Vec::new() },
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

/// Whether the cluster shall run on docker.
fn is_of_docker(subject: &Subject<'_>) -> bool {
    subject.before.cluster.container_runtime == ContainerRuntime::Docker
}

/// Whether it will run on the docker that the host has already, with whatever belongs to that.
fn has_own_docker(subject: &Subject<'_>) -> bool {
    is_of_docker(subject) && subject.facts.surroundings.has_own_docker()
}

/// One that was taken before has our settings beside its own by now.
fn unfit(subject: &Subject<'_>) -> Vec<String> {
    let docker = &subject.facts.surroundings.docker;
    if subject.is_ours() || !has_own_docker(subject) {
        return Vec::new();
    }
    if !docker.answers() || !subject.runs("docker.service") {
        return vec!["docker is installed, and docker.service does not run or does not answer".to_owned()];
    }
    docker.unfit()
}

fn other_runtime(subject: &Subject<'_>, unit: &str) -> Vec<String> {
    when(!subject.is_ours() && subject.runs(unit), || format!("{unit} is active"))
}

fn programs(subject: &Subject<'_>) -> Vec<String> {
    let programs = &subject.facts.surroundings.programs;
    // containerd and runc belong to a docker that is used
    let docker_s = |name: &&str| has_own_docker(subject) && ["containerd", "runc"].contains(name);
    let names = ["kubelet", "kubeadm", "containerd", "runc"].into_iter().filter(|name| !docker_s(name));
    let paths = names.filter_map(|name| programs.get(name));
    let paths: Vec<&str> = paths.map(String::as_str).collect();
    when(!subject.is_ours() && !paths.is_empty(), || format!("there are {}", paths.join(", ")))
}
