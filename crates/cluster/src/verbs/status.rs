//! `status`: what a cluster is, at a glance: its image, its nodes as the API sees them now, and what this machine keeps of its last delivery.

use super::certificates::only_masters;
use crate::fleet::Access;
use crate::report::{End, Report};
use crate::runner::carry_out;
use crate::step::Stage;
use crate::steps::InstallAgent;
use crate::{Error, Fleet, State, kubectl};
use sealer_model::cluster::{Adopted, Cluster, FormerImage};
use sealer_model::event::Listener;
use sealer_model::journal::CertificateRecord;
use serde::Serialize;
use serde_json::Value;
use std::path::Path;

/// A cluster at a glance.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The cluster's name.
    pub cluster: String,
    /// The image that it runs, with its index.
    pub image: FormerImage,
    /// What differs where the Go sealer made it; then its image's index is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopted: Option<Adopted>,
    /// The images that it ran before, the last one first.
    pub former_images: Vec<FormerImage>,
    /// Kubernetes' version, where a delivery recorded it.
    pub kubernetes: Option<String>,
    /// Where the site's registry is.
    pub registry: String,
    /// Applications that were chosen; none means those of the image.
    pub applications: Option<Vec<String>>,
    /// The nodes as the API sees them; none when no master answered.
    pub nodes: Option<Vec<NodeStatus>>,
    /// Why no master answered.
    pub unanswered: Option<String>,
    /// The certificate that ends first, as it was last looked at.
    pub next_certificate: Option<CertificateRecord>,
    /// What was done last from here.
    pub last_delivery: Option<LastDelivery>,
}

/// A node as the API sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeStatus {
    /// Its name.
    pub name: String,
    /// Its address in the cluster.
    pub address: String,
    /// Its kubelet's version.
    pub version: String,
    /// Whether it is ready.
    pub ready: bool,
    /// Whether new pods may come to it.
    pub schedulable: bool,
}

/// What was done last from this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LastDelivery {
    /// `run`.
    pub verb: String,
    /// RFC 3339.
    pub began: String,
    /// How it ended.
    pub end: End,
}

/// Looks at a cluster. A cluster whose masters do not answer is told from what this machine keeps, with the reason.
///
/// # Errors
/// When the cluster is unknown, another sealer works on it, or its files are damaged.
pub async fn status(root: &Path, name: &str, access: Access, listener: Listener) -> Result<Status, Error> {
    let (state, cluster) = State::lock_existing(root, name)?;
    let report = Report::read(root, name)?;
    let nodes = nodes(&state, cluster.clone(), access, listener).await;
    Ok(of(cluster, report, nodes))
}

fn of(cluster: Cluster, report: Report, nodes: Result<Vec<NodeStatus>, Error>) -> Status {
    let last = report.deliveries.into_iter().last();
    let (nodes, unanswered) = match nodes {
        Ok(nodes) => (Some(nodes), None),
        Err(error) => (None, Some(error.chain())),
    };
    Status {
        registry: cluster.registry.url_of_images(),
        cluster: cluster.name,
        image: FormerImage { image: cluster.image, digest: cluster.image_digest },
        adopted: cluster.adopted,
        former_images: cluster.former_images,
        kubernetes: report.kubernetes,
        applications: cluster.applications,
        nodes,
        unanswered,
        next_certificate: report.certificates.into_iter().next(),
        last_delivery: last.map(|it| LastDelivery { verb: it.verb, began: it.began, end: it.end }),
    }
}

async fn nodes(state: &State, cluster: Cluster, access: Access, listener: Listener) -> Result<Vec<NodeStatus>, Error> {
    let (fleet, _) = Fleet::connect_reachable(only_masters(cluster), access, state, listener).await?;
    carry_out(&fleet, &[Stage::new(vec![Box::new(InstallAgent)])]).await?;
    let master = fleet.cluster.first_master()?.address;
    let listed = kubectl::nodes_at_once(&fleet, master).await?;
    let listed: Value = serde_json::from_str(&listed).map_err(|source| Error::Kubectl { host: master, source })?;
    Ok(listed["items"].as_array().into_iter().flatten().map(node).collect())
}

fn node(node: &Value) -> NodeStatus {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of_kind = |list: &Value, kind: &str, field: &str| {
        let found = list.as_array().into_iter().flatten().find(|it| it["type"] == kind).map(|it| text(&it[field]));
        found.unwrap_or_default()
    };
    NodeStatus {
        name: text(&node["metadata"]["name"]),
        address: of_kind(&node["status"]["addresses"], "InternalIP", "address"),
        version: text(&node["status"]["nodeInfo"]["kubeletVersion"]),
        ready: of_kind(&node["status"]["conditions"], "Ready", "status") == "True",
        schedulable: node["spec"]["unschedulable"] != true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_node_is_told_as_the_api_sees_it() {
        let object = json!({
            "metadata": {"name": "n-1"}, "spec": {"unschedulable": true},
            "status": {
                "addresses": [{"type": "Hostname", "address": "n-1"}, {"type": "InternalIP", "address": "10.0.0.3"}],
                "conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": "True"}],
                "nodeInfo": {"kubeletVersion": "v1.20.2"},
            },
        });
        let read = node(&object);
        assert_eq!((read.name.as_str(), read.address.as_str(), read.version.as_str()), ("n-1", "10.0.0.3", "v1.20.2"));
        assert!(read.ready && !read.schedulable);
        assert!(!node(&json!({})).ready);
    }

    #[test]
    fn masters_that_do_not_answer_are_said_so() {
        let cluster = crate::step::tests::cluster(&["10.0.0.1"], &[]);
        let report = Report::of(&cluster, &[]);
        let status = of(cluster, report, Err(Error::NoHosts { cluster: "c".into() }));
        assert_eq!(status.nodes, None);
        assert!(status.unanswered.unwrap().contains("no host"));
    }
}
