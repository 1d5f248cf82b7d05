//! `sealer apply`: a cluster that is not there is made, one that is as the file says stays as it is, hosts that are new or gone are added
//! and removed, and changes that this version cannot make are refused by name, before any host is touched.

use super::Context;
use super::confirm::confirm;
use super::delete::{Removal, remove};
use super::planned::carry_out;
use super::run::{Order, deliver};
use super::scale_up::{grown, join};
use crate::args::Apply;
use crate::failure::Failure;
use crate::output;
use sealer_cluster::State;
use sealer_model::cluster::{Cluster, Difference, Member};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Brings the cluster to what the Clusterfile says.
///
/// # Errors
/// When there is no Clusterfile, it asks for a change that cannot be made, or the delivery fails.
pub(super) async fn apply(request: Apply, context: &Context) -> Result<(), Failure> {
    if let Some(plan) = request.plan {
        return carry_out(plan, request.delivering.login, context).await;
    }
    if request.delivering.clusterfile.is_none() {
        return Err(Failure::usage("apply wants a Clusterfile or a plan")
            .hint("name it: sealer apply -f Clusterfile; sealer clusterfile init writes one"));
    }
    let confirmed = request.delivering.yes || request.force;
    let order = Order::read(None, request.delivering, context).await?;
    let name = order.cluster().name.clone();
    let Some(former) = State::made(&context.settings.root, &name)? else {
        return deliver(order, context).await;
    };
    let (hosts, others): (Vec<_>, Vec<_>) = order.cluster().differences(&former).into_iter().partition(is_about_hosts);
    let (settings, others): (Vec<_>, Vec<_>) = others.into_iter().partition(Difference::is_brought_about);
    if !others.is_empty() {
        return Err(refused(&name, &others));
    }
    if !settings.is_empty() {
        change_settings(&order, &settings, confirmed, context).await?;
    }
    if hosts.is_empty() {
        // every step finds itself done, and what broke meanwhile is found, too
        return deliver(order, context).await;
    }
    if settings.is_empty() {
        return change_hosts(order, &former, confirmed, context).await;
    }
    change_hosts(order.clone(), &former, confirmed, context).await?;
    deliver(order, context).await
}

/// Shows which settings will be other than before, and asks.
async fn change_settings(
    order: &Order,
    settings: &[Difference],
    confirmed: bool,
    context: &Context,
) -> Result<(), Failure> {
    let named = settings.iter().filter_map(|setting| match setting {
        Difference::Setting(name) => Some(*name),
        _ => None,
    });
    let text = format!("change {}", named.collect::<Vec<_>>().join(", "));
    if !confirmed && !order.is_dry_run() {
        confirm(format!("Cluster {}: {text}. Go on?", order.cluster().name), context).await?;
    }
    context.listener.stage(text);
    Ok(())
}

fn is_about_hosts(difference: &Difference) -> bool {
    matches!(difference, Difference::Hosts(_))
}

/// Adds and removes hosts, after showing which.
async fn change_hosts(order: Order, former: &Cluster, confirmed: bool, context: &Context) -> Result<(), Failure> {
    let desired = order.cluster().clone();
    let joining: Vec<Member> = desired.members.iter().filter(|it| !has(former, it.address)).cloned().collect();
    let leaving: BTreeSet<IpAddr> =
        former.members.iter().map(|it| it.address).filter(|address| !has(&desired, *address)).collect();
    // a host has to have its name and its variables when it joins
    let grown = grown(former, &joining)?.with_words_on(&joining, &desired);
    // told before anything is done; what stays must be what was asked for, but for its order
    let remaining = grown.without_hosts(&leaving).map_err(sealer_cluster::Error::from)?;
    if !desired.members.iter().all(|member| remaining.members.contains(member)) {
        let what = desired.differences(&remaining);
        return Err(refused(&former.name, &what));
    }
    let text = change(&joining, &leaving);
    if order.is_dry_run() {
        return output::print(format!("cluster {}: {text}\n", former.name));
    }
    if !confirmed {
        confirm(format!("Cluster {}: {text}. Go on?", former.name), context).await?;
    }
    context.listener.stage(text);
    let terms = order.terms()?;
    let (access, deadline) = order.access(context).await?;
    if !joining.is_empty() {
        join(former, grown.clone(), access.clone(), terms, context).await?;
    }
    if leaving.is_empty() {
        return Ok(());
    }
    remove(&grown, Removal { hosts: leaving, force: false, deadline }, access, context).await
}

fn has(cluster: &Cluster, address: IpAddr) -> bool {
    cluster.members.iter().any(|member| member.address == address)
}

/// `add 10.0.0.3; remove 10.0.0.2`
fn change(joining: &[Member], leaving: &BTreeSet<IpAddr>) -> String {
    let listed = |hosts: Vec<String>| hosts.join(", ");
    let add = listed(joining.iter().map(|member| member.address.to_string()).collect());
    let remove = listed(leaving.iter().map(ToString::to_string).collect());
    let parts = [("add", add), ("remove", remove)].into_iter().filter(|(_, hosts)| !hosts.is_empty());
    parts.map(|(verb, hosts)| format!("{verb} {hosts}")).collect::<Vec<_>>().join("; ")
}

fn refused(cluster: &str, differences: &[Difference]) -> Failure {
    let failure =
        Failure::failed(format!("cluster {cluster} exists, and this version cannot change it to what the file says"));
    differences.iter().fold(failure, |mut failure, difference| {
        let (cause, hint) = match difference {
            Difference::Hosts(what) => (
                format!("hosts, {what}"),
                "a host keeps its role and its port for as long as it is in the cluster: delete it, then add it anew",
            ),
            Difference::Image(what) => {
                (format!("image, {what}"), "another image is what `sealer upgrade IMAGE` is for")
            }
            Difference::Setting(name) => {
                let usual = "settings take effect when a cluster is made: delete it and apply again, or set them back";
                ((*name).to_owned(), difference.reason().unwrap_or(usual))
            }
        };
        failure.causes.push(cause);
        if failure.hints.iter().any(|known| known == hint) { failure } else { failure.hint(hint) }
    })
}
