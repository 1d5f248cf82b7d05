//! `cert`: which certificates a cluster has and when they end, their renewal, and further names for the API's.

use crate::fleet::Access;
use crate::runner::carry_out;
use crate::step::{Only, Stage, Step};
use crate::steps::{InstallAgent, NameApi, RenewCertificates};
use crate::{Error, Fleet, State, examination};
use sealer_model::cluster::Cluster;
use sealer_model::event::Listener;
use sealer_model::journal::{CertificateRecord, Entry};
use sealer_model::plan::Plan;
use std::net::IpAddr;
use std::path::Path;

/// Every certificate on every host that was reached, and the hosts that were not, each with the reason.
///
/// # Errors
/// When the cluster is unknown, no host is reached, or a certificate cannot be read.
pub async fn certificates(
    root: &Path,
    cluster: &str,
    access: Access,
    listener: Listener,
) -> Result<(Vec<CertificateRecord>, Vec<(IpAddr, String)>), Error> {
    let (state, cluster) = State::lock_existing(root, cluster)?;
    let total = cluster.members.len();
    let (fleet, unreached) = Fleet::connect_reachable(cluster, access, &state, listener).await?;
    if unreached.len() == total {
        return Err(Error::Hosts { total, failures: unreached });
    }
    let agents: Vec<Stage<Fleet>> = vec![Stage::new(vec![Box::new(InstallAgent)])];
    carry_out(&fleet, &agents).await?;
    Ok((found(&fleet).await?, unreached))
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
    recorded("cert-renew", &fleet, version, RenewCertificates::default).await
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
    recorded("cert", &fleet, version, || NameApi { names: names.clone() }).await?;
    state.save(&cluster.with_api_names(&names))
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
        fleet.journal.append(Entry::Certificates { certificates: found(fleet).await? })
    };
    fleet.journal.recorded(verb, plan.digest(), version, work).await
}

/// The certificates on all hosts of a fleet.
async fn found(fleet: &Fleet) -> Result<Vec<CertificateRecord>, Error> {
    let mut found = Vec::new();
    for member in &fleet.cluster.members {
        let host = member.address;
        let of_host = examination::certificates(fleet, member).await?;
        if let Some(path) = of_host.unreadable.into_iter().next() {
            return Err(Error::NotACertificate { host, path });
        }
        found.extend(of_host.found.into_iter().map(|it| CertificateRecord { host, path: it.path, ends: it.ends }));
    }
    Ok(found)
}

/// The same cluster without its nodes.
pub(super) fn only_masters(cluster: Cluster) -> Cluster {
    let members = cluster.masters().cloned().collect();
    Cluster { members, ..cluster }
}
