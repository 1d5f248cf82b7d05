//! Joining and leaving of clusters that the Go sealer made. They keep their registry, their balancers and their way to be installed: what
//! joins is installed by the scripts that the cluster's own image has.

use super::delete::Deleted;
use super::scale_down::ScaledDown;
use crate::fleet::Access;
use crate::runner::carry_out;
use crate::step::{Only, Stage, Step};
use crate::steps::{
    Archive, BorrowRootfs, InstallAgent, JoinAdopted, RemoveEverything, RemoveNetwork, ResetAdopted, drain, etcd_access,
};
use crate::{Error, Fleet, State, kubectl};
use sealer_model::agent::RemoveEtcdMember;
use sealer_model::cluster::{Cluster, Member, Role};
use sealer_model::event::Listener;
use sealer_model::kubeadm::KubernetesVersion;
use sealer_model::plan::Plan;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;
use tokio::sync::OnceCell;

/// Hosts on their way into a cluster that the Go sealer made.
pub(crate) struct Joining {
    pub(crate) fleet: Fleet,
    /// The cluster with all of its hosts; the fleet knows one master and those that join.
    pub(crate) whole: Cluster,
    /// The master that is asked.
    pub(crate) master: IpAddr,
    pub(crate) version: KubernetesVersion,
    /// The container runtime, and its socket in kubeadm's words.
    pub(crate) runtime: String,
    pub(crate) socket: String,
    /// How long each node may take to be ready.
    pub(crate) deadline: Duration,
    pub(crate) rootfs: OnceCell<Archive>,
}

impl AsRef<Fleet> for Joining {
    fn as_ref(&self) -> &Fleet {
        &self.fleet
    }
}

fn joining_stages(members: &[Member]) -> Vec<Stage<Joining>> {
    fn only<S: Step<Joining> + 'static>(step: S, members: &[Member]) -> Box<dyn Step<Joining>> {
        Box::new(Only::new(step, members))
    }
    vec![
        Stage::new(vec![Box::new(InstallAgent)]),
        Stage::new(vec![only(BorrowRootfs, members), only(JoinAdopted, members)]),
    ]
}

/// Hosts of a cluster that leave it, cleaned.
fn leaving_stages() -> Vec<Stage<Fleet>> {
    vec![
        Stage::new(vec![Box::new(InstallAgent)]),
        Stage::new(vec![Box::new(ResetAdopted), Box::new(RemoveNetwork)]),
        Stage::new(vec![Box::new(RemoveEverything)]),
    ]
}

/// Adds nodes to a cluster that the Go sealer made.
///
/// # Errors
/// When a master shall join, a host cannot be reached, or a step fails; the same call again goes on.
pub async fn join_adopted(
    root: &Path,
    wanted: &Cluster,
    deadline: Duration,
    (access, version): (Access, String),
    listener: Listener,
) -> Result<bool, Error> {
    let (state, former) = State::lock_existing(root, &wanted.name)?;
    let joining: Vec<Member> =
        wanted.members.iter().filter(|member| !former.members.contains(member)).cloned().collect();
    if joining.iter().any(|member| member.role == Role::Master) {
        return Err(Error::OfGoSealer { cluster: former.name, what: "joining masters" });
    }
    if joining.is_empty() {
        return Ok(false);
    }
    listener.stage("connect to the hosts");
    let asked = Cluster { members: former.masters().take(1).chain(&joining).cloned().collect(), ..wanted.clone() };
    let fleet = Fleet::connect(asked, access, &state, listener).await?.claiming(&state, "scale-up")?;
    let master = former.first_master()?.address;
    carry_out(&fleet, &[Stage::new(vec![Box::new(InstallAgent)])]).await?;
    let stages = joining_stages(&joining);
    let plan = planned("scale-up", &fleet.cluster, &stages);
    let context = joining_to(fleet, master, wanted, deadline).await?;
    let work = async {
        carry_out(&context, &stages).await?;
        state.save(wanted)
    };
    context.fleet.journal.recorded("scale-up", plan.digest(), version, work).await.map(|()| true)
}

/// What the master that is asked says of itself is what the others have to be.
async fn joining_to(fleet: Fleet, master: IpAddr, whole: &Cluster, deadline: Duration) -> Result<Joining, Error> {
    let node = kubectl::node_state(&fleet, master, master).await?;
    let object = kubectl::object(&fleet, master, "node", &node.name, "").await?;
    let socket = object["metadata"]["annotations"]["kubeadm.alpha.kubernetes.io/cri-socket"].as_str();
    let runtime = whole.adopted.as_ref().map_or_else(|| "containerd".to_owned(), |it| it.runtime.clone());
    let usual = if runtime == "docker" { "/var/run/dockershim.sock" } else { "unix:///run/containerd/containerd.sock" };
    let (socket, version) = (socket.unwrap_or(usual).to_owned(), node.version.parse()?);
    Ok(Joining { fleet, whole: whole.clone(), master, version, runtime, socket, deadline, rootfs: OnceCell::new() })
}

fn planned<C>(verb: &str, cluster: &Cluster, stages: &[Stage<C>]) -> Plan {
    let stages = stages.iter().map(|stage| stage.planned(cluster)).collect();
    Plan { verb: verb.to_owned(), cluster: cluster.name.clone(), image: None, stages }
}

/// Removes hosts from a cluster that the Go sealer made.
///
/// # Errors
/// As for clusters of our own.
pub async fn leave_adopted(
    root: &Path,
    cluster: &str,
    (hosts, force, deadline): (&BTreeSet<IpAddr>, bool, Duration),
    (access, version): (Access, String),
    listener: Listener,
) -> Result<ScaledDown, Error> {
    let (state, former) = State::lock_existing(root, cluster)?;
    let remaining = former.without_hosts(hosts)?;
    listener.stage("connect to the hosts");
    let members: Vec<Member> = former.members.iter().filter(|it| hosts.contains(&it.address)).cloned().collect();
    let going = Cluster { members: members.clone(), ..former.clone() };
    let (gone, not_cleaned) = Fleet::connect_some(going, access.clone(), &state, listener.clone()).await?;
    if !not_cleaned.is_empty() && !force {
        return Err(Error::Hosts { total: members.len(), failures: not_cleaned });
    }
    let masters = Cluster { members: remaining.masters().take(1).cloned().collect(), ..remaining.clone() };
    let staying = Fleet::connect(masters, access, &state, listener).await?.claiming(&state, "scale-down")?;
    let gone = gone.claiming(&state, "scale-down")?;
    let plan = planned("scale-down", &former, &leaving_stages());
    let work = async {
        carry_out(&staying, &[Stage::new(vec![Box::new(InstallAgent)])]).await?;
        forget(&staying, &members, &not_cleaned, (force, deadline)).await?;
        carry_out(&gone, &leaving_stages()).await?;
        state.save(&remaining)
    };
    staying.journal.recorded("scale-down", plan.digest(), version, work).await?;
    Ok(ScaledDown { not_cleaned })
}

/// Drains nodes that answer, and has etcd and the API forget all of them.
async fn forget(
    fleet: &Fleet,
    members: &[Member],
    silent: &[(IpAddr, String)],
    (force, deadline): (bool, Duration),
) -> Result<(), Error> {
    let master = fleet.cluster.first_master()?.address;
    let minor = kubectl::node_state(fleet, master, master).await?.version.parse::<KubernetesVersion>()?.minor;
    let nodes = kubectl::node_names(fleet, master).await?;
    for member in members {
        let Some(node) = nodes.get(&member.address) else { continue };
        if silent.iter().all(|(host, _)| *host != member.address) {
            match drain(fleet, master, node, minor, deadline).await {
                Err(error) if force => {
                    fleet.listener.warn(format!("node {node} goes with pods that did not leave it: {}", error.chain()));
                }
                drained => drained?,
            }
        }
        if member.role == Role::Master {
            let request = RemoveEtcdMember { address: member.address, etcd: etcd_access(master) };
            fleet.agent(master)?.remove_etcd_member(&request).await?;
        }
        let delete = ["delete", "node", node, "--ignore-not-found", "--timeout=60s"];
        kubectl::tell(fleet, master, "remove-nodes", &delete).await?;
    }
    Ok(())
}

/// Removes a cluster that the Go sealer made from its hosts, and forgets it.
///
/// # Errors
/// When a host cannot be reached and is not to be left, or something could not be removed.
pub async fn delete_adopted(
    root: &Path,
    cluster: &str,
    force: bool,
    (access, version): (Access, String),
    listener: Listener,
) -> Result<Deleted, Error> {
    let (state, cluster) = State::lock_existing(root, cluster)?;
    listener.stage("connect to the hosts");
    let total = cluster.members.len();
    let (fleet, left) = Fleet::connect_some(cluster.clone(), access, &state, listener).await?;
    if (!left.is_empty() && !force) || left.len() == total {
        return Err(Error::Hosts { total, failures: left });
    }
    let fleet = fleet.claiming(&state, "delete")?;
    let plan = planned("delete", &cluster, &leaving_stages());
    fleet.journal.recorded("delete", plan.digest(), version, carry_out(&fleet, &leaving_stages())).await?;
    drop(fleet);
    if left.is_empty() {
        return state.retire(root, &cluster.name).map(|()| Deleted::default());
    }
    let mut members = cluster.members.clone();
    members.retain(|member| left.iter().any(|(host, _)| *host == member.address));
    state.save(&Cluster { members, ..cluster })?;
    Ok(Deleted { left, known: true })
}
