//! `cert`: which certificates a cluster has and when they end, their renewal, and further names for the API's.

use super::check::silent_hosts;
use crate::checks::after::probe;
use crate::fleet::{Access, Unreached};
use crate::runner::carry_out;
use crate::step::{Only, Stage, Step};
use crate::steps::{InstallAgent, NameApi, RenewCertificates};
use crate::{Error, Fleet, State, examination};
use sealer_model::cluster::Cluster;
use sealer_model::event::Listener;
use sealer_model::intention::Work;
use sealer_model::journal::{CertificateRecord, Entry};
use sealer_model::plan::Plan;
use std::net::IpAddr;
use std::path::Path;

/// The certificates of a cluster, as far as they can be told.
#[derive(Debug, Default)]
pub struct Certificates {
    /// Those that can be read.
    pub found: Vec<CertificateRecord>,
    /// Files that should be certificates and cannot be read as such.
    pub unreadable: Vec<UnreadableFile>,
    /// Hosts that were not asked, or did not answer, each with the reason.
    pub unreached: Vec<(IpAddr, String)>,
}

/// A file that should be a certificate and cannot be read as one.
#[derive(Debug)]
pub struct UnreadableFile {
    /// Where it lies.
    pub host: IpAddr,
    /// Its path.
    pub path: String,
    /// What is wrong, as it goes on after the path: `holds no certificate`.
    pub reason: String,
}

/// Every certificate on every host that can be asked. A file that cannot be read, a host that cannot be reached, one on which the agent
/// cannot be put, and one that falls silent hide no other.
///
/// # Errors
/// When the cluster is unknown, or its journal cannot be opened.
pub async fn certificates(
    root: &Path,
    cluster: &str,
    access: Access,
    listener: Listener,
) -> Result<Certificates, Error> {
    let (state, cluster) = State::lock_existing(root, cluster)?;
    let (fleet, mut unreached) = Fleet::connect_some(cluster, access, &state, listener).await?;
    unreached.extend(silent_hosts(&fleet).await);
    Ok(found(&fleet, unreached).await)
}

/// Renews every certificate that kubeadm made, on one master after the other, and restarts what serves with them. It is recorded, with
/// the certificates as they are then.
///
/// # Errors
/// When a master cannot be reached or a step fails; the same call again goes on.
pub async fn renew_certificates(
    root: &Path,
    cluster: &str,
    access: Access,
    version: String,
    listener: Listener,
) -> Result<(), Error> {
    let (state, cluster) = State::lock_existing(root, cluster)?;
    let masters = only_masters(cluster);
    let fleet = Fleet::connect(masters, access, &state, listener).await?.claiming(&state, "cert renew")?;
    let renewed = recorded("cert-renew", &fleet, version, RenewCertificates::default);
    state.remembering(Work::RenewCertificates, renewed).await
}

/// Adds names to the certificate of the API on every master, one after the other. The cluster keeps them: masters that join later have them.
///
/// # Errors
/// When a master cannot be reached or a step fails; the same call again goes on.
pub async fn name_api(
    root: &Path,
    cluster: &str,
    names: Vec<String>,
    (access, version): (Access, String),
    listener: Listener,
) -> Result<(), Error> {
    let (state, cluster) = State::lock_existing(root, cluster)?;
    let fleet =
        Fleet::connect(only_masters(cluster.clone()), access, &state, listener).await?.claiming(&state, "cert")?;
    let named = async {
        recorded("cert", &fleet, version, || NameApi { names: names.clone() }).await?;
        state.save(&cluster.with_api_names(&names))
    };
    state.remembering(Work::NameApi { names: names.clone() }, named).await
}

/// Takes a step on one master after the other, between its records in the journal.
async fn recorded<S: Step<Fleet> + 'static>(
    verb: &str,
    fleet: &Fleet,
    version: String,
    step: impl Fn() -> S,
) -> Result<(), Error> {
    let mut stages: Vec<Stage<Fleet>> = vec![Stage::new(vec![Box::new(InstallAgent)])];
    let members = fleet.cluster.members.chunks(1);
    stages.extend(members.map(|member| Stage::new(vec![Box::new(Only::new(step(), member)) as Box<dyn Step<Fleet>>])));
    let plan = Plan {
        verb: verb.to_owned(),
        cluster: fleet.cluster.name.clone(),
        image: None,
        stages: stages.iter().map(|stage| stage.planned(&fleet.cluster)).collect(),
    };
    let work = async {
        carry_out(fleet, &stages).await?;
        let Certificates { found, unreadable, unreached } = found(fleet, Vec::new()).await;
        fleet.journal.append(Entry::Certificates { certificates: found })?;
        all_are_told(unreadable, unreached)
    };
    fleet.journal.recorded(verb, plan.digest(), version, work).await
}

/// The certificates on all hosts of a fleet but those that are known not to answer.
async fn found(fleet: &Fleet, unreached: Vec<Unreached>) -> Certificates {
    let mut all = Certificates { unreached, ..Certificates::default() };
    for member in &fleet.cluster.members {
        let host = member.address;
        if all.unreached.iter().any(|(silent, _)| *silent == host) {
            continue;
        }
        match examination::certificates(fleet, member).await {
            Err(error) => all.unreached.push((host, error.chain())),
            Ok(of_host) => {
                let record = |it: probe::Certificate| CertificateRecord { host, path: it.path, ends: it.ends };
                let fault = |it: probe::Unreadable| UnreadableFile { host, path: it.path, reason: it.reason };
                all.found.extend(of_host.found.into_iter().map(record));
                all.unreadable.extend(of_host.unreadable.into_iter().map(fault));
            }
        }
    }
    all.unreached.sort_by_key(|(host, _)| *host);
    all
}

/// After a change every certificate must be there to be read.
fn all_are_told(unreadable: Vec<UnreadableFile>, unreached: Vec<(IpAddr, String)>) -> Result<(), Error> {
    if !unreached.is_empty() {
        return Err(Error::Hosts { total: unreached.len(), failures: unreached });
    }
    let fault = |it: UnreadableFile| Error::NotACertificate { host: it.host, path: it.path, reason: it.reason };
    unreadable.into_iter().next().map(fault).map_or(Ok(()), Err)
}

/// The same cluster without its nodes.
pub(super) fn only_masters(cluster: Cluster) -> Cluster {
    let members = cluster.masters().cloned().collect();
    Cluster { members, ..cluster }
}
