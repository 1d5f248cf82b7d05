//! `delete` of single hosts: each is drained and forgotten by Kubernetes and etcd, left as it was before, and the hosts that stay learn who
//! is there. The order makes every failure one that the same call mends: the cluster's own record of its hosts changes last.

use super::delete;
use super::record::recorded;
use crate::blobs::Blobs;
use crate::checks::Ignore;
use crate::delivery::Delivery;
use crate::fleet::Access;
use crate::journal::Journal;
use crate::runner::carry_out;
use crate::step::Stage;
use crate::steps::{
    AwaitReady, InstallAgent, KeepLaunched, Leaving, RemoveNodes, StartBalancer, StartRegistry, TrustRegistry,
};
use crate::{Error, Fleet, State};
use sealer_model::bundle::Bundle;
use sealer_model::cluster::{Cluster, Member};
use sealer_model::event::Listener;
use sealer_model::intention::{Terms, Work};
use sealer_model::plan::Plan;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What is asked for.
pub struct ScaleDown {
    /// Where the state of clusters is kept.
    pub root: PathBuf,
    /// The cluster's name.
    pub cluster: String,
    /// The hosts that leave.
    pub hosts: BTreeSet<IpAddr>,
    /// Whether hosts that cannot be reached are forgotten without being cleaned, and pods that do not go are left behind.
    pub force: bool,
    /// The image that the cluster runs.
    pub bundle: Bundle,
    /// Its bytes.
    pub blobs: Arc<dyn Blobs>,
    /// How hosts are reached.
    pub access: Access,
    /// How long draining a node may take, and how long everything may take to be ready afterwards.
    pub deadline: Duration,
    /// sealer's version, for the journal.
    pub version: String,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScaledDown {
    /// Hosts that could not be reached and so were not cleaned, each with the reason.
    pub not_cleaned: Vec<(IpAddr, String)>,
}

/// The plan, from the desired state alone.
fn plan(former: &Cluster, remaining: &Cluster, leaving: &Leaving) -> Plan {
    let mut stages: Vec<_> = goodbye(leaving).iter().map(|stage| stage.planned(remaining)).collect();
    let cleaned = Cluster { members: leaving.members.clone(), ..former.clone() };
    stages.extend(delete::stages_of_hosts().iter().map(|stage| stage.planned(&cleaned)));
    stages.extend(afterwards().iter().map(|stage| stage.planned(remaining)));
    Plan { verb: VERB.into(), cluster: former.name.clone(), image: Some(former.image_digest.clone()), stages }
}

/// The plan of removing hosts, as far as it follows from the desired state: every host is taken for one that answers.
///
/// # Errors
/// When a host is unknown, or no master would be left.
pub fn plan_scale_down(former: &Cluster, hosts: &BTreeSet<IpAddr>) -> Result<Plan, Error> {
    let remaining = former.without_hosts(hosts)?;
    let leaves = |member: &&Member| hosts.contains(&member.address);
    let members = former.members.iter().filter(leaves).cloned().collect();
    Ok(plan(former, &remaining, &Leaving { members, unreachable: BTreeSet::new(), force: false }))
}

const VERB: &str = "scale-down";

/// On the hosts that stay: the others go.
fn goodbye(leaving: &Leaving) -> Vec<Stage<Delivery>> {
    vec![Stage::new(vec![Box::new(InstallAgent)]), Stage::new(vec![Box::new(RemoveNodes(leaving.clone()))])]
}

/// On the hosts that stay: nobody asks those that are gone.
fn afterwards() -> Vec<Stage<Delivery>> {
    vec![
        Stage::new(vec![
            Box::new(StartRegistry::First),
            Box::new(StartRegistry::Others),
            Box::new(StartBalancer),
            Box::new(TrustRegistry),
            Box::new(KeepLaunched),
        ]),
        Stage::new(vec![Box::new(AwaitReady)]),
    ]
}

/// Removes hosts from a cluster.
///
/// # Errors
/// When the cluster or a host of it is unknown, no master or no quorum would be left, a host cannot be reached, or a step fails. The
/// same call again goes on.
pub async fn scale_down(request: ScaleDown, listener: Listener) -> Result<ScaledDown, Error> {
    let (state, former) = State::lock_existing(&request.root, &request.cluster)?;
    if !Journal::ended_well(&state, "run")? {
        return Err(Error::NeverMade { cluster: former.name });
    }
    let work = Work::ScaleDown { hosts: request.hosts.clone(), force: request.force };
    state.refuse_meanwhile(&former.name, &work)?;
    if state.intention()?.is_some_and(|begun| have_left(&former, &request.hosts, &begun.work)) {
        return state.fulfil().map(|()| ScaledDown { not_cleaned: Vec::new() });
    }
    let remaining = former.without_hosts(&request.hosts)?;
    listener.stage("connect to the hosts");
    let members: Vec<Member> =
        former.members.iter().filter(|member| request.hosts.contains(&member.address)).cloned().collect();
    let going = Cluster { members: members.clone(), ..former.clone() };
    let (gone, not_cleaned) = Fleet::connect_some(going, request.access.clone(), &state, listener.clone()).await?;
    if !not_cleaned.is_empty() && !request.force {
        return Err(Error::Hosts { total: members.len(), failures: not_cleaned });
    }
    let gone = gone.claiming(&state, VERB)?;
    let unreachable: BTreeSet<IpAddr> = not_cleaned.iter().map(|(host, _)| *host).collect();
    check_quorum(&former, &request.hosts, &unreachable)?;
    let fleet =
        Fleet::connect(remaining.clone(), request.access, &state, listener.clone()).await?.claiming(&state, VERB)?;
    state.intend(work, Terms { deadline_seconds: request.deadline.as_secs(), ..Terms::default() })?;
    let image = (request.bundle, request.blobs);
    let delivery = Delivery::open(fleet, &state, image, request.deadline, Ignore::default())?;
    let leaving = Leaving { members, unreachable, force: request.force };
    let plan = plan(&former, &remaining, &leaving).digest();
    let work = async {
        carry_out(&delivery, &goodbye(&leaving)).await?;
        carry_out(&gone, &delete::stages_of_hosts()).await?;
        carry_out(&delivery, &afterwards()).await?;
        state.save(&remaining)
    };
    recorded(VERB, plan, request.version, &delivery, work).await?;
    state.fulfil()?;
    Ok(ScaledDown { not_cleaned })
}

/// Whether the hosts have left, and whoever removed them was cut off between writing that down and being done with it: nothing was left to
/// do to any host then.
#[must_use]
pub fn have_left(cluster: &Cluster, hosts: &BTreeSet<IpAddr>, begun: &Work) -> bool {
    let removal = matches!(begun, Work::ScaleDown { hosts: leaving, .. } if leaving == hosts);
    removal && !cluster.members.iter().any(|member| hosts.contains(&member.address))
}

/// Masters can only leave while enough of them answer; those that stay are asked before anything is done.
fn check_quorum(former: &Cluster, leaving: &BTreeSet<IpAddr>, unreachable: &BTreeSet<IpAddr>) -> Result<(), Error> {
    let is_master = |host: &IpAddr| former.masters().any(|master| master.address == *host);
    if !leaving.iter().any(is_master) {
        return Ok(());
    }
    let dead = unreachable.iter().filter(|host| is_master(host)).count();
    Ok(former.check_quorum(former.masters().count() - dead)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;

    #[test]
    fn hosts_that_a_removal_has_left_without_are_not_unknown_to_the_same_removal() {
        let hosts = |addresses: &[&str]| addresses.iter().map(|it| it.parse().unwrap()).collect::<BTreeSet<IpAddr>>();
        let begun = Work::ScaleDown { hosts: hosts(&["10.0.0.2"]), force: false };
        assert!(have_left(&cluster(&["10.0.0.1"], &[]), &hosts(&["10.0.0.2"]), &begun));
        assert!(!have_left(&cluster(&["10.0.0.1"], &["10.0.0.2"]), &hosts(&["10.0.0.2"]), &begun));
        assert!(!have_left(&cluster(&["10.0.0.1"], &[]), &hosts(&["10.0.0.3"]), &begun));
        assert!(!have_left(&cluster(&["10.0.0.1"], &[]), &hosts(&["10.0.0.2"]), &Work::Delete { force: false }));
    }
}
