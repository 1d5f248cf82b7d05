//! `sealer delete`.

use super::access::{access_as_far, access_for};
use super::confirm::confirm;
use super::desired::image_of;
use super::report::leave;
use super::run::print_plan;
use super::{Context, version};
use crate::args::Delete;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use sealer_cluster::verbs::Deleted;
use sealer_cluster::{Access, State, verbs};
use sealer_model::cluster::{Cluster, Role};
use sealer_model::intention::Work;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

/// Removes a cluster from its hosts, or hosts from their cluster.
///
/// # Errors
/// When it is not known, not meant, or not all of it could be removed.
pub(super) async fn delete(request: Delete, context: &Context) -> Result<Exit, Failure> {
    let (root, name) = (&context.settings.root, &request.cluster_name);
    let cluster = State::read(root, name)?;
    let begun = State::unfinished(root, name)?.map(|it| it.work);
    let hosts = if request.all { BTreeSet::new() } else { named(&request, &cluster, begun.as_ref())? };
    if request.dry_run {
        let plan = if request.all { verbs::plan_delete(&cluster) } else { verbs::plan_scale_down(&cluster, &hosts)? };
        return print_plan(&plan, request.output).map(|()| Exit::Done);
    }
    if !(request.yes || request.force) {
        confirm(question(&cluster, &hosts), context).await?;
    }
    if request.all {
        let access = access_as_far(&cluster, says_farewell(&cluster), request.login, context).await?;
        return remove_all(&cluster, request.force, access, context).await;
    }
    let access = access_for(&cluster, request.login, context).await?;
    let removal = Removal { hosts, force: request.force, deadline: Duration::from_secs(request.deadline * 60) };
    remove(&cluster, removal, access, context).await.map(|()| Exit::Done)
}

/// Whether scripts see the environment once more when the cluster goes.
pub(super) fn says_farewell(cluster: &Cluster) -> bool {
    let phases = cluster.site.plugins.iter().flat_map(|plugin| &plugin.phases);
    phases.into_iter().any(|phase| phase.ends_with("-uninstall") || phase.ends_with("-clean-host"))
}

/// Removes a whole cluster from its hosts, and tells of hosts that were left as they are.
///
/// # Errors
/// When a host cannot be reached and is not to be left, or not all of it could be removed.
pub(super) async fn remove_all(
    cluster: &Cluster,
    force: bool,
    access: Access,
    context: &Context,
) -> Result<Exit, Failure> {
    let name = &cluster.name;
    let (root, listener) = (&context.settings.root, context.listener.clone());
    let deleted = match cluster.adopted {
        Some(_) => verbs::delete_adopted(root, name, force, (access, version::number()), listener).await,
        None => verbs::delete(root, name, force, access, listener).await,
    };
    leave(name, context).await;
    let deleted = deleted.map_err(|error| advised(error, name, force))?;
    if deleted.left.is_empty() {
        return Ok(Exit::Done);
    }
    output::print(told(cluster, &deleted))?;
    Ok(Exit::PartWay)
}

/// What may be done about hosts that do not answer.
fn advised(error: sealer_cluster::Error, name: &str, force: bool) -> Failure {
    let silent = matches!(error, sealer_cluster::Error::Hosts { .. });
    let failure = Failure::of(error);
    match (silent, force) {
        (false, _) => failure,
        (true, false) => failure.hint("with --force these hosts are left as they are, and the others are cleaned"),
        (true, true) => {
            failure.hint(format!("if they are gone for good, the same command once more forgets cluster {name}"))
        }
    }
}

/// The hosts that were left, and what is on them.
fn told(cluster: &Cluster, deleted: &Deleted) -> String {
    let name = &cluster.name;
    let mut text = String::new();
    for (host, reason) in &deleted.left {
        let is_master = cluster.masters().any(|master| master.address == *host);
        let control_plane = if is_master { ", /var/lib/etcd, the registry in /var/lib/sealer/registry" } else { "" };
        text += &format!("{host} was not cleaned: {reason}\n");
        text += &format!(
            "  still there: kubelet, container runtime and running containers, /etc/kubernetes, /var/lib/kubelet{control_plane}, {}, \
             links in /usr/local/bin, a block in /etc/hosts\n",
            cluster.folder()
        );
    }
    text + &if deleted.known {
        format!("cluster {name} is removed from all other hosts; when these are back, the same command cleans them\n")
    } else {
        format!("cluster {name} is forgotten here; nothing on these hosts was changed\n")
    }
}

/// The hosts that were named, each in the role that it has.
fn named(request: &Delete, cluster: &Cluster, begun: Option<&Work>) -> Result<BTreeSet<IpAddr>, Failure> {
    let mut all = BTreeSet::new();
    for (hosts, role, option) in
        [(&request.masters, Role::Master, "--nodes"), (&request.nodes, Role::Node, "--masters")]
    {
        for host in hosts.iter().flat_map(|hosts| &hosts.0) {
            if cluster.members.iter().any(|member| member.address == *host && member.role != role) {
                return Err(Failure::usage(format!("{host} has the other role in cluster {}", cluster.name))
                    .hint(format!("name it with {option} if it is meant")));
            }
            all.insert(*host);
        }
    }
    // told now, before anybody is asked anything
    if !begun.is_some_and(|begun| verbs::have_left(cluster, &all, begun)) {
        cluster.without_hosts(&all).map_err(sealer_cluster::Error::from)?;
    }
    Ok(all)
}

fn question(cluster: &Cluster, hosts: &BTreeSet<IpAddr>) -> String {
    let listed =
        |hosts: &mut dyn Iterator<Item = IpAddr>| hosts.map(|host| host.to_string()).collect::<Vec<_>>().join(", ");
    if hosts.is_empty() {
        let all = listed(&mut cluster.members.iter().map(|member| member.address));
        return format!("Remove cluster {} and its data from {all}?", cluster.name);
    }
    format!("Remove {} from cluster {} and all that it put there?", listed(&mut hosts.iter().copied()), cluster.name)
}

/// Which hosts leave, and how.
pub(super) struct Removal {
    /// The hosts.
    pub(super) hosts: BTreeSet<IpAddr>,
    /// Whether hosts that cannot be reached, and pods that do not go, are no hindrance.
    pub(super) force: bool,
    /// How long draining may take.
    pub(super) deadline: Duration,
}

/// Removes hosts from their cluster.
///
/// # Errors
/// When the image is not here, or a host cannot be removed; the same command again goes on.
pub(super) async fn remove(
    cluster: &Cluster,
    removal: Removal,
    access: Access,
    context: &Context,
) -> Result<(), Failure> {
    if cluster.adopted.is_some() {
        return leave_adopted(cluster, removal, access, context).await;
    }
    let (bundle, blobs) = image_of(cluster, context).await?;
    let Removal { hosts, force, deadline } = removal;
    let (root, version) = (context.settings.root.clone(), version::number());
    let name = cluster.name.clone();
    let request =
        verbs::ScaleDown { root, cluster: name.clone(), hosts, force, bundle, blobs, access, deadline, version };
    let done = verbs::scale_down(request, context.listener.clone()).await;
    leave(&name, context).await;
    conclude(&name, &done?, context)
}

fn conclude(name: &str, done: &verbs::ScaledDown, context: &Context) -> Result<(), Failure> {
    for (host, reason) in &done.not_cleaned {
        context.listener.warn(format!("{host} was not cleaned, because it cannot be reached: {reason}"));
    }
    output::print(format!("cluster {name} is ready without these hosts\n"))
}

/// Removes hosts from a cluster that the Go sealer made.
async fn leave_adopted(cluster: &Cluster, removal: Removal, access: Access, context: &Context) -> Result<(), Failure> {
    let Removal { hosts, force, deadline } = removal;
    let (root, way) = (&context.settings.root, (access, version::number()));
    let how = (&hosts, force, deadline);
    let done = verbs::leave_adopted(root, &cluster.name, how, way, context.listener.clone()).await;
    leave(&cluster.name, context).await;
    conclude(&cluster.name, &done?, context)
}
