//! `check`: before a delivery it judges the hosts, after it what runs. It changes nothing; to ask the API it may have to put
//! the agent on the first master.

use crate::fleet::Access;
use crate::preflight::{self, Finding};
use crate::readiness::NotReady;
use crate::runner::carry_out;
use crate::step::Stage;
use crate::steps::InstallAgent;
use crate::{Error, Fleet, State, kubectl};
use sealer_model::bundle::Bundle;
use sealer_model::cluster::Cluster;
use sealer_model::event::Listener;
use std::path::Path;

/// Judges hosts before an image is delivered to them.
///
/// # Errors
/// When the desired state is contradictory or a host cannot be asked.
pub async fn check_before(
    root: &Path,
    cluster: Cluster,
    bundle: &Bundle,
    access: Access,
    listener: Listener,
) -> Result<Vec<Finding>, Error> {
    cluster.validate()?;
    let state = State::lock(root, &cluster.name)?;
    let known = state.cluster()?.is_some();
    let fleet = Fleet::connect(cluster, access, &state, listener).await;
    let findings = fleet.map(|fleet| preflight::check(&fleet.cluster, bundle, &fleet.facts()));
    if !known {
        state.forget()?;
    }
    findings
}

/// Judges a cluster that runs: what is not ready.
///
/// # Errors
/// When the cluster is unknown, or a host or the API cannot be asked.
pub async fn check_after(
    root: &Path,
    cluster: &str,
    access: Access,
    listener: Listener,
) -> Result<Vec<NotReady>, Error> {
    let (state, cluster) = State::lock_existing(root, cluster)?;
    let master = cluster.first_master()?.address;
    let fleet = Fleet::connect(cluster, access, &state, listener).await?;
    let agents: Vec<Stage<Fleet>> = vec![Stage::new(vec![Box::new(InstallAgent)])];
    carry_out(&fleet, &agents).await?;
    kubectl::not_ready(&fleet, master).await
}
