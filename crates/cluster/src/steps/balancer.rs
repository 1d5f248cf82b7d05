//! Starts the balancer on a node: this same program as a systemd unit, between the node's own programs and the masters. The node's
//! `/etc/hosts` sends the API's and the registry's name to it, so that a master that dies takes neither with it.

use crate::delivery::Delivery;
use crate::step::{Answer, Changes, On, nodes};
use crate::steps::registry::{PROGRAM, cluster_folder, file, program};
use sealer_model::agent::Change;
use sealer_model::balancer::{Balancer, Service};
use sealer_model::cluster::{API_SERVER_PORT, Cluster, Member};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Start the balancer.
pub(crate) struct StartBalancer;

const FOLDER: &str = "/etc/sealer";
const CONFIGURATION: &str = "/etc/sealer/balancer.json";

impl Changes for StartBalancer {
    fn id(&self) -> &'static str {
        "balancer"
    }

    fn title(&self) -> &'static str {
        "Start the balancer"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        nodes(cluster)
    }

    fn changes<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, Vec<Change>> {
        Box::pin(async move {
            let balancer = balancer(on.cluster(), on.address());
            let text = serde_json::to_string_pretty(&balancer).expect("a configuration is plain data");
            Ok(vec![
                cluster_folder(on.cluster()),
                Change::Directory { path: FOLDER.into(), mode: 0o755 },
                file(CONFIGURATION.into(), 0o644, &format!("{text}\n")),
                program(on)?,
                file("/etc/systemd/system/sealer-balancer.service".into(), 0o644, &unit()),
                Change::Unit { name: "sealer-balancer.service".into(), running: true },
            ])
        })
    }
}

/// The host's own address for itself, of the family that the cluster uses.
pub(super) fn loopback(host: IpAddr) -> IpAddr {
    if host.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() }
}

fn balancer(cluster: &Cluster, host: IpAddr) -> Balancer {
    let service = |port: u16, probe: &str| Service {
        listen: SocketAddr::new(loopback(host), port),
        servers: cluster.masters().map(|master| SocketAddr::new(master.address, port)).collect(),
        probe: probe.to_owned(),
    };
    Balancer { services: vec![service(API_SERVER_PORT, "/readyz"), service(cluster.registry.port, "/v2/")] }
}

fn unit() -> String {
    format!(
        "[Unit]\n\
         Description=Balancer of the sealer cluster\n\
         Before=kubelet.service containerd.service\n\
         \n\
         [Service]\n\
         ExecStart={PROGRAM} balancer --config {CONFIGURATION}\n\
         DynamicUser=yes\n\
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
        let balancer =
            balancer(&cluster(&["10.0.0.1", "10.0.0.2", "10.0.0.3"], &["10.0.0.9"]), "10.0.0.9".parse().unwrap());
        let services: Vec<_> =
            balancer.services.iter().map(|service| (service.listen.to_string(), service.servers.len())).collect();
        assert_eq!(services, [("127.0.0.1:6443".to_owned(), 3), ("127.0.0.1:5000".to_owned(), 3)]);
    }
}
