//! `delete --all`: from a cluster back to the hosts as they were.

use crate::fleet::Access;
use crate::runner::carry_out;
use crate::step::Stage;
use crate::steps::{InstallAgent, RemoveEverything, RemoveNetwork, RunPlugins, StopKubernetes};
use crate::{Error, Fleet, State};
use sealer_model::cluster::Cluster;
use sealer_model::event::Listener;
use sealer_model::intention::{Terms, Work};
use sealer_model::plan::Plan;
use std::path::Path;

/// The stages of `delete --all`.
fn stages() -> Vec<Stage<Fleet>> {
    let mut stages = stages_of_hosts();
    stages.insert(1, Stage::new(vec![Box::new(RunPlugins::PRE_UNINSTALL)]));
    stages.insert(3, Stage::new(vec![Box::new(RunPlugins::POST_UNINSTALL)]));
    stages
}

/// The stages that clean hosts. Networks go while the rootfs with its tools is still there.
pub(super) fn stages_of_hosts() -> Vec<Stage<Fleet>> {
    vec![
        Stage::new(vec![Box::new(InstallAgent)]),
        Stage::new(vec![
            Box::new(RunPlugins::PRE_CLEAN_HOST),
            Box::new(StopKubernetes),
            Box::new(RemoveNetwork),
            Box::new(RunPlugins::POST_CLEAN_HOST),
        ]),
        Stage::new(vec![Box::new(RemoveEverything)]),
    ]
}

/// The plan of removing a cluster, from the desired state alone.
#[must_use]
pub fn plan_delete(cluster: &Cluster) -> Plan {
    Plan {
        verb: "delete".into(),
        cluster: cluster.name.clone(),
        image: None,
        stages: stages().iter().map(|stage| stage.planned(cluster)).collect(),
    }
}

/// Removes a cluster from all of its hosts and forgets it, but for the history that reports are made of.
///
/// # Errors
/// When the cluster is unknown, a host cannot be reached, or something could not be removed. The state is kept then, so that
/// the same call can be made again.
pub async fn delete(root: &Path, cluster: &str, access: Access, listener: Listener) -> Result<(), Error> {
    let (state, cluster) = State::lock_existing(root, cluster)?;
    let (name, plan) = (cluster.name.clone(), plan_delete(&cluster).digest());
    listener.stage("connect to the hosts");
    let fleet = Fleet::connect(cluster, access, &state, listener).await?.claiming(&state, "delete")?;
    state.intend(Work::Delete, Terms::default())?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    fleet.journal.recorded("delete", plan, version, carry_out(&fleet, &stages())).await?;
    drop(fleet);
    state.retire(root, &name)
}
