//! Starts the control plane with `kubeadm init`. What an interrupted attempt left is cleaned first; that it went through is
//! told by a mark that is made only afterwards.

use crate::delivery::Delivery;
use crate::step::{Answer, On, Step, first_master};
use crate::steps::registry::file;
use crate::steps::{clean, docker, receive_backup};
use crate::{Error, Fleet};
use sealer_model::agent::Change;
use sealer_model::cluster::{API_SERVER_DOMAIN, API_SERVER_PORT, Cluster, ContainerRuntime, Member};
use sealer_model::image::Extension;
use sealer_model::kubeadm::{ConfigurationFile, Documents, NodeRegistration};
use std::net::IpAddr;

/// Start the control plane.
pub(crate) struct InitControlPlane;

/// Where kubeadm finds its documents.
pub(super) const CONFIGURATION: &str = "/etc/kubernetes/kubeadm.yaml";

/// The API server mounts this folder, and the kubelet makes it where a host has none. A file of ours there lets the ledger
/// know whose the folder is; certificates that the host has in it stay untouched.
pub(super) const CERTIFICATES_MARK: &str = "/etc/ssl/certs/.sealer";

impl Step<Delivery> for InitControlPlane {
    fn id(&self) -> &'static str {
        "init"
    }

    fn title(&self) -> &'static str {
        "Start the control plane"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        first_master(cluster)
    }

    fn touches(&self, cluster: &Cluster, _: &Extension) -> Vec<String> {
        let folders = ["/etc/kubernetes/", "/var/lib/kubelet/", "/var/lib/etcd/"].map(str::to_owned).into_iter();
        folders.chain([CERTIFICATES_MARK.to_owned(), mark(cluster), "Node".to_owned()]).collect()
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move {
            let mark = mark(on.cluster());
            Ok(on.agent()?.read_file(&mark).await?.is_some())
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            clean::half_made_node(on, "/etc/kubernetes/manifests/kube-apiserver.yaml").await?;
            let phases = skipped(&write_configuration(on).await?);
            if let Some(backup) = &on.context.backup {
                receive_backup::receive(on, backup).await?;
            }
            let arguments = ["init", "--config", CONFIGURATION, "--skip-token-print", &phases];
            on.fleet().run(on.address(), "init", on.context.command("kubeadm", &arguments)).await?;
            on.change(vec![file(mark(on.cluster()), 0o644, "")], false).await?;
            Ok(())
        })
    }
}

/// Writes kubeadm's documents for this cluster and image to [`CONFIGURATION`], and says which phases the image or they do without.
pub(super) async fn write_configuration(on: &On<'_, Delivery>) -> Result<Vec<String>, Error> {
    let mut documents = on.context.kubeadm_documents(on.address()).await?;
    complete(&mut documents, on.cluster(), on.address());
    register(&mut documents.init.node_registration, on)?;
    let version = on.context.bundle.kubernetes_version()?;
    documents.cluster.kubernetes_version = version.to_string();
    let text = told(on, documents.init_file(version)?);
    on.change(vec![file(CONFIGURATION.into(), 0o600, &text), certificates_mark()], false).await?;
    Ok([on.context.bundle.skipped_phases(), documents.skipped_phases()].concat())
}

/// The text of a file for kubeadm; that something of the image's or the site's is not in it must not go unnoticed.
pub(super) fn told(on: &On<'_, Delivery>, file: ConfigurationFile) -> String {
    for left_out in &file.left_out {
        on.fleet().listener.warn(format!("{}: {left_out}", on.address()));
    }
    file.text
}

/// See [`CERTIFICATES_MARK`].
pub(super) fn certificates_mark() -> Change {
    file(CERTIFICATES_MARK.into(), 0o644, "")
}

/// What tells that this host is a master that went through.
pub(super) fn mark(cluster: &Cluster) -> String {
    format!("{}/control-plane", cluster.folder())
}

/// kubeadm's own checks want a tool that talks to the runtime and a registry under its own names; sealer's checks came first.
pub(super) fn skipped(phases: &[String]) -> String {
    let all = std::iter::once("preflight").chain(phases.iter().map(String::as_str));
    format!("--skip-phases={}", all.collect::<Vec<_>>().join(","))
}

/// Puts what follows from the cluster over what the image brings.
fn complete(documents: &mut Documents, cluster: &Cluster, host: IpAddr) {
    let configuration = &mut documents.cluster;
    configuration.cluster_name.clone_from(&cluster.name);
    configuration.control_plane_endpoint = format!("{API_SERVER_DOMAIN}:{API_SERVER_PORT}");
    let masters = cluster.masters().map(|member| member.address.to_string());
    let names = ["127.0.0.1".to_owned(), API_SERVER_DOMAIN.to_owned()];
    for name in names.into_iter().chain(masters) {
        if !configuration.api_server.cert_sans.contains(&name) {
            configuration.api_server.cert_sans.push(name);
        }
    }
    documents.init.local_api_endpoint.advertise_address = host.to_string();
    documents.init.local_api_endpoint.bind_port = API_SERVER_PORT;
}

/// How a host becomes a node, under its own name, at the address by which the others reach it, and with the runtime that it has.
pub(super) fn register(registration: &mut NodeRegistration, on: &On<'_, Delivery>) -> Result<(), Error> {
    let (facts, runtime) = (on.fleet().facts_of(on.address())?, on.cluster().container_runtime);
    registration.name.clone_from(&facts.hostname);
    registration.cri_socket = runtime.socket().into();
    registration.kubelet_extra_args.set("node-ip", on.address().to_string());
    if runtime == ContainerRuntime::Docker {
        docker::register(registration, on.context.bundle.sandbox_image()?, facts);
    }
    Ok(())
}

/// Reads a file that must be there.
pub(super) async fn read<C: AsRef<Fleet>>(on: &On<'_, C>, host: IpAddr, path: &str) -> Result<String, Error> {
    let missing = || Error::Missing { host, path: path.to_owned() };
    let bytes = on.fleet().agent(host)?.read_file(path).await?.ok_or_else(missing)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
