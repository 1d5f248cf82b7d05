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
use std::net::IpAddr;
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

/// How a removal ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Hosts that could not be reached, each with the reason: whatever the cluster put there is still there.
    pub left: Vec<(IpAddr, String)>,
    /// Whether the cluster is still known here, so that the same call cleans those hosts once they are back.
    pub known: bool,
}

/// Removes a cluster from its hosts and forgets it, but for the history that reports are made of. With `force`, hosts that cannot be
/// reached stay as they are; then the cluster stays known with only them, until they are clean or the same is asked for again in vain.
///
/// # Errors
/// When the cluster is unknown, a host cannot be reached, or something could not be removed. The state is kept then, so that
/// the same call can be made again.
pub async fn delete(
    root: &Path,
    cluster: &str,
    force: bool,
    access: Access,
    listener: Listener,
) -> Result<Deleted, Error> {
    let (state, cluster) = State::lock_existing(root, cluster)?;
    let plan = plan_delete(&cluster).digest();
    listener.stage("connect to the hosts");
    let (fleet, left) = Fleet::connect_some(cluster.clone(), access, &state, listener).await?;
    let begun = state.intention()?.is_some_and(|it| matches!(it.work, Work::Delete { .. }));
    match course(cluster.members.len(), left.len(), force, begun) {
        Course::Refuse => return Err(Error::Hosts { total: cluster.members.len(), failures: left }),
        Course::Remember => {
            state.intend(Work::Delete { force }, Terms::default())?;
            return Err(Error::Hosts { total: cluster.members.len(), failures: left });
        }
        Course::Forget => {
            drop(fleet);
            state.retire(root, &cluster.name)?;
            return Ok(Deleted { left, known: false });
        }
        Course::Clean => {}
    }
    let fleet = fleet.claiming(&state, "delete")?;
    state.intend(Work::Delete { force }, Terms::default())?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    fleet.journal.recorded("delete", plan, version, carry_out(&fleet, &stages())).await?;
    drop(fleet);
    if left.is_empty() {
        return state.retire(root, &cluster.name).map(|()| Deleted::default());
    }
    state.save(&only(cluster, &left))?;
    Ok(Deleted { left, known: true })
}

/// What is done about hosts that do not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// Clean those that answer.
    Clean,
    /// Nothing: they were not to be left.
    Refuse,
    /// Nothing, but remember that the cluster is to go: an unplugged cable looks the same.
    Remember,
    /// No host answers, and that is no news.
    Forget,
}

fn course(hosts: usize, silent: usize, force: bool, begun: bool) -> Course {
    match (silent, force, begun) {
        (0, ..) => Course::Clean,
        (_, false, _) => Course::Refuse,
        _ if silent < hosts => Course::Clean,
        (_, true, false) => Course::Remember,
        (_, true, true) => Course::Forget,
    }
}

/// The cluster with only the hosts that were left.
fn only(cluster: Cluster, left: &[(IpAddr, String)]) -> Cluster {
    let mut members = cluster.members;
    members.retain(|member| left.iter().any(|(host, _)| *host == member.address));
    Cluster { members, ..cluster }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silent_hosts_are_left_only_when_that_was_asked_for_and_a_cluster_is_forgotten_at_the_second_time() {
        assert_eq!(course(3, 0, false, false), Course::Clean);
        assert_eq!(course(3, 1, false, true), Course::Refuse);
        assert_eq!(course(3, 1, true, false), Course::Clean);
        assert_eq!(course(3, 3, true, false), Course::Remember);
        assert_eq!(course(1, 1, true, true), Course::Forget);
    }

    #[test]
    fn the_hosts_that_were_left_stay_known() {
        let cluster = crate::step::tests::cluster(&["10.0.0.1"], &["10.0.0.2", "10.0.0.3"]);
        let left = only(cluster, &[("10.0.0.3".parse().unwrap(), "no route".into())]);
        let hosts: Vec<String> = left.members.iter().map(|member| member.address.to_string()).collect();
        assert_eq!(hosts, ["10.0.0.3"]);
    }
}
