//! What can go wrong while machines are changed. Every error names the host or the path; causes are in the source chain.

use crate::programs::NoProgram;
use sealer_model::Digest;
use sealer_model::bundle::IncompleteBundle;
use sealer_model::checks::Finding;
use sealer_model::cluster::{CannotAdopt, InvalidCluster, InvalidHostAlias, InvalidMembership};
use sealer_model::clusterfile::UnfitClusterfile;
use sealer_model::etcd::EtcdVersion;
use sealer_model::kubeadm::{InvalidDocument, InvalidVersion, UnsupportedUpgrade};
use sealer_model::launch::CannotLaunch;
use std::net::IpAddr;
use std::path::PathBuf;

/// An error of this room.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The desired state contradicts itself.
    #[error("the cluster cannot be made as asked")]
    Cluster(#[from] InvalidCluster),
    /// The image does not say what a cluster needs.
    #[error("the image cannot make this cluster")]
    Bundle(#[from] IncompleteBundle),
    /// The image holds no Kubernetes.
    #[error("image {0} brings applications only; run an image that holds Kubernetes (FROM it) on new hosts")]
    NotAnInstaller(String),
    /// An application cannot be launched.
    #[error("the image's applications cannot be launched as asked")]
    Launch(#[from] CannotLaunch),
    /// The container runtime that was asked for cannot be this cluster's.
    #[error("docker cannot be the container runtime: {reason}")]
    UnfitRuntime {
        /// Why.
        reason: String,
    },
    /// kubeadm of this version cannot be configured.
    #[error("kubeadm cannot be configured")]
    Version(#[from] InvalidVersion),
    /// The image's kubeadm file is wrong.
    #[error("the image's {path}")]
    Kubeadm {
        /// Path in the rootfs.
        path: String,
        /// What is wrong.
        source: InvalidDocument,
    },
    /// A host cannot be reached or its agent failed.
    #[error(transparent)]
    Host(#[from] sealer_host::Error),
    /// Hosts that could not be connected to; every one of them.
    #[error("{} of {total} hosts cannot be used: {}", failures.len(), joined(failures))]
    Hosts {
        /// How many hosts there are.
        total: usize,
        /// Each that failed, with the whole reason.
        failures: Vec<(IpAddr, String)>,
    },
    /// There is nothing to become the agent on a host.
    #[error("host {host}")]
    Program {
        /// The host.
        host: IpAddr,
        /// Why.
        source: NoProgram,
    },
    /// There is nothing to become the agent on some hosts; every one of them.
    #[error("{} of {total} hosts cannot run any program of sealer that is at hand: {}", failures.len(), joined(failures))]
    Programs {
        /// How many hosts there are.
        total: usize,
        /// Each of them, with the reason and what to do.
        failures: Vec<(IpAddr, String)>,
    },
    /// The programs that an image carries cannot be read.
    #[error("the programs that image {image} carries for hosts of other platforms cannot be read")]
    ImagePrograms {
        /// The image.
        image: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Checks before the start found errors.
    #[error("{} found before anything was changed", problems(.0.len()))]
    Preflight(Vec<Finding>),
    /// What the site changes in the image's files cannot be carried out.
    #[error("the image's files cannot be tailored to the site")]
    Tailor(#[from] sealer_tailor::Error),
    /// A plugin's script failed.
    #[error("plugin {name}")]
    Plugin {
        /// The plugin's name.
        name: String,
        /// Why.
        #[source]
        source: Box<Error>,
    },
    /// A command of an application failed.
    #[error("application {application} was not launched; all that its commands said is in {log} on the first master")]
    NotLaunched {
        /// The application's name.
        application: String,
        /// The log's path there.
        log: String,
        /// Why.
        #[source]
        source: Option<Box<Error>>,
    },
    /// A step failed on one or several hosts.
    #[error("step \"{step}\" failed on host {host}")]
    Step {
        /// The step's title.
        step: String,
        /// The host.
        host: IpAddr,
        /// Why.
        #[source]
        source: Box<Error>,
    },
    /// A step went through but what it should have made so is not so.
    #[error("host {host}: step \"{step}\" ended without error, yet its result is not there")]
    NotVerified {
        /// The step's title.
        step: String,
        /// The host.
        host: IpAddr,
    },
    /// Not everything was ready in time.
    #[error("after {seconds} s this is not well:\n{}", listed(findings))]
    NotReady {
        /// How long was waited.
        seconds: u64,
        /// What is not as it should be.
        findings: Vec<Finding>,
    },
    /// An object that kubectl printed cannot be read.
    #[error("host {host}: kubectl printed what cannot be read")]
    Kubectl {
        /// Where kubectl ran.
        host: IpAddr,
        /// Why.
        source: serde_json::Error,
    },
    /// A file that should be on a host is not there.
    #[error("host {host}: {path} is missing")]
    Missing {
        /// The host.
        host: IpAddr,
        /// The path.
        path: String,
    },
    /// A certificate could not be made or read.
    #[error("certificate {path}")]
    Certificate {
        /// Which.
        path: PathBuf,
        /// Why.
        source: rcgen::Error,
    },
    /// The certificate that was brought along for the registry cannot be used.
    #[error("the registry's own certificate: {reason}")]
    OwnCertificate {
        /// Why.
        reason: String,
    },
    /// The registry that the site has already cannot be used.
    #[error("the site's own registry {registry}")]
    ExternalRegistry {
        /// Its name.
        registry: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A secret of the registry is neither given nor on a host of it.
    #[error("{secret} is neither given now nor known to the registry on {host}")]
    NoSecret {
        /// Which secret, in words.
        secret: String,
        /// The first of the registry's hosts.
        host: IpAddr,
    },
    /// A certificate on a host cannot be read.
    #[error("host {host}: {path} {reason}")]
    NotACertificate {
        /// The host.
        host: IpAddr,
        /// The path.
        path: String,
        /// What is wrong, as it goes on after the path: `holds no certificate`.
        reason: String,
    },
    /// A blob cannot be read on the delivering machine.
    #[error("blob {digest} cannot be read from the store")]
    Blob {
        /// Which.
        digest: Digest,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the cluster's state cannot be used.
    #[error("{path}")]
    State {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the cluster's state is damaged.
    #[error("{path} is damaged")]
    DamagedState {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// Another process works on the cluster.
    #[error("another sealer works on cluster {cluster} ({owner})")]
    Locked {
        /// The cluster.
        cluster: String,
        /// What the lock file says of its owner.
        owner: String,
    },
    /// There is no such cluster.
    #[error("cluster {cluster} is not known here: {path} does not exist")]
    Unknown {
        /// The cluster.
        cluster: String,
        /// Where it should be.
        path: PathBuf,
    },
    /// The checks that an image brings cannot be read.
    #[error("the checks of image {image}")]
    ImageChecks {
        /// The image.
        image: String,
        /// Everything that is wrong with them.
        source: UnfitClusterfile,
    },
    /// A finished cluster would be changed by `run`.
    #[error("cluster {cluster} exists with {what}")]
    Exists {
        /// The cluster.
        cluster: String,
        /// What is different from what was asked for.
        what: String,
    },
    /// Something else was begun that has to end first.
    #[error("cluster {cluster} is half-way: {begun} was begun and has not ended well")]
    Unfinished {
        /// The cluster.
        cluster: String,
        /// What was begun.
        begun: String,
    },
    /// A cluster that was never made whole would be changed.
    #[error("cluster {cluster} was never made whole")]
    NeverMade {
        /// The cluster.
        cluster: String,
    },
    /// Hosts cannot join or leave.
    #[error("the cluster's hosts cannot be changed as asked")]
    Membership(#[from] InvalidMembership),
    /// A cluster that the Go sealer made cannot be taken over.
    #[error("the cluster cannot be taken over")]
    Adopt(#[from] CannotAdopt),
    /// There is no Clusterfile of the Go sealer.
    #[error("host {host} has no Clusterfile of the Go sealer, neither in the cluster nor in root's home")]
    NoClusterfile {
        /// The master that was asked.
        host: IpAddr,
    },
    /// A verb needs a cluster that this sealer made.
    #[error("cluster {cluster} was made by the Go sealer, and for that {what} is not possible")]
    OfGoSealer {
        /// The cluster.
        cluster: String,
        /// What was asked for.
        what: &'static str,
    },
    /// A name cannot be given to hosts or taken from them.
    #[error("the names that hosts know cannot be changed as asked")]
    HostAlias(#[from] InvalidHostAlias),
    /// A node could not be drained in time.
    #[error("node {node} could not be drained in {seconds} s")]
    NotDrained {
        /// The node.
        node: String,
        /// How long was waited.
        seconds: u64,
        /// What kubectl says, which names the pods that stay.
        #[source]
        source: Box<Error>,
    },
    /// Kubernetes does not support going from one version to another.
    #[error("the cluster cannot go to this image")]
    Upgrade(#[from] UnsupportedUpgrade),
    /// An etcd of an older minor version would have to read what runs now.
    #[error("host {host} runs {running}, and the image carries etcd {carried}, which does not read what that wrote")]
    OlderEtcd {
        /// The master.
        host: IpAddr,
        /// The container image of its etcd.
        running: String,
        /// What the image has.
        carried: EtcdVersion,
    },
    /// What a way back with etcd needs is not on a master.
    #[error("host {host} does not have {path}, which an upgrade keeps there for the way back")]
    NotKept {
        /// The master.
        host: IpAddr,
        /// What is missing.
        path: String,
    },
    /// A node did not come back in its new version.
    #[error("host {host}: node {node} runs {version} instead of {wanted} and is {}ready", if *ready { "" } else { "not " })]
    NotUpgraded {
        /// The host.
        host: IpAddr,
        /// The node.
        node: String,
        /// What its kubelet says.
        version: String,
        /// What the image brings.
        wanted: String,
        /// Whether it is ready.
        ready: bool,
    },
    /// A part of the control plane did not come back.
    #[error("host {host}: {part} was ended and did not start again within {seconds} s")]
    NotRestarted {
        /// The host.
        host: IpAddr,
        /// The part.
        part: String,
        /// How long was waited.
        seconds: u64,
    },
    /// A part of the control plane goes on running.
    #[error("host {host}: {part} was ended and still runs after {seconds} s")]
    NotStopped {
        /// The host.
        host: IpAddr,
        /// The part.
        part: String,
        /// How long was waited.
        seconds: u64,
    },
    /// A file that should be text is something else.
    #[error("host {host}: {path} is not text and cannot be saved")]
    NotText {
        /// The host.
        host: IpAddr,
        /// The path.
        path: String,
    },
    /// Nothing fits what was asked for.
    #[error("cluster {cluster} has no host like that")]
    NoHosts {
        /// The cluster.
        cluster: String,
    },
    /// A host is no node of the cluster.
    #[error("host {0} is no node of the cluster")]
    NoNode(IpAddr),
    /// There is no way back.
    #[error("cluster {cluster} ran no other image before, so there is nothing to go back to")]
    NoFormerImage {
        /// The cluster.
        cluster: String,
    },
    /// A backup cannot be used.
    #[error("{path}: {reason}")]
    Backup {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The user stopped the work.
    #[error("stopped between two steps, as asked")]
    Interrupted,
}

impl Error {
    /// The whole chain of causes in one line, for records.
    #[must_use]
    pub fn chain(&self) -> String {
        sealer_model::causes::chain(self)
    }
}

fn joined(failures: &[(IpAddr, String)]) -> String {
    let each: Vec<String> = failures.iter().map(|(host, why)| format!("{host}: {why}")).collect();
    each.join("; ")
}

fn problems(count: usize) -> String {
    if count == 1 { "a problem was".into() } else { format!("{count} problems were") }
}

fn listed(findings: &[Finding]) -> String {
    let lines = findings.iter().map(|it| format!("{it} [{}]", it.id));
    lines.map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
