//! The container images of the base cluster image: Kubernetes' own four, etcd, pause, and the pod network.

use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::error::Result;
use crate::parts::container::{Addition, Container, Form};
use crate::parts::{Workshop, oci};

/// The package sets that the images are extracted from.
pub(crate) const PACKAGES: &[&[&str]] = &[PROXY, ETCD, NETWORK];
/// Tracked files that go into the images.
pub(crate) const TRACKED: &[&str] =
    &["examples/kubernetes/pause.c", "examples/kubernetes/podnet.sh", "examples/kubernetes/podnet.kubeconfig"];

const PROXY: &[&str] = &["iptables", "conntrack"];
const ETCD: &[&str] = &["etcd-server", "etcd-client"];
const NETWORK: &[&str] = &["dash", "coreutils", "iproute2"];

/// Makes all of them in `place`.
pub(crate) fn place(workshop: &Workshop, place: &Path) -> Result<()> {
    for program in ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] {
        control_plane(workshop, program).make(workshop, place)?;
    }
    proxy(workshop).make(workshop, place)?;
    etcd().make(workshop, place)?;
    let scratch = workshop.scratch()?;
    pause(workshop, scratch.path())?.make(workshop, place)?;
    network(workshop).make(workshop, place)
}

fn control_plane(workshop: &Workshop, program: &'static str) -> Container {
    Container {
        name: format!("k8s.gcr.io/{program}:{}", workshop.version),
        file: program,
        form: Form::DockerArchive,
        packages: &[],
        additions: vec![kubernetes(workshop, program, in_path(program))],
        links: &[],
        configuration: oci::Configuration::default(),
    }
}

/// The place of one of Kubernetes' programs inside its image.
fn in_path(program: &str) -> &'static str {
    match program {
        "kube-apiserver" => "usr/local/bin/kube-apiserver",
        "kube-controller-manager" => "usr/local/bin/kube-controller-manager",
        "kube-scheduler" => "usr/local/bin/kube-scheduler",
        "kubectl" => "usr/local/bin/kubectl",
        _ => "usr/local/bin/kube-proxy",
    }
}

fn kubernetes(workshop: &Workshop, program: &str, to: &'static str) -> Addition {
    Addition { from: workshop.kubernetes.join(program), to, mode: 0o755 }
}

/// kube-proxy calls iptables and conntrack; the alternatives system that names them has not run, so the links are made here.
fn proxy(workshop: &Workshop) -> Container {
    Container {
        name: format!("k8s.gcr.io/kube-proxy:{}", workshop.version),
        file: "kube-proxy",
        form: Form::DockerArchive,
        packages: PROXY,
        additions: vec![kubernetes(workshop, "kube-proxy", in_path("kube-proxy"))],
        links: &[
            ("usr/sbin/iptables", "xtables-nft-multi"),
            ("usr/sbin/iptables-save", "xtables-nft-multi"),
            ("usr/sbin/iptables-restore", "xtables-nft-multi"),
            ("usr/sbin/ip6tables", "xtables-nft-multi"),
            ("usr/sbin/ip6tables-save", "xtables-nft-multi"),
            ("usr/sbin/ip6tables-restore", "xtables-nft-multi"),
        ],
        configuration: oci::Configuration::default(),
    }
}

/// The tag tells what is inside: Debian's etcd, not the one that this Kubernetes would ask for by itself.
fn etcd() -> Container {
    Container {
        name: "k8s.gcr.io/etcd:3.4.23".to_owned(),
        file: "etcd",
        form: Form::Layout,
        packages: ETCD,
        additions: Vec::new(),
        links: &[],
        configuration: oci::Configuration::default(),
    }
}

/// The container that holds a pod's namespaces, compiled from the source beside the Kubefile.
fn pause(workshop: &Workshop, scratch: &Path) -> Result<Container> {
    let (source, program): (PathBuf, PathBuf) = (tracked(workshop, "pause.c"), scratch.join("pause"));
    let compile = Program::new("gcc").arguments(["-Os", "-static", "-s", "-Wall", "-Werror", "-o"]);
    compile.argument(&program).argument(&source).output()?;
    Ok(Container {
        name: "k8s.gcr.io/pause:3.2".to_owned(),
        file: "pause",
        form: Form::Layout,
        packages: &[],
        additions: vec![Addition { from: program, to: "pause", mode: 0o755 }],
        links: &[],
        configuration: oci::Configuration { entrypoint: vec!["/pause"], ..Default::default() },
    })
}

/// A shell, the `ip` program and kubectl: enough to give each node its pods' addresses and routes.
fn network(workshop: &Workshop) -> Container {
    Container {
        name: "docker.io/library/podnet:v1".to_owned(),
        file: "podnet",
        form: Form::Layout,
        packages: NETWORK,
        additions: vec![
            kubernetes(workshop, "kubectl", in_path("kubectl")),
            Addition { from: tracked(workshop, "podnet.sh"), to: "usr/local/bin/podnet", mode: 0o755 },
            Addition { from: tracked(workshop, "podnet.kubeconfig"), to: "etc/podnet/kubeconfig", mode: 0o644 },
        ],
        links: &[("bin/sh", "dash")],
        configuration: oci::Configuration { entrypoint: vec!["/usr/local/bin/podnet"], ..Default::default() },
    }
}

fn tracked(workshop: &Workshop, name: &str) -> PathBuf {
    workshop.folders.example("kubernetes").join(name)
}

/// Keeps the list of tracked files honest.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tracked_file_exists() -> Result<()> {
        let repository = crate::folders::Folders::find()?.repository;
        for file in TRACKED {
            assert!(repository.join(file).is_file(), "expected {file} in the checkout");
        }
        Ok(())
    }
}
