//! Asks a cluster that runs how it is, for the checks to judge: the API always, the hosts themselves when the API says that all is
//! well or somebody wants to know everything.

mod certificates;

pub(crate) use certificates::certificates;

use crate::checks::Ignore;
use crate::checks::after::objects::Objects;
use crate::checks::after::probe::{self, Certificate, Probed};
use crate::checks::after::{After, Delivered, after};
use crate::fleet::Unreached;
use crate::redact::Redactor;
use crate::{Error, Fleet, image_checks, kubectl, pod_network};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use sealer_model::bundle::Bundle;
use sealer_model::checks::Finding;
use sealer_model::cluster::Member;
use sealer_model::journal::CertificateRecord;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Hosts that are asked at the same time.
const PARALLEL_HOSTS: usize = 16;
/// Pods whose last line is asked for.
const PODS: usize = 10;

/// The hosts that shall be nodes, those of them that cannot be reached, and those that are reached and cannot do what is asked of them.
pub(crate) struct Hosts {
    pub(crate) members: Vec<Member>,
    pub(crate) unreached: Vec<Unreached>,
    pub(crate) silent: Vec<Unreached>,
}

impl Hosts {
    /// Every host of a fleet that was reached as a whole.
    pub(crate) fn all(fleet: &Fleet) -> Self {
        Self { members: fleet.cluster.members.clone(), unreached: Vec::new(), silent: Vec::new() }
    }
}

/// What the API alone says; that it says nothing is a finding.
pub(crate) async fn of_api(fleet: &Fleet, ignore: &Ignore) -> Vec<Finding> {
    after(&ask_api(fleet, Hosts::all(fleet)).await.0, ignore)
}

/// What was found when everything was looked at.
pub(crate) struct Examined {
    pub(crate) findings: Vec<Finding>,
    pub(crate) certificates: Vec<CertificateRecord>,
}

/// Everything: the API, every host, and the registries beside the image where it is known here. Whoever does not answer is a finding, and
/// all others are asked nevertheless: a diagnosis is wanted most when much is broken.
///
/// # Errors
/// When the image's own checks cannot be read.
pub(crate) async fn whole(
    fleet: &Fleet,
    hosts: Hosts,
    image: Option<&Bundle>,
    ignore: &Ignore,
) -> Result<Examined, Error> {
    let of_image = image.map(|bundle| image_checks::for_cluster(bundle, &fleet.cluster)).transpose()?;
    let (mut asked, master) = ask_api(fleet, hosts).await;
    if let Some(master) = master {
        match kubectl::warnings(fleet, master).await {
            Ok(warnings) => asked.warnings = warnings.items,
            Err(error) => asked.silent_api.push((master, error.chain())),
        }
        asked.logs = logs(fleet, master, &after(&asked, ignore)).await;
    }
    probe_hosts(fleet, &mut asked).await;
    try_pods(fleet, &mut asked).await;
    if let Some(bundle) = image {
        compare(fleet, bundle, &mut asked).await;
    }
    let mut findings = after(&asked, ignore);
    if let Some(checks) = of_image {
        let mut of_image = image_checks::findings(fleet, &checks).await;
        ignore.mark(&mut of_image);
        findings.extend(of_image);
        findings.sort_by_key(|finding| finding.severity);
    }
    Ok(Examined { findings, certificates: records(&asked.probed) })
}

fn records(probed: &BTreeMap<IpAddr, Probed>) -> Vec<CertificateRecord> {
    let of = |(host, probed): (&IpAddr, &Probed)| {
        let record = |it: &Certificate| CertificateRecord { host: *host, path: it.path.clone(), ends: it.ends };
        probed.certificates.iter().map(record).collect::<Vec<_>>()
    };
    probed.iter().flat_map(of).collect()
}

/// Asks one master after the other until one answers: any of them knows everything. Says which it was.
async fn ask_api(fleet: &Fleet, hosts: Hosts) -> (After, Option<IpAddr>) {
    let Hosts { members, unreached, silent: silent_hosts } = hosts;
    let now = jiff::Timestamp::now().as_second();
    let mut asked = After { members, unreached, silent_hosts, now, ..After::default() };
    for master in fleet.cluster.masters() {
        match kubectl::objects(fleet, master.address).await {
            Ok(objects) => {
                asked.objects = objects;
                return (asked, Some(master.address));
            }
            Err(error) => asked.silent_api.push((master.address, error.chain())),
        }
    }
    (asked, None)
}

/// What containers that end again and again last said.
async fn logs(fleet: &Fleet, master: IpAddr, findings: &[Finding]) -> BTreeMap<(String, String), String> {
    let (mut logs, redactor) = (BTreeMap::new(), Redactor::new([]));
    for finding in findings.iter().filter(|finding| finding.id == "pod-crashing").take(PODS) {
        let pod = finding.subject.strip_prefix("Pod ").and_then(|pod| pod.split_once('/'));
        let Some((namespace, name)) = pod else { continue };
        if let Some(line) = kubectl::last_line(fleet, master, namespace, name).await {
            logs.insert((namespace.to_owned(), name.to_owned()), redactor.text(&line).text);
        }
    }
    logs
}

async fn probe_hosts(fleet: &Fleet, asked: &mut After) {
    let objects = &asked.objects;
    let probed = |member| async move { (member, probe_host(fleet, member, objects).await) };
    let asking: Vec<BoxFuture<'_, (&Member, _)>> =
        fleet.cluster.members.iter().map(|member| probed(member).boxed()).collect();
    let answers: Vec<(&Member, Result<Probed, Error>)> =
        stream::iter(asking).buffer_unordered(PARALLEL_HOSTS).collect().await;
    for (member, answer) in answers {
        match answer {
            Ok(probed) => drop(asked.probed.insert(member.address, probed)),
            Err(error) => asked.is_silent(member.address, &error),
        }
    }
}

async fn try_pods(fleet: &Fleet, asked: &mut After) {
    let pod_network::Tried { paths, silent } = pod_network::tried(fleet, &asked.objects).await;
    asked.pod_paths = paths;
    silent.iter().for_each(|(host, error)| asked.is_silent(*host, error));
}

async fn probe_host(fleet: &Fleet, member: &Member, objects: &Objects) -> Result<Probed, Error> {
    let api = objects.service_address("default", "kubernetes");
    let names = objects.service_address("kube-system", "kube-dns");
    let questions = probe::questions(&fleet.cluster, member, api, names);
    let text = fleet.ask_script(member.address, "the question what it reaches", probe::SCRIPT, &questions).await?;
    let certificates::Certificates { found, unreadable } = certificates(fleet, member).await?;
    let mut probed = probe::read(&text);
    (probed.certificates, probed.unreadable) = (found, unreadable);
    Ok(probed)
}

impl After {
    /// A host that is silent is told once, with the first thing that it did not answer.
    fn is_silent(&mut self, host: IpAddr, error: &Error) {
        if self.silent_hosts.iter().all(|(silent, _)| *silent != host) {
            self.silent_hosts.push((host, error.chain()));
        }
    }
}

/// What the image holds, and what of it the registries lack that answer.
async fn compare(fleet: &Fleet, bundle: &Bundle, asked: &mut After) {
    let mut missing = BTreeMap::new();
    for master in fleet.cluster.registry_hosts().into_iter().map(|master| master.address) {
        let lacking = async { Ok::<_, Error>(fleet.agent(master)?.missing_blobs(&bundle.sent.blobs).await?) };
        match lacking.await {
            Ok(lacking) => drop(missing.insert(master, lacking.len())),
            Err(error) => asked.is_silent(master, &error),
        }
    }
    asked.image = Some(Delivered {
        names: bundle.container_images.iter().map(ToString::to_string).collect(),
        kubernetes: bundle.kubernetes_version().ok().map(|version| version.to_string()),
        missing,
    });
}
