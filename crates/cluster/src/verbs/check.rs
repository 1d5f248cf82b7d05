//! `check`: before a delivery it judges the hosts, after it what runs. It changes nothing unless it is to put right what it finds; to
//! ask the API it may have to put the agent on the first master.

use crate::checks::{Ignore, registry};
use crate::examination::Hosts;
use crate::fleet::{Access, Unreached};
use crate::journal::Journal;
use crate::mending::{Judge, mend};
use crate::{Error, Fleet, State, examination};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use sealer_model::bundle::Bundle;
use sealer_model::checks::{Finding, Stage as CheckStage};
use sealer_model::cluster::{Cluster, Member};
use sealer_model::event::Listener;
use sealer_model::journal::Entry;
use std::net::IpAddr;
use std::path::Path;

/// Judges hosts before an image is delivered to them. With `fix` it puts right what it can; that makes the cluster known here, so that
/// `delete` can take it back.
///
/// # Errors
/// When the desired state is contradictory or a host cannot be asked.
pub async fn check_before(
    root: &Path,
    cluster: Cluster,
    (bundle, ignore, fix): (&Bundle, &Ignore, bool),
    access: Access,
    listener: Listener,
) -> Result<Vec<Finding>, Error> {
    cluster.validate()?;
    let state = State::lock(root, &cluster.name)?;
    let half_done = Journal::half_done(&state)?;
    let judged = async {
        let (mut fleet, unreached) = Fleet::connect_reachable(cluster.clone(), access, &state, listener).await?;
        let judge = Judge { bundle, ignore, half_done, unreached };
        let mut findings = Vec::new();
        if fix {
            (fleet, findings) = mend(fleet, &state, &judge, || remember(&state, &cluster)).await?;
        }
        findings.splice(0..0, judge.findings(&fleet)?);
        record_fixed(&fleet, &findings)?;
        Ok(findings)
    };
    let findings = judged.await;
    if state.cluster()?.is_none() {
        state.forget()?;
    }
    findings
}

/// Every host that is put right has to be one that `delete` knows, beside those that were put right before.
fn remember(state: &State, cluster: &Cluster) -> Result<(), Error> {
    let Some(mut known) = state.cluster()? else { return state.save(cluster) };
    let is_known = |member: &Member| known.members.iter().any(|it| it.address == member.address);
    if cluster.members.iter().all(is_known) {
        return Ok(());
    }
    if Journal::ended_well(state, "run")? {
        return Err(Error::Exists { cluster: known.name, what: "other hosts".into() });
    }
    let former = |member: &Member| !cluster.members.iter().any(|it| it.address == member.address);
    known.members.retain(former);
    let members = cluster.members.iter().cloned().chain(known.members).collect();
    state.save(&Cluster { members, ..cluster.clone() })
}

/// What was put right belongs into the cluster's history; a mere look does not.
fn record_fixed(fleet: &Fleet, findings: &[Finding]) -> Result<(), Error> {
    if !findings.iter().any(|finding| finding.fixed) {
        return Ok(());
    }
    let checks = registry().filter(|check| check.stage == CheckStage::Before).count();
    fleet.journal.append(Entry::Checked { stage: CheckStage::Before, checks, findings: findings.to_vec() })
}

/// Judges a cluster that runs. `image` is what was delivered, where this machine still has it; without it, nothing is compared
/// with the image.
///
/// # Errors
/// When the cluster is unknown, or none of its hosts is reached.
pub async fn check_after(
    root: &Path,
    cluster: &str,
    image: Option<&Bundle>,
    access: Access,
    ignore: &Ignore,
    listener: Listener,
) -> Result<Vec<Finding>, Error> {
    let (state, cluster) = State::lock_existing(root, cluster)?;
    let members = cluster.members.clone();
    let (fleet, unreached) = Fleet::connect_reachable(cluster, access, &state, listener).await?;
    let silent = silent_hosts(&fleet).await;
    let hosts = Hosts { members, unreached, silent };
    Ok(examination::whole(&fleet, hosts, image, ignore).await?.findings)
}

/// The hosts on which the agent cannot be put, and why: one with a full disk shall not keep the others from being looked at.
pub(super) async fn silent_hosts(fleet: &Fleet) -> Vec<Unreached> {
    let on_one = |host| async move { Some((host, with_agent(fleet, host).await.err()?.chain())) };
    let work: Vec<BoxFuture<'_, Option<Unreached>>> =
        fleet.cluster.members.iter().map(|member| on_one(member.address).boxed()).collect();
    stream::iter(work).buffer_unordered(PARALLEL_HOSTS).filter_map(std::future::ready).collect().await
}

async fn with_agent(fleet: &Fleet, host: IpAddr) -> Result<(), Error> {
    if !fleet.start_agent(host).await? {
        fleet.install_agent(host).await?;
        fleet.start_agent(host).await?;
    }
    Ok(())
}

/// Hosts that get the agent at the same time.
const PARALLEL_HOSTS: usize = 16;
