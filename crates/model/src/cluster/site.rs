//! What differs on one site from what the image brings: the part of the desired state that a Clusterfile adds to hosts and
//! image. It is stored with the rest and holds no secret.

use super::SecretEnvironment;
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
    /// Whether applications of whose order nothing is said start at once.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub parallel_launch: bool,
    /// Environment of single hosts, over the cluster's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub host_env: BTreeMap<IpAddr, BTreeMap<String, String>>,
    /// Secrets among the cluster's environment.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env_from: SecretEnvironment,
    /// Secrets among the environment of single hosts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub host_env_from: BTreeMap<IpAddr, SecretEnvironment>,
    /// Names that hosts get before they become nodes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub host_names: BTreeMap<IpAddr, String>,
    /// Files of the image that differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub configs: Vec<Config>,
    /// What runs at phases of a delivery: the image's own and the site's, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plugins: Vec<Plugin>,
}

/// What happens to a file that the image brings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// The data takes its place.
    #[default]
    Overwrite,
    /// The data is merged into every YAML document of it.
    Merge,
    /// The data is a template, filled in from the environment, and takes its place.
    Render,
}

/// A file of the rootfs, or of an application, that differs on this site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    /// Its name.
    pub name: String,
    /// The file, below the rootfs or below the application's folder.
    pub path: String,
    /// The application whose file it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// What becomes of what is there.
    pub strategy: Strategy,
    /// What happens to the data first, in order: `render`, `value`, `toJson`, `toBase64`, `toSecret`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub process: Vec<String>,
    /// What to write.
    pub data: String,
}

impl Config {
    /// The file, below the rootfs.
    #[must_use]
    pub fn file(&self) -> String {
        match &self.application {
            Some(application) => format!("application/apps/{application}/{}", self.path),
            None => self.path.clone(),
        }
    }
}

/// What a plugin does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PluginKind {
    /// It runs a script.
    #[default]
    Script,
    /// It waits until the cluster is well.
    ClusterCheck,
    /// It saves what etcd holds.
    EtcdBackup,
}

/// Something that runs at phases of a delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Plugin {
    /// Its name; plugins of one phase run in the order of their names.
    pub name: String,
    /// When it runs: `pre-install`, `post-init-host`.
    pub phases: Vec<String>,
    /// Roles of the hosts that it runs on at phases of hosts; none means all.
    pub scope: Vec<String>,
    /// What it does.
    #[serde(skip_serializing_if = "PluginKind::is_script")]
    pub kind: PluginKind,
    /// The script, run by `bash` in the rootfs; for backups the folder on the first master.
    pub data: String,
    /// Whether the image brings it: another image brings its own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub from_image: bool,
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
    /// Secrets among it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env_from: SecretEnvironment,
    /// Commands instead of those that follow from its type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// Applications that have to be ready first; where nothing is said, those before it in the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Vec<String>>,
    /// The namespace of a chart, and of objects that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Files with values for a chart, below the application's folder; a later one wins.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values_files: Vec<String>,
    /// Whether it is waited for; charts are where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<bool>,
    /// Whether a chart that does not become ready is taken back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub atomic: bool,
    /// Whether manifests take over what somebody else has set in the cluster.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub force_conflicts: bool,
    /// Minutes that it may take to become ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}

impl Site {
    /// The site's plugins and those that the image brings, in the order in which they run. Where both have one of the same name, the
    /// site's word counts. What a former image brought goes with it.
    pub fn take_plugins_of_image(&mut self, of_image: Vec<Plugin>) {
        let of_image = of_image.into_iter().map(|plugin| Plugin { from_image: true, ..plugin });
        let own = std::mem::take(&mut self.plugins).into_iter().filter(|plugin| !plugin.from_image);
        let by_name: BTreeMap<String, Plugin> =
            of_image.chain(own).map(|plugin| (plugin.name.clone(), plugin)).collect();
        self.plugins = by_name.into_values().collect();
    }
}

impl PluginKind {
    fn is_script(&self) -> bool {
        *self == Self::Script
    }
}

impl NodeMarks {
    /// Whether there is nothing to mark.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roles.is_empty() && self.labels.is_empty() && self.taints.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(name: &str, data: &str) -> Plugin {
        Plugin { name: name.into(), data: data.into(), ..Plugin::default() }
    }

    fn scripts(site: &Site) -> Vec<&str> {
        site.plugins.iter().map(|plugin| plugin.data.as_str()).collect()
    }

    #[test]
    fn another_image_brings_its_own_plugins_and_the_sites_stay() {
        let mut site = Site { plugins: vec![plugin("b", "site b"), plugin("c", "site c")], ..Site::default() };
        site.take_plugins_of_image(vec![plugin("a", "v1 a"), plugin("b", "v1 b"), plugin("d", "v1 d")]);
        assert_eq!(scripts(&site), ["v1 a", "site b", "site c", "v1 d"]);
        let stored = serde_json::to_string(&site).unwrap();
        let mut site: Site = serde_json::from_str(&stored).unwrap();
        site.take_plugins_of_image(vec![plugin("a", "v2 a"), plugin("b", "v2 b")]);
        assert_eq!(scripts(&site), ["v2 a", "site b", "site c"]);
    }
}
