//! Which hosts relay the rootfs to one another while they unpack it: those that lack it and are neither masters, which have the image, nor
//! alone. Each gets an identity of its own and opens its port; whoever cannot open one fetches everything from the registry, as all did before.

use crate::Error;
use crate::delivery::Delivery;
use futures_util::stream::{self, StreamExt};
use sealer_host::Agent;
use sealer_model::agent::{OpenRelay, Relayed};
use sealer_model::cluster::{Member, Role};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// One alone has nobody to relay to.
const LEAST_HOSTS: usize = 2;

/// Hosts that are asked at the same time.
const PARALLEL_HOSTS: usize = 32;

/// In the folder of a rootfs: the digest of its manifest.
const MARKER: &str = ".sealer-rootfs";

/// What each host is told that takes part.
pub(crate) async fn open(delivery: &Delivery) -> Result<BTreeMap<IpAddr, Relayed>, Error> {
    let nodes: Vec<&Member> = delivery.fleet.cluster.members.iter().filter(|it| it.role == Role::Node).collect();
    if nodes.len() < LEAST_HOSTS {
        return Ok(BTreeMap::new());
    }
    // collected, because the compiler cannot see through a lazy one here that it may go to another thread
    let opening: Vec<_> = nodes.iter().map(|member| open_on(delivery, member.address)).collect();
    let opened: Vec<_> = stream::iter(opening).buffer_unordered(PARALLEL_HOSTS).collect().await;
    let mut groups: BTreeMap<String, Vec<SocketAddr>> = BTreeMap::new();
    for (manifest, address) in opened.into_iter().flatten() {
        groups.entry(manifest).or_default().push(address);
    }
    let registries = vec![delivery.source()?.address];
    Ok(groups.into_values().flat_map(|hosts| told(hosts, &registries)).collect())
}

/// A host that lacks the rootfs: the manifest of the one that it needs, and where its relay is. What is wrong with a host is told by the step
/// that comes next.
async fn open_on(delivery: &Delivery, host: IpAddr) -> Option<(String, SocketAddr)> {
    let agent = delivery.fleet.agent(host).ok()?;
    let platform = &delivery.fleet.facts_of(host).ok()?.platform;
    let manifest = delivery.bundle.rootfs_for(platform).ok()?.manifest.digest.to_string();
    if has_rootfs(delivery, agent, &manifest).await.ok()? {
        return None;
    }
    let open = OpenRelay { address: host, identity: delivery.identities.of(host).ok()? };
    match agent.open_relay(&open).await {
        Ok(opened) => Some((manifest, SocketAddr::new(host, opened.port))),
        Err(error) => {
            let listener = &delivery.fleet.listener;
            listener.warn(format!("{host} cannot relay to other hosts, and fetches all from the registry: {error}"));
            None
        }
    }
}

/// Whether the rootfs of this manifest is on a host.
pub(crate) async fn has_rootfs(delivery: &Delivery, agent: &Agent, manifest: &str) -> Result<bool, Error> {
    let found = agent.read_file(&format!("{}/{MARKER}", delivery.rootfs())).await?;
    Ok(found.is_some_and(|bytes| String::from_utf8_lossy(&bytes).trim() == manifest))
}

/// What each of the hosts of one platform is told. Their order must be the same everywhere.
fn told(mut hosts: Vec<SocketAddr>, registries: &[String]) -> Vec<(IpAddr, Relayed)> {
    if hosts.len() < LEAST_HOSTS {
        return Vec::new();
    }
    hosts.sort();
    let told = |(own, host): (usize, &SocketAddr)| {
        let relayed = Relayed { own: own as u64, hosts: hosts.clone(), registries: registries.to_vec() };
        (host.ip(), relayed)
    };
    hosts.iter().enumerate().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_is_told_the_same_order_and_its_own_place() {
        let hosts: Vec<SocketAddr> = ["10.0.0.9:1", "10.0.0.7:3", "10.0.0.8:2"].map(|it| it.parse().unwrap()).into();
        let told = told(hosts, &["10.0.0.1".to_owned()]);
        let places: Vec<(String, u64)> = told.iter().map(|(host, it)| (host.to_string(), it.own)).collect();
        assert_eq!(places, [("10.0.0.7".into(), 0), ("10.0.0.8".into(), 1), ("10.0.0.9".into(), 2)]);
        assert!(told.iter().all(|(host, it)| it.hosts[it.own as usize].ip() == *host && it.hosts == told[0].1.hosts));
    }

    #[test]
    fn one_host_does_not_relay() {
        assert_eq!(told(vec!["10.0.0.9:1".parse().unwrap()], &[]), []);
    }
}
