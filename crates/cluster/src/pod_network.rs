//! Tries the network between pods: every host listens in the network of one of its pods, and every host calls all the others from a pod of
//! its own. Which pods serve for that is decided by what the API holds.

use crate::checks::after::objects::Objects;
use crate::checks::after::paths::PodPath;
use crate::{Error, Fleet};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use sealer_model::agent::{OpenPod, ReachPods};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// Hosts that are asked at the same time.
const PARALLEL_HOSTS: usize = 16;
/// How long a pod may take to answer, and again to pass some bytes.
const PATIENCE: u64 = 3;
/// How long hosts listen: until all have tried. They stop before that when the delivering machine has gone.
const OPEN: u64 = 300;

/// What came of it, and the hosts that could not be asked.
#[derive(Default)]
pub(crate) struct Tried {
    pub(crate) paths: Vec<PodPath>,
    pub(crate) silent: Vec<(IpAddr, Error)>,
}

/// Tries every pair of hosts. Hosts without pods of their own call from their own network, and are not called.
pub(crate) async fn tried(fleet: &Fleet, objects: &Objects) -> Tried {
    let pods = objects.pods_of(&fleet.cluster.members);
    let mut tried = Tried::default();
    let opened = each(fleet, &mut tried.silent, |host| {
        let pods = pods.get(&host).cloned().unwrap_or_default();
        async move { if pods.is_empty() { Ok(None) } else { open(fleet, host, pods).await } }.boxed()
    });
    let listening: BTreeMap<IpAddr, SocketAddr> =
        opened.await.into_iter().filter_map(|(host, opened)| Some((host, opened?))).collect();
    let reached = each(fleet, &mut tried.silent, |host| {
        let targets: Vec<(IpAddr, SocketAddr)> =
            listening.iter().filter(|(it, _)| **it != host).map(|(it, socket)| (*it, *socket)).collect();
        let pods = pods.get(&host).cloned().unwrap_or_default();
        async move { if targets.is_empty() { Ok(Vec::new()) } else { reach(fleet, host, pods, targets).await } }.boxed()
    });
    tried.paths = reached.await.into_iter().flat_map(|(_, paths)| paths).collect();
    tried
}

/// Asks every host; those that do not answer are told of.
async fn each<'a, T: Send + 'a>(
    fleet: &'a Fleet,
    silent: &mut Vec<(IpAddr, Error)>,
    ask: impl Fn(IpAddr) -> BoxFuture<'a, Result<T, Error>>,
) -> Vec<(IpAddr, T)> {
    let asking: Vec<BoxFuture<'a, (IpAddr, Result<T, Error>)>> = fleet
        .cluster
        .members
        .iter()
        .map(|member| {
            let (host, asked) = (member.address, ask(member.address));
            async move { (host, asked.await) }.boxed()
        })
        .collect();
    let mut answers = stream::iter(asking).buffer_unordered(PARALLEL_HOSTS);
    let mut answered = Vec::new();
    while let Some((host, answer)) = answers.next().await {
        match answer {
            Ok(answer) => answered.push((host, answer)),
            Err(error) => silent.push((host, error)),
        }
    }
    answered
}

async fn open(fleet: &Fleet, host: IpAddr, pods: Vec<IpAddr>) -> Result<Option<SocketAddr>, Error> {
    let opened = fleet.agent(host)?.open_pod(&OpenPod { pods, seconds: OPEN }).await?;
    Ok(opened.listening)
}

async fn reach(
    fleet: &Fleet,
    from: IpAddr,
    pods: Vec<IpAddr>,
    targets: Vec<(IpAddr, SocketAddr)>,
) -> Result<Vec<PodPath>, Error> {
    let (hosts, targets): (Vec<IpAddr>, Vec<SocketAddr>) = targets.into_iter().unzip();
    let reached = fleet.agent(from)?.reach_pods(&ReachPods { pods, targets, seconds: PATIENCE }).await?;
    Ok(hosts.into_iter().zip(reached).map(|(to, reached)| PodPath { from, to, reached }).collect())
}
