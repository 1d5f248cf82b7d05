//! The desired state of one cluster: its name, its image, its hosts and where its registry is. It is what `run` is asked for
//! and what the later verbs read back; it never holds a secret, so it can be stored as it is.

mod adopted;
mod difference;
mod environment;
mod external_registry;
mod host_alias;
mod membership;
mod registry;
mod runtime;
mod secrets;
mod site;
mod stands_for;

pub use adopted::{Adopted, CannotAdopt};
pub use difference::Difference;
pub use environment::Environment;
pub(crate) use environment::SERVICES_VARIABLE;
pub use external_registry::{ExternalRegistry, bracketed};
pub use host_alias::InvalidHostAlias;
pub use membership::InvalidMembership;
pub use registry::{HOST_USER, PEER_USER, Reads, SiteRegistry, Upstream};
pub use runtime::ContainerRuntime;
pub use secrets::{NamedSecret, SecretEnvironment, SecretPlace, Secrets};
pub use site::{ApplicationSettings, Config, HostAlias, NodeMarks, Plugin, PluginKind, Site, Strategy};

use crate::{Digest, Reference};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A cluster as it shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cluster {
    /// The cluster's name, a DNS label; part of paths.
    pub name: String,
    /// The cluster image's full name.
    pub image: Reference,
    /// The cluster image's index.
    pub image_digest: Digest,
    /// The hosts, masters first; the first one is where `kubeadm init` runs.
    pub members: Vec<Member>,
    /// The site's registry.
    pub registry: SiteRegistry,
    /// What runs containers on its hosts.
    #[serde(default, skip_serializing_if = "ContainerRuntime::is_usual")]
    pub container_runtime: ContainerRuntime,
    /// The folder on every host under which the rootfs lies.
    pub data_root: String,
    /// Environment for launch commands, over the image's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Applications to launch instead of the image's own list; empty launches nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applications: Option<Vec<String>>,
    /// Commands to run instead of launching applications.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// What else differs on this site.
    #[serde(default)]
    pub site: Site,
    /// The images that it ran before, the last one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_images: Vec<FormerImage>,
    /// How often it has gone on to another image, or back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub image_changes: u64,
    /// What differs where the Go sealer made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted: Option<Adopted>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// An image that a cluster ran before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerImage {
    /// Its full name.
    pub image: Reference,
    /// Its index.
    pub digest: Digest,
}

/// Former images that a cluster remembers.
const REMEMBERED: usize = 5;

impl Cluster {
    /// The same cluster with further names in the certificate of its API, for masters that join later.
    #[must_use]
    pub fn with_api_names(&self, names: &[String]) -> Self {
        let mut cluster = self.clone();
        if names.is_empty() {
            return cluster;
        }
        let server = cluster.site.kubeadm.cluster.entry("apiServer").or_insert_with(|| serde_json::json!({}));
        let mut written: Vec<serde_json::Value> = server["certSANs"].as_array().cloned().unwrap_or_default();
        written.extend(names.iter().map(|name| serde_json::Value::from(name.as_str())));
        let mut seen = std::collections::BTreeSet::new();
        written.retain(|name| seen.insert(name.to_string()));
        server["certSANs"] = serde_json::Value::Array(written);
        cluster
    }

    /// The further names in the certificate of its API.
    fn api_names(&self) -> Vec<String> {
        let names = self.site.kubeadm.cluster.get("apiServer").and_then(|server| server.get("certSANs")?.as_array());
        names.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }

    /// Takes over what no Clusterfile says: which images the cluster ran before, what its registry was called first, and the names that its
    /// API's certificate got since.
    pub fn remember(&mut self, former: &Self) {
        self.registry.remember(&former.registry);
        *self = self.with_api_names(&former.api_names());
        if self.image_digest == former.image_digest {
            self.former_images.clone_from(&former.former_images);
            self.image_changes = former.image_changes;
        }
    }

    /// The same cluster with another image, and the one that it ran remembered.
    #[must_use]
    pub fn with_image(&self, image: Reference, digest: Digest) -> Self {
        let former = FormerImage { image: self.image.clone(), digest: self.image_digest.clone() };
        let earlier = self.former_images.iter().filter(|it| it.digest != digest && it.digest != former.digest).cloned();
        let former_images = std::iter::once(former.clone()).filter(|it| it.digest != digest).chain(earlier);
        let former_images = former_images.take(REMEMBERED).collect();
        let image_changes = self.image_changes + u64::from(digest != self.image_digest);
        Self { image, image_digest: digest, former_images, image_changes, ..self.clone() }
    }
}

/// One host of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The address by which the other hosts and the delivering machine reach it.
    pub address: IpAddr,
    /// The port of its SSH server.
    pub ssh_port: u16,
    /// What it does in the cluster.
    pub role: Role,
}

/// What a host does in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It runs the control plane.
    Master,
    /// It runs applications only.
    Node,
}

/// The name by which every host reaches the API.
pub const API_SERVER_DOMAIN: &str = "apiserver.cluster.local";

/// The port of the API.
pub const API_SERVER_PORT: u16 = 6443;

/// Where the Go sealer keeps things on hosts, and so do we.
pub const DEFAULT_DATA_ROOT: &str = "/var/lib/sealer/data";

/// The desired state contradicts itself or asks for what cannot be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCluster {
    /// The name is no DNS label.
    #[error(
        "cluster name \"{0}\" must be 1 to 63 lower-case letters, digits or - and start and end with a letter or digit"
    )]
    Name(String),
    /// No host at all.
    #[error("no master was given")]
    NoMaster,
    /// A host is named twice.
    #[error("host {0} is named twice")]
    Duplicate(IpAddr),
    /// IPv4 and IPv6 side by side.
    #[error("host {0} is not of the same address family as {1}")]
    MixedFamilies(IpAddr, IpAddr),
}

impl Cluster {
    /// Checks what can be checked without looking at any host.
    ///
    /// # Errors
    /// The first contradiction found.
    pub fn validate(&self) -> Result<(), InvalidCluster> {
        if !is_dns_label(&self.name) {
            return Err(InvalidCluster::Name(self.name.clone()));
        }
        self.first_master()?;
        let first = self.members[0].address;
        for (position, member) in self.members.iter().enumerate() {
            let address = member.address;
            if self.members[..position].iter().any(|other| other.address == address) {
                return Err(InvalidCluster::Duplicate(address));
            }
            if address.is_ipv4() != first.is_ipv4() {
                return Err(InvalidCluster::MixedFamilies(address, first));
            }
        }
        Ok(())
    }

    /// The hosts of the control plane.
    pub fn masters(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.role == Role::Master)
    }

    /// The hosts that only run applications.
    pub fn nodes(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.role == Role::Node)
    }

    /// The host where the control plane starts.
    ///
    /// # Errors
    /// When there is no master.
    pub fn first_master(&self) -> Result<&Member, InvalidCluster> {
        self.masters().next().ok_or(InvalidCluster::NoMaster)
    }

    /// The masters that join the first one, in order.
    pub fn other_masters(&self) -> impl Iterator<Item = &Member> {
        self.masters().skip(1)
    }

    /// The folder on every host that holds this cluster's things.
    #[must_use]
    pub fn folder(&self) -> String {
        format!("{}/{}", self.data_root, self.name)
    }

    /// The folder on every host that holds the unpacked rootfs.
    #[must_use]
    pub fn rootfs(&self) -> String {
        format!("{}/rootfs", self.folder())
    }
}

pub(crate) fn is_dns_label(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=63).contains(&text.len())
        && text.bytes().all(|byte| word(byte) || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A cluster of these hosts.
    pub(crate) fn cluster(hosts: &[(&str, Role)]) -> Cluster {
        let member =
            |(address, role): &(&str, Role)| Member { address: address.parse().unwrap(), ssh_port: 22, role: *role };
        Cluster {
            name: "my-cluster".into(),
            image: "guestbook:v1".parse().unwrap(),
            image_digest: Digest::of(b""),
            members: hosts.iter().map(member).collect(),
            registry: SiteRegistry::default(),
            container_runtime: ContainerRuntime::default(),
            data_root: DEFAULT_DATA_ROOT.into(),
            env: BTreeMap::new(),
            applications: None,
            commands: Vec::new(),
            site: Site::default(),
            former_images: Vec::new(),
            image_changes: 0,
            adopted: None,
        }
    }

    #[test]
    fn former_images_are_remembered_once_each_the_last_one_first() {
        let image = |number: usize| (format!("i:v{number}").parse::<Reference>().unwrap(), Digest::of(&[number as u8]));
        let mut cluster = cluster(&[("10.0.0.1", Role::Master)]);
        for number in [1, 2, 3, 2] {
            let (name, digest) = image(number);
            cluster = cluster.with_image(name, digest);
        }
        let names: Vec<String> = cluster.former_images.iter().map(|it| it.image.to_string()).collect();
        assert_eq!(cluster.image_digest, image(2).1);
        assert_eq!(names.iter().map(|name| &name[name.len() - 2..]).collect::<Vec<_>>(), ["v3", "v1", "v1"]);
        let again = cluster.with_image(image(2).0, image(2).1);
        assert_eq!(again.former_images, cluster.former_images);
        assert_eq!((cluster.image_changes, again.image_changes), (4, 4));
        // a Clusterfile knows nothing of them
        let mut written = Cluster { former_images: Vec::new(), image_changes: 0, ..cluster.clone() };
        written.remember(&cluster);
        assert_eq!(written, cluster);
    }

    #[test]
    fn contradictions_are_found_before_anything_is_touched() {
        use Role::{Master, Node};
        let duplicate = cluster(&[("10.0.0.1", Master), ("10.0.0.1", Node)]);
        let address = "10.0.0.1".parse().unwrap();
        assert_eq!(duplicate.validate(), Err(InvalidCluster::Duplicate(address)));
        assert_eq!(cluster(&[("10.0.0.1", Node)]).validate(), Err(InvalidCluster::NoMaster));
        let mixed = cluster(&[("10.0.0.1", Master), ("fd00::1", Node)]);
        assert!(matches!(mixed.validate(), Err(InvalidCluster::MixedFamilies(..))));
        assert_eq!(cluster(&[("10.0.0.1", Master), ("10.0.0.2", Node)]).validate(), Ok(()));
    }

    #[test]
    fn a_name_that_could_leave_its_folder_is_refused() {
        for name in ["..", "a/b", "", "-a", "A"] {
            let cluster = Cluster { name: name.into(), ..cluster(&[("10.0.0.1", Role::Master)]) };
            assert_eq!(cluster.validate(), Err(InvalidCluster::Name(name.into())));
        }
    }
}
