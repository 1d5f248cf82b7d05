//! From the file to the desired state: pure, and only for a file that is fit. Secrets stay behind; the state has no room for
//! them.

use super::Clusterfile;
use super::contradiction::is_reserved;
use super::document::{ClusterDocument, HostGroup, PluginDocument, Ssh};
use crate::cluster::{Cluster, Member, NodeMarks, Plugin, Role, SecretEnvironment, Site};
use crate::kubeadm::{Counts, Overrides};
use crate::taint::Taint;
use crate::{Digest, Reference};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The name of a cluster that was given none.
pub const DEFAULT_NAME: &str = "my-cluster";

const USUAL_PORT: u16 = 22;

impl Clusterfile {
    /// The cluster as it shall be, when it runs that image. Masters come first; within a role the file's order is kept.
    #[must_use]
    pub fn cluster(&self, image: Reference, image_digest: Digest) -> Cluster {
        let document = &self.cluster;
        let application = self.application.clone().unwrap_or_default();
        Cluster {
            name: document.name.clone().unwrap_or_else(|| DEFAULT_NAME.to_owned()),
            image,
            image_digest,
            members: members(document),
            registry: document.registry.registry.clone(),
            container_runtime: document.container_runtime.unwrap_or_default(),
            data_root: document.data_root.clone(),
            env: document.env.iter().filter(|(key, _)| !is_reserved(key)).cloned().collect(),
            applications: document.applications.clone().or(application.applications),
            commands: if document.commands.is_empty() { application.commands } else { document.commands.clone() },
            site: Site {
                kubeadm: kubeadm(&self.kubeadm, document),
                host_aliases: document.host_aliases.clone(),
                nodes: marked_by_plugins(nodes(document), &self.plugins),
                applications: application.settings,
                parallel_launch: application.parallel,
                host_env: host_environments(document),
                env_from: document.env_from.clone(),
                host_names: host_names(&self.plugins),
                host_env_from: host_secrets(document),
                configs: self.configs.clone(),
                plugins: running(&self.plugins),
            },
            former_images: Vec::new(),
            image_changes: 0,
            adopted: None,
        }
    }

    /// How each host is reached: what the file says for it, else what it says for all.
    #[must_use]
    pub fn logins(&self) -> BTreeMap<IpAddr, Ssh> {
        let of_group = |group: &HostGroup| {
            let ssh = group.ssh.clone().or(&self.cluster.ssh);
            group.addresses.clone().into_iter().map(move |address| (address, ssh.clone()))
        };
        self.cluster.hosts.iter().flat_map(of_group).collect()
    }
}

impl Ssh {
    /// The same with everything that it does not say taken from another.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            user: self.user.or_else(|| other.user.clone()),
            password: self.password.or_else(|| other.password.clone()),
            key: self.key.or_else(|| other.key.clone()),
            key_password: self.key_password.or_else(|| other.key_password.clone()),
            port: self.port.or(other.port),
        }
    }
}

fn is_master(group: &HostGroup) -> bool {
    group.roles.iter().any(|role| role == "master")
}

fn members(document: &ClusterDocument) -> Vec<Member> {
    let of_group = |group: &HostGroup| {
        let role = if is_master(group) { Role::Master } else { Role::Node };
        let ssh_port = group.ssh.port.or(document.ssh.port).unwrap_or(USUAL_PORT);
        group.addresses.clone().into_iter().map(move |address| Member { address, ssh_port, role })
    };
    let (masters, nodes): (Vec<&HostGroup>, Vec<&HostGroup>) =
        document.hosts.iter().partition(|group| is_master(group));
    masters.into_iter().chain(nodes).flat_map(of_group).collect()
}

fn nodes(document: &ClusterDocument) -> BTreeMap<IpAddr, NodeMarks> {
    let mut nodes = BTreeMap::new();
    for group in &document.hosts {
        let further = group.roles.iter().filter(|role| !["master", "node"].contains(&role.as_str()));
        let marks =
            NodeMarks { roles: further.cloned().collect(), labels: group.labels.clone(), taints: group.taints.clone() };
        if !marks.is_empty() {
            nodes.extend(group.addresses.iter().map(|address| (*address, marks.clone())));
        }
    }
    nodes
}

fn host_environments(document: &ClusterDocument) -> BTreeMap<IpAddr, BTreeMap<String, String>> {
    let groups = document.hosts.iter().filter(|group| !group.env.is_empty());
    let of_group = |group: &HostGroup| {
        let env: BTreeMap<String, String> = group.env.iter().filter(|(key, _)| !is_reserved(key)).cloned().collect();
        group.addresses.clone().into_iter().map(move |address| (address, env.clone()))
    };
    groups.flat_map(of_group).collect()
}

fn host_secrets(document: &ClusterDocument) -> BTreeMap<IpAddr, SecretEnvironment> {
    let groups = document.hosts.iter().filter(|group| !group.env_from.is_empty());
    groups.flat_map(|group| group.addresses.iter().map(|address| (*address, group.env_from.clone()))).collect()
}

/// The plugins that run at phases, in the order in which they do.
fn running(plugins: &[PluginDocument]) -> Vec<Plugin> {
    let running = plugins.iter().filter(|plugin| plugin.runs());
    let mut running: Vec<Plugin> = running.map(|plugin| plugin.plugin.clone()).collect();
    running.sort_by(|one, other| one.name.cmp(&other.name));
    running
}

/// The names that plugins of type HOSTNAME give to hosts.
fn host_names(plugins: &[PluginDocument]) -> BTreeMap<IpAddr, String> {
    let naming = plugins.iter().filter(|plugin| plugin.plugin_type == "HOSTNAME");
    let lines = naming.flat_map(PluginDocument::host_lines);
    lines.filter_map(|(addresses, name)| Some((*addresses.first()?, name))).collect()
}

/// What the plugins LABEL and TAINT of older releases say of nodes, over what the hosts' own fields say.
fn marked_by_plugins(
    mut nodes: BTreeMap<IpAddr, NodeMarks>,
    plugins: &[PluginDocument],
) -> BTreeMap<IpAddr, NodeMarks> {
    for plugin in plugins {
        for (addresses, words) in plugin.host_lines() {
            for address in addresses {
                match plugin.plugin_type.as_str() {
                    "LABEL" => nodes.entry(address).or_default().labels.extend(labels(&words)),
                    "TAINT" => nodes.entry(address).or_default().taints.extend(words.parse::<Taint>().ok()),
                    _ => {}
                }
            }
        }
    }
    nodes
}

/// `ssd=true,hdd=false`
fn labels(words: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let pairs = words.split(',').filter_map(|pair| pair.trim().split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned()))
}

/// The variable in which older Clusterfiles have further names for the API server's certificate, with commas between.
const CERTIFICATE_NAMES: &str = "CertSANs";

fn kubeadm(written: &Overrides, document: &ClusterDocument) -> Overrides {
    let mut overrides = written.clone();
    overrides.take_variables(document.env.iter().map(|(key, value)| (key.as_str(), value.as_str())), Counts::Document);
    let names = document.env.iter().filter(|(key, _)| key == CERTIFICATE_NAMES);
    let names = names.flat_map(|(_, value)| value.split(',')).map(str::trim).filter(|name| !name.is_empty());
    let names: Vec<Value> = names.map(Value::from).collect();
    if names.is_empty() {
        return overrides;
    }
    let server = overrides.cluster.entry("apiServer").or_insert_with(|| json!({}));
    match server.get_mut("certSANs").and_then(Value::as_array_mut) {
        Some(list) => list.extend(names),
        None => server["certSANs"] = Value::Array(names),
    }
    overrides
}
