//! A cluster that the Go sealer made, as it is taken over: what its Clusterfile says, with the hosts that really are its nodes. Pure.

use super::{Cluster, ContainerRuntime, Member, Role};
use crate::clusterfile::Clusterfile;
use crate::{Digest, Reference};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::net::IpAddr;

/// What differs for a cluster that the Go sealer made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Adopted {
    /// The container runtime that its scripts install: `docker` or `containerd`.
    pub runtime: String,
}

/// Why a cluster cannot be taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotAdopt {
    /// Its Clusterfile is none.
    #[error("its Clusterfile names no image")]
    NoImage,
    /// It has no node with an address.
    #[error("its API knows no master")]
    NoMaster,
    /// A runtime that no script is known for.
    #[error("node {node} runs {runtime}, which the Go sealer does not install")]
    Runtime {
        /// The node.
        node: String,
        /// `cri-o://1.20.0`.
        runtime: String,
    },
}

const RUNTIMES: [&str; 2] = ["docker", "containerd"];

/// What the labels of a master may be.
const MASTER_LABELS: [&str; 2] = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

impl Cluster {
    /// By what containers run on the hosts: in a cluster that the Go sealer made, by what its scripts installed.
    #[must_use]
    pub fn actual_runtime(&self) -> ContainerRuntime {
        let installed = self.adopted.as_ref().and_then(|it| ContainerRuntime::of_name(&it.runtime));
        installed.unwrap_or(self.container_runtime)
    }

    /// The cluster of a Clusterfile and of the API's list of nodes. A half-failed join leaves hosts in the file that are no nodes, so the
    /// nodes count; `port` is that of SSH servers of which the file says nothing. No secret of the file is kept.
    ///
    /// # Errors
    /// When one of both does not say enough.
    pub fn adopt(file: &Clusterfile, nodes: &Value, port: u16) -> Result<Self, CannotAdopt> {
        let image: Reference = file.cluster.image.clone().ok_or(CannotAdopt::NoImage)?;
        // what the image really was is known only where it is; its name has to do
        let mut cluster = file.cluster(image.clone(), Digest::of(image.to_string().as_bytes()));
        let written = std::mem::take(&mut cluster.members);
        let mut runtime = None;
        for node in nodes["items"].as_array().into_iter().flatten() {
            let Some(address) = address(node) else { continue };
            let known = written.iter().find(|member| member.address == address);
            let role = known.map_or_else(|| role(node), |member| member.role);
            let ssh_port = known.map_or(port, |member| member.ssh_port);
            cluster.members.push(Member { address, ssh_port, role });
            runtime.get_or_insert(self::runtime(node)?);
        }
        cluster.members.sort_by_key(|member| {
            let place = written.iter().position(|known| known.address == member.address);
            (member.role != Role::Master, place.unwrap_or(usize::MAX))
        });
        cluster.first_master().map_err(|_| CannotAdopt::NoMaster)?;
        // the runtime that its own scripts install is another thing than one of ours
        cluster.container_runtime = ContainerRuntime::default();
        cluster.adopted = runtime.map(|runtime| Adopted { runtime });
        Ok(cluster)
    }
}

fn address(node: &Value) -> Option<IpAddr> {
    let addresses = node["status"]["addresses"].as_array()?;
    addresses.iter().find(|it| it["type"] == "InternalIP")?["address"].as_str()?.parse().ok()
}

fn role(node: &Value) -> Role {
    let labels = &node["metadata"]["labels"];
    if MASTER_LABELS.iter().any(|label| !labels[label].is_null()) { Role::Master } else { Role::Node }
}

fn runtime(node: &Value) -> Result<String, CannotAdopt> {
    let text = node["status"]["nodeInfo"]["containerRuntimeVersion"].as_str().unwrap_or_default();
    let name = text.split(':').next().unwrap_or_default();
    if RUNTIMES.contains(&name) {
        return Ok(name.to_owned());
    }
    let node = node["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    Err(CannotAdopt::Runtime { node, runtime: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// As the Go sealer saves it: passwords filled in, and an application whose version and kind have changed places.
    const SAVED: &str = "\
apiVersion: sealer.io/v2
kind: Cluster
metadata: {name: site}
spec:
  image: docker.io/sealerio/kubernetes:v1.22.15
  env: [RegistryURL=sea.hub:5000, SvcCIDR=10.96.0.0/22]
  hosts:
  - ips: [10.0.0.2, 10.0.0.1]
    roles: [master]
    ssh: {user: root, passwd: hunter2, port: '2222'}
  - ips: [10.0.0.8, 10.0.0.9]
    roles: [node]
  registry: {localRegistry: {domain: sea.hub, port: 5000, ha: true}}
---
kind: sealer.io/v2
apiVersion: Application
spec: {launchApps: [x]}
";

    fn node(address: &str, labels: &Value, runtime: &str) -> Value {
        json!({
            "metadata": {"name": format!("n-{address}"), "labels": labels},
            "status": {
                "addresses": [{"type": "InternalIP", "address": address}],
                "nodeInfo": {"containerRuntimeVersion": runtime},
            },
        })
    }

    #[test]
    fn the_nodes_count_and_the_file_says_the_rest_but_its_secrets() {
        let file = Clusterfile::read("Clusterfile", SAVED);
        let none = json!({});
        let list = json!({"items": [
            node("10.0.0.9", &none, "docker://19.3.14"),
            node("10.0.0.1", &json!({"node-role.kubernetes.io/master": ""}), "docker://19.3.14"),
            node("10.0.0.2", &json!({"node-role.kubernetes.io/master": ""}), "docker://19.3.14"),
            node("10.0.0.7", &none, "docker://19.3.14"),
        ]});
        let cluster = Cluster::adopt(&file, &list, 22).unwrap();
        let members: Vec<String> =
            cluster.members.iter().map(|it| format!("{} {} {:?}", it.address, it.ssh_port, it.role)).collect();
        assert_eq!(members, ["10.0.0.2 2222 Master", "10.0.0.1 2222 Master", "10.0.0.9 22 Node", "10.0.0.7 22 Node"]);
        assert_eq!((cluster.name.as_str(), cluster.registry.port), ("site", 5000));
        assert_eq!(cluster.adopted, Some(Adopted { runtime: "docker".into() }));
        assert_eq!(cluster.actual_runtime(), ContainerRuntime::Docker);
        let kept = serde_json::to_string(&cluster).unwrap();
        assert!(!kept.contains("hunter2"), "{kept}");
        assert_eq!(serde_json::from_str::<Cluster>(&kept).unwrap(), cluster);
    }

    #[test]
    fn what_cannot_be_taken_over_is_said() {
        let file = Clusterfile::read("Clusterfile", SAVED);
        assert_eq!(Cluster::adopt(&file, &json!({"items": []}), 22), Err(CannotAdopt::NoMaster));
        let foreign = json!({"items": [node("10.0.0.1", &json!({}), "cri-o://1.20.0")]});
        assert!(matches!(Cluster::adopt(&file, &foreign, 22), Err(CannotAdopt::Runtime { .. })));
        let empty = Clusterfile::read("Clusterfile", "kind: Cluster\n");
        assert_eq!(Cluster::adopt(&empty, &json!({"items": []}), 22), Err(CannotAdopt::NoImage));
    }
}
