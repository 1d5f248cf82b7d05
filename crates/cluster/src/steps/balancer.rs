//! Starts the balancer on a node: this same program as a systemd unit, between the node's own programs and the masters. The node's
//! `/etc/hosts` sends the API's and the registry's name to it, so that a master that dies takes neither with it. Where docker runs, it
//! is docker's way to the registry on masters, too.

use crate::delivery::Delivery;
use crate::registry::PROGRAM;
use crate::registry::unit::capability;
use crate::step::{Answer, Changes, On, everywhere, nodes};
use crate::steps::registry::{cluster_folder, file, program};
use crate::{Error, Fleet};
use sealer_model::agent::Change;
use sealer_model::balancer::{Balancer, Service, Tunnel};
use sealer_model::cluster::{API_SERVER_PORT, Cluster, ContainerRuntime, Member};
use sealer_model::image::Extension;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Start the balancer.
pub(crate) struct StartBalancer;

const FOLDER: &str = "/etc/sealer";
const CONFIGURATION: &str = "/etc/sealer/balancer.json";
const UNIT: &str = "/etc/systemd/system/sealer-balancer.service";

impl Changes for StartBalancer {
    fn id(&self) -> &'static str {
        "balancer"
    }

    fn title(&self) -> &'static str {
        "Start the balancer"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        match cluster.container_runtime {
            ContainerRuntime::Containerd => nodes(cluster),
            ContainerRuntime::Docker => everywhere(cluster),
        }
    }

    fn touches(&self, _: &Cluster, _: &Extension) -> Vec<String> {
        vec![format!("{FOLDER}/"), PROGRAM.to_owned(), UNIT.to_owned()]
    }

    fn changes<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, Vec<Change>> {
        Box::pin(async move { changes(on, on.cluster(), HEALTH) })
    }
}

/// Where our registry says how it is.
const HEALTH: &str = "/healthz";

/// What makes the balancer run on a host; `health` is where the registries behind it say how they are.
pub(super) fn changes<C: AsRef<Fleet>>(on: &On<'_, C>, cluster: &Cluster, health: &str) -> Result<Vec<Change>, Error> {
    let balancer = balancer(cluster, on.address(), health);
    let text = serde_json::to_string_pretty(&balancer).expect("a configuration is plain data");
    Ok(vec![
        cluster_folder(on.cluster()),
        Change::Directory { path: FOLDER.into(), mode: 0o755 },
        file(CONFIGURATION.into(), 0o644, &format!("{text}\n")),
        program(on)?,
        file(UNIT.into(), 0o644, &unit(on.cluster().registry.port)),
        Change::Unit { name: "sealer-balancer.service".into(), running: true },
    ])
}

/// The host's own address for itself, of the family that the cluster uses.
pub(super) fn loopback(host: IpAddr) -> IpAddr {
    if host.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() }
}

/// Everything that a host's balancer does. On a master the API and the registry are its own or known by their addresses.
fn balancer(cluster: &Cluster, host: IpAddr, health: &str) -> Balancer {
    let is_master = cluster.masters().any(|master| master.address == host);
    let services = if is_master { Vec::new() } else { services(cluster, host, health) };
    let tunnel = (cluster.container_runtime == ContainerRuntime::Docker).then(|| tunnel(cluster, host, health));
    Balancer { services, tunnel }
}

/// docker's proxy. A host that has a registry asks itself first.
fn tunnel(cluster: &Cluster, host: IpAddr, health: &str) -> Tunnel {
    let mut registries = registries(cluster, host);
    registries.sort_by_key(|registry| *registry != host);
    Tunnel {
        listen: tunnel_address(cluster, host),
        domains: cluster.registry.stands_for.clone(),
        servers: registries.into_iter().map(|address| SocketAddr::new(address, cluster.registry.port)).collect(),
        probe: health.to_owned(),
    }
}

/// Where docker finds its proxy on a host.
pub(super) fn tunnel_address(cluster: &Cluster, host: IpAddr) -> SocketAddr {
    SocketAddr::new(loopback(host), cluster.registry.tunnel_port())
}

/// The registry says of its health whether it can read its store, to everybody. A push takes several connections and has to meet the same registry with all of them; nodes differ in which one they prefer.
fn services(cluster: &Cluster, host: IpAddr, health: &str) -> Vec<Service> {
    let (masters, registry) = (cluster.masters().map(|master| master.address).collect(), &cluster.registry);
    let service = |port: u16, servers: Vec<IpAddr>, probe: &str| Service {
        listen: SocketAddr::new(loopback(host), port),
        servers: servers.into_iter().map(|address| SocketAddr::new(address, port)).collect(),
        probe: probe.to_owned(),
        plain: false,
        sticky: false,
    };
    let registries = service(registry.port, registries(cluster, host), health);
    let registries = Service { plain: registry.insecure, sticky: true, ..registries };
    vec![service(API_SERVER_PORT, masters, "/readyz"), registries]
}

/// The registry's hosts, beginning with another one for the next node.
fn registries(cluster: &Cluster, host: IpAddr) -> Vec<IpAddr> {
    let mut registries: Vec<IpAddr> = cluster.registry_hosts().into_iter().map(|member| member.address).collect();
    let number = match host {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    let first = number % (registries.len() as u128).max(1);
    registries.rotate_left(first as usize);
    registries
}

fn unit(port: u16) -> String {
    let capability = capability(port);
    format!(
        "[Unit]\n\
         Description=Balancer of the sealer cluster\n\
         Before=kubelet.service containerd.service docker.service\n\
         \n\
         [Service]\n\
         ExecStart={PROGRAM} balancer --config {CONFIGURATION}\n\
         DynamicUser=yes\n\
         AmbientCapabilities={capability}\n\
         Environment=SEALER_ROOT=/var/lib/sealer\n\
         LimitNOFILE=16384\n\
         Restart=always\n\
         RestartSec=1\n\
         \n\
         [Install]\n\
         WantedBy=multi-user.target\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;

    #[test]
    fn every_master_stands_behind_the_nodes_own_address() {
        let balancer = balancer(
            &cluster(&["10.0.0.1", "10.0.0.2", "10.0.0.3"], &["10.0.0.9"]),
            "10.0.0.9".parse().unwrap(),
            HEALTH,
        );
        let services: Vec<_> =
            balancer.services.iter().map(|service| (service.listen.to_string(), service.servers.len())).collect();
        assert_eq!(services, [("127.0.0.1:6443".to_owned(), 3), ("127.0.0.1:5000".to_owned(), 3)]);
    }

    #[test]
    fn addresses_of_version_6_are_balanced_as_well() {
        let balancer = balancer(&cluster(&["fd00::1", "fd00::2"], &["fd00::9"]), "fd00::9".parse().unwrap(), HEALTH);
        let text = serde_json::to_string(&balancer).unwrap();
        for address in ["[::1]:6443", "[::1]:5000", "[fd00::1]:6443", "[fd00::2]:5000"] {
            assert!(text.contains(&format!("\"{address}\"")), "{address} is not in {text}");
        }
    }

    #[test]
    fn docker_has_its_way_to_the_registry_on_every_host() {
        let mut cluster = cluster(&["10.0.0.1", "10.0.0.2"], &["10.0.0.9"]);
        let hosts = |cluster: &Cluster| Changes::hosts(&StartBalancer, cluster).len();
        let of = |cluster: &Cluster, host: &str| balancer(cluster, host.parse().unwrap(), HEALTH);
        assert_eq!((hosts(&cluster), of(&cluster, "10.0.0.9").tunnel), (1, None));
        cluster.container_runtime = ContainerRuntime::Docker;
        cluster.registry.stands_for = vec!["quay.io".into()];
        let (master, node) = (of(&cluster, "10.0.0.2"), of(&cluster, "10.0.0.9"));
        assert_eq!((hosts(&cluster), master.services.len(), node.services.len()), (3, 0, 2));
        let tunnel = master.tunnel.unwrap();
        assert_eq!((tunnel.listen.to_string(), tunnel.domains.len()), ("127.0.0.1:5443".to_owned(), 1));
        let servers: Vec<String> = tunnel.servers.iter().map(ToString::to_string).collect();
        assert_eq!(servers, ["10.0.0.2:5000", "10.0.0.1:5000"]);
        assert_eq!(node.tunnel.unwrap().servers.len(), 2);
    }

    #[test]
    fn nodes_prefer_different_registries_and_know_them_all() {
        let mut cluster = cluster(&["10.0.0.1", "10.0.0.2", "10.0.0.3"], &[]);
        let prefers = |cluster: &Cluster, host: &str| {
            let balancer = balancer(cluster, host.parse().unwrap(), HEALTH);
            assert!(balancer.services[1].sticky && !balancer.services[0].sticky);
            balancer.services[1].servers.iter().map(|it| it.ip().to_string()).collect::<Vec<_>>()
        };
        let (one, next) = (prefers(&cluster, "10.0.0.9"), prefers(&cluster, "10.0.0.10"));
        assert_ne!(one[0], next[0]);
        assert_eq!(one.len(), 3);
        cluster.registry.single = true;
        assert_eq!(prefers(&cluster, "fd00::9"), ["10.0.0.1"]);
    }
}
