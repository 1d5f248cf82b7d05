//! `sealer delete`.

use super::access::access;
use super::confirm::confirm;
use super::desired::image_of;
use super::report::leave;
use super::run::print_plan;
use super::{Context, version};
use crate::args::Delete;
use crate::failure::Failure;
use crate::output;
use sealer_cluster::{Access, State, verbs};
use sealer_model::cluster::{Cluster, Role};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

/// Removes a cluster from its hosts, or hosts from their cluster.
///
/// # Errors
/// When it is not known, not meant, or not all of it could be removed.
pub(super) async fn delete(request: Delete, context: &Context) -> Result<(), Failure> {
    let (root, name) = (&context.settings.root, &request.cluster_name);
    let cluster = State::read(root, name)?;
    let hosts = if request.all { BTreeSet::new() } else { named(&request, &cluster)? };
    if request.dry_run {
        let plan = if request.all { verbs::plan_delete(&cluster) } else { verbs::plan_scale_down(&cluster, &hosts)? };
        return print_plan(&plan, request.output);
    }
    if !(request.yes || request.force) {
        confirm(question(&cluster, &hosts), context).await?;
    }
    let access = access(request.login, context).await?;
    if request.all {
        let deleted = verbs::delete(root, name, access, context.listener.clone()).await;
        leave(name, context).await;
        return Ok(deleted?);
    }
    let removal = Removal { hosts, force: request.force, deadline: Duration::from_secs(request.deadline * 60) };
    remove(&cluster, removal, access, context).await
}

/// The hosts that were named, each in the role that it has.
fn named(request: &Delete, cluster: &Cluster) -> Result<BTreeSet<IpAddr>, Failure> {
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
    cluster.without_hosts(&all).map_err(sealer_cluster::Error::from)?;
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
    let (bundle, blobs) = image_of(cluster, context).await?;
    let Removal { hosts, force, deadline } = removal;
    let (root, version) = (context.settings.root.clone(), version::number());
    let name = cluster.name.clone();
    let request =
        verbs::ScaleDown { root, cluster: name.clone(), hosts, force, bundle, blobs, access, deadline, version };
    let done = verbs::scale_down(request, context.listener.clone()).await;
    leave(&name, context).await;
    let done = done?;
    for (host, reason) in &done.not_cleaned {
        context.listener.warn(format!("{host} was not cleaned, because it cannot be reached: {reason}"));
    }
    output::print(format!("cluster {name} is ready without these hosts\n"))
}
