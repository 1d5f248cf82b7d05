//! Asks a cluster that runs how it is, for the checks to judge: the API always, the hosts themselves when the API says that all is
//! well or somebody wants to know everything.

use crate::checks::Ignore;
use crate::checks::after::objects::Objects;
use crate::checks::after::probe::{self, Certificate, Probed};
use crate::checks::after::{After, Delivered, after};
use crate::fleet::Unreached;
use crate::{Error, Fleet, image_checks, kubectl};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use sealer_model::bundle::Bundle;
use sealer_model::checks::Finding;
use sealer_model::cluster::{Member, Role};
use sealer_model::journal::CertificateRecord;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Hosts that are asked at the same time.
const PARALLEL_HOSTS: usize = 16;
/// Pods whose last line is asked for.
const PODS: usize = 10;

/// The hosts that shall be nodes, and those of them that cannot be reached.
pub(crate) struct Hosts {
    pub(crate) members: Vec<Member>,
    pub(crate) unreached: Vec<Unreached>,
}

impl Hosts {
    /// Every host of a fleet that was reached as a whole.
    pub(crate) fn all(fleet: &Fleet) -> Self {
        Self { members: fleet.cluster.members.clone(), unreached: Vec::new() }
    }
}

/// What the API alone says.
pub(crate) async fn of_api(fleet: &Fleet, ignore: &Ignore) -> Result<Vec<Finding>, Error> {
    Ok(after(&ask_api(fleet, Hosts::all(fleet)).await?, ignore))
}

/// What was found when everything was looked at.
pub(crate) struct Examined {
    pub(crate) findings: Vec<Finding>,
    pub(crate) certificates: Vec<CertificateRecord>,
}

/// Everything: the API, every host, and the registries beside the image where it is known here.
pub(crate) async fn whole(
    fleet: &Fleet,
    hosts: Hosts,
    image: Option<&Bundle>,
    ignore: &Ignore,
) -> Result<Examined, Error> {
    let master = fleet.cluster.first_master()?.address;
    let mut asked = ask_api(fleet, hosts).await?;
    asked.warnings = kubectl::warnings(fleet, master).await?.items;
    asked.logs = logs(fleet, master, &after(&asked, ignore)).await;
    asked.probed = probe_hosts(fleet, &asked.objects).await?;
    if let Some(bundle) = image {
        asked.image = Some(compare(fleet, bundle).await?);
    }
    let certificates = asked.probed.iter().flat_map(|(host, probed)| {
        let record = |it: &Certificate| CertificateRecord { host: *host, path: it.path.clone(), ends: it.ends };
        probed.certificates.iter().map(record)
    });
    let certificates = certificates.collect();
    let mut findings = after(&asked, ignore);
    if let Some(bundle) = image {
        let mut of_image = image_checks::findings(fleet, &image_checks::of_bundle(bundle)?).await;
        ignore.mark(&mut of_image);
        findings.extend(of_image);
        findings.sort_by_key(|finding| finding.severity);
    }
    Ok(Examined { findings, certificates })
}

/// Asked at the first master that was reached: any of them knows everything.
async fn ask_api(fleet: &Fleet, hosts: Hosts) -> Result<After, Error> {
    let master = fleet.cluster.first_master()?.address;
    let objects = kubectl::objects(fleet, master).await?;
    let now = jiff::Timestamp::now().as_second();
    let Hosts { members, unreached } = hosts;
    Ok(After { members, unreached, objects, now, ..After::default() })
}

/// What containers that end again and again last said.
async fn logs(fleet: &Fleet, master: IpAddr, findings: &[Finding]) -> BTreeMap<(String, String), String> {
    let mut logs = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.id == "pod-crashing").take(PODS) {
        let pod = finding.subject.strip_prefix("Pod ").and_then(|pod| pod.split_once('/'));
        let Some((namespace, name)) = pod else { continue };
        if let Some(line) = kubectl::last_line(fleet, master, namespace, name).await {
            logs.insert((namespace.to_owned(), name.to_owned()), line);
        }
    }
    logs
}

async fn probe_hosts(fleet: &Fleet, objects: &Objects) -> Result<BTreeMap<IpAddr, Probed>, Error> {
    let members = fleet.cluster.members.iter();
    let asking: Vec<BoxFuture<'_, _>> = members.map(|member| probe_host(fleet, member, objects).boxed()).collect();
    stream::iter(asking).buffer_unordered(PARALLEL_HOSTS).try_collect().await
}

async fn probe_host(fleet: &Fleet, member: &Member, objects: &Objects) -> Result<(IpAddr, Probed), Error> {
    let api = objects.service_address("default", "kubernetes");
    let names = objects.service_address("kube-system", "kube-dns");
    let questions = probe::questions(&fleet.cluster, member, api, names);
    let text = fleet.ask_script(member.address, "the question what it reaches", probe::SCRIPT, &questions).await?;
    let mut probed = probe::read(&text);
    probed.certificates = certificates(fleet, member).await?;
    Ok((member.address, probed))
}

const PKI: [&str; 10] = [
    "ca.crt",
    "apiserver.crt",
    "apiserver-kubelet-client.crt",
    "apiserver-etcd-client.crt",
    "front-proxy-ca.crt",
    "front-proxy-client.crt",
    "etcd/ca.crt",
    "etcd/server.crt",
    "etcd/peer.crt",
    "etcd/healthcheck-client.crt",
];

/// The certificates on a host: when each ends. One that is not there is none.
pub(crate) async fn certificates(fleet: &Fleet, member: &Member) -> Result<Vec<Certificate>, Error> {
    let mut paths = vec!["/var/lib/kubelet/pki/kubelet-client-current.pem".to_owned()];
    if member.role == Role::Master {
        paths.extend(PKI.map(|name| format!("/etc/kubernetes/pki/{name}")));
        paths.push(format!("{}/registry/registry.crt", fleet.cluster.folder()));
    }
    let mut found = Vec::new();
    for path in paths {
        if let Some(content) = fleet.agent(member.address)?.read_file(&path).await? {
            let ends = end_of(&content);
            let ends = ends.ok_or_else(|| Error::NotACertificate { host: member.address, path: path.clone() })?;
            found.push(Certificate { path, ends });
        }
    }
    Ok(found)
}

/// The end of the first certificate in a PEM file, in seconds since 1970.
pub(crate) fn end_of(pem: &[u8]) -> Option<i64> {
    let pems = x509_parser::pem::Pem::iter_from_buffer(pem).filter_map(Result::ok);
    let certificate = pems.into_iter().find(|pem| pem.label == "CERTIFICATE")?;
    Some(certificate.parse_x509().ok()?.validity().not_after.timestamp())
}

/// What the image holds, and what of it the registries lack.
async fn compare(fleet: &Fleet, bundle: &Bundle) -> Result<Delivered, Error> {
    let mut missing = BTreeMap::new();
    for master in fleet.cluster.masters() {
        let lacking = fleet.agent(master.address)?.missing_blobs(&bundle.blobs).await?;
        missing.insert(master.address, lacking.len());
    }
    Ok(Delivered {
        names: bundle.container_images.iter().map(ToString::to_string).collect(),
        kubernetes: bundle.kubernetes_version().ok().map(|version| version.to_string()),
        missing,
    })
}
