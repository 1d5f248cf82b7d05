//! What differs on one site from what the image brings: the part of the desired state that a Clusterfile adds to hosts and
//! image. It is stored with the rest and holds no secret.

use crate::kubeadm::Overrides;
use crate::taint::Taint;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// What differs on one site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Site {
    /// Laid over the image's kubeadm documents.
    #[serde(skip_serializing_if = "Overrides::is_empty")]
    pub kubeadm: Overrides,
    /// Lines for `/etc/hosts` on every host.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub host_aliases: Vec<HostAlias>,
    /// What nodes are marked with.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub nodes: BTreeMap<IpAddr, NodeMarks>,
    /// What differs for single applications, by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub applications: BTreeMap<String, ApplicationSettings>,
}

/// An address with the names that hosts know it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostAlias {
    /// The address.
    pub ip: IpAddr,
    /// Its names, at least one.
    pub hostnames: Vec<String>,
}

/// What one node is marked with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeMarks {
    /// Roles besides master and node; each becomes the label `node-role.kubernetes.io/<role>`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Taints to put on it or to take from it, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub taints: Vec<Taint>,
}

/// What differs for one application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApplicationSettings {
    /// Environment over every other.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Commands instead of those that follow from its type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
}

impl NodeMarks {
    /// Whether there is nothing to mark.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roles.is_empty() && self.labels.is_empty() && self.taints.is_empty()
    }
}
