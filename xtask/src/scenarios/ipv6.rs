//! A cluster whose hosts, pods and services have addresses of IPv6: delivered by a Clusterfile that names them, proved like any other, delivered
//! again, and removed without a trace. The hosts have addresses of IPv4 besides, which nobody names.

use crate::delivery::{CLUSTER, Delivery, IMAGE};
use crate::error::Result;
use crate::hosts::family::Family;
use crate::scenarios::Scenario;
use crate::scenarios::expect::{changed_nothing, holds};
use crate::scenarios::snapshot::{Snapshot, differences};
use crate::{folders, proof};

/// One family, and it is the newer one.
#[derive(Debug)]
pub(crate) struct Ipv6;

/// What addresses of pods and services begin with.
const RANGES: [&str; 2] = ["fd00:64:", "fd00:96:"];

impl Scenario for Ipv6 {
    fn title(&self) -> &'static str {
        "a cluster with addresses of IPv6 alone"
    }

    fn family(&self) -> Family {
        Family::V6
    }

    fn hosts(&self) -> (usize, usize) {
        (1, 1)
    }

    fn is_long(&self) -> bool {
        true
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let bare = Snapshot::take_all(delivery)?;
        let file = delivery.folder().join("Clusterfile");
        folders::write(&file, clusterfile(delivery)?)?;
        let run = ["run".to_owned(), "-f".to_owned(), file.display().to_string()];
        delivery.show(&run)?;
        proof::prove(delivery)?;
        all_is_of_ipv6(delivery)?;
        changed_nothing(&delivery.attempt(&run)?)?;
        delivery.show(&["check"])?;
        delivery.show(&["delete", "--all", "--yes"])?;
        let left = differences(&delivery.hosts, &bare, &Snapshot::take_all(delivery)?);
        holds(&format!("the hosts are as before: {left:#?}"), left.is_empty())
    }
}

fn clusterfile(delivery: &Delivery) -> Result<String> {
    let nodes: Vec<&str> = delivery.hosts.iter().skip(1).map(|host| host.address.as_str()).collect();
    let (master, nodes) = (&delivery.master()?.address, nodes.join("\", \""));
    let [pods, services] = RANGES;
    Ok(format!(
        r#"apiVersion: sealer.io/v2
kind: Cluster
metadata: {{name: {CLUSTER}}}
spec:
  image: {IMAGE}
  ssh: {{user: root, passwdFrom: {{env: SEALER_PASSWD}}}}
  hosts:
    - ips: ["{master}"]
      roles: [master]
    - ips: ["{nodes}"]
      roles: [node]
---
apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterConfiguration
networking: {{podSubnet: "{pods}:/56", serviceSubnet: "{services}:/112"}}
"#
    ))
}

fn all_is_of_ipv6(delivery: &Delivery) -> Result<()> {
    let of = |kind: &str, path: &str| {
        let output = format!("jsonpath={{range .items[*]}}{{{path}}}{{\"\\n\"}}{{end}}");
        delivery.kubectl(&["get", kind, "--all-namespaces", "--output", &output])
    };
    let hosts: Vec<String> = delivery.hosts.iter().map(|host| host.address.clone()).collect();
    let pods = of("pods", ".status.podIP")?;
    let strange = |address: &&str| !address.starts_with(RANGES[0]) && !hosts.iter().any(|host| host == address);
    let others: Vec<&str> = pods.lines().filter(strange).collect();
    holds(&format!("pods have addresses of IPv6, but {others:?} of {pods}"), others.is_empty() && !pods.is_empty())?;
    let services = of("services", ".spec.clusterIP")?;
    let others: Vec<&str> = services.lines().filter(|address| !address.starts_with(RANGES[1])).collect();
    holds(&format!("services have addresses of IPv6, but {others:?}"), others.is_empty() && !services.is_empty())?;
    println!("    {} pods and {} services have addresses of IPv6", pods.lines().count(), services.lines().count());
    Ok(())
}
