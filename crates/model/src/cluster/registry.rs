//! The site's registry as it shall be: where it is reached, on which hosts it runs, who may do what there, and which registries stand
//! behind it. No secret is in it.

use super::{Cluster, ExternalRegistry, Member, bracketed};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The user by whom the cluster's hosts are known to it.
pub const HOST_USER: &str = "sealer-host";

/// The user by whom its registries are known to one another.
pub const PEER_USER: &str = "sealer-peer";

/// The site's registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteRegistry {
    /// The name in the registry's certificate and in every host's `/etc/hosts`.
    pub domain: String,
    /// Its TCP port.
    pub port: u16,
    /// Names and addresses in its certificate beside its domain and its hosts' addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_names: Vec<String>,
    /// Whether its certificate is brought along, and not made by the cluster's authority.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_certificate: bool,
    /// A user who may push; without one nobody may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Who may pull, where there is a user.
    #[serde(default, skip_serializing_if = "Reads::is_usual")]
    pub reads: Reads,
    /// Whether it speaks plain HTTP.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insecure: bool,
    /// Whether only the first of its hosts runs one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub single: bool,
    /// The masters that run one; none named means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<IpAddr>,
    /// Registries that are asked for what no image brought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub upstreams: Vec<Upstream>,
    /// The registry that the site has already. Container images are there then, and this one has only the rootfs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalRegistry>,
    /// The name in front of what was pushed to it first, where it has another one by now: its own repositories are kept under that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_as: Option<String>,
    /// Domains for which it answers where docker asks them, each once: `quay.io`, `*.corp.example`, `harbor.example:8443`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stands_for: Vec<String>,
}

/// Who may pull from a registry that has users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reads {
    /// Users; the cluster's hosts are one.
    #[default]
    Authenticated,
    /// Everybody.
    Anonymous,
}

impl Reads {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// A registry behind the site's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Upstream {
    /// Whose images it has: `docker.io`, `*.corp.example`, `*`.
    #[serde(rename = "match")]
    pub pattern: String,
    /// Where it is, if not at the image's own domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Asked before it, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mirrors: Vec<String>,
    /// Who the site's registry is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// `NAME` of a program `docker-credential-NAME` on the registry's hosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_helper: Option<String>,
    /// The authority of its certificate, PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Whether its certificate is not checked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub insecure: bool,
    /// The beginning of a repository's path that is taken away there, and what stands in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rewrite: Option<(String, String)>,
}

impl Default for SiteRegistry {
    fn default() -> Self {
        Self {
            domain: "sea.hub".into(),
            port: 5000,
            further_names: Vec::new(),
            own_certificate: false,
            username: None,
            reads: Reads::default(),
            insecure: false,
            single: false,
            hosts: Vec::new(),
            upstreams: Vec::new(),
            external: None,
            kept_as: None,
            stands_for: Vec::new(),
        }
    }
}

impl SiteRegistry {
    /// `https://sea.hub:5000`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme(), self.authority())
    }

    /// Where container images are: here, or at the registry that the site has already.
    #[must_use]
    pub fn url_of_images(&self) -> String {
        self.external.as_ref().map_or_else(|| self.url(), ExternalRegistry::url)
    }

    /// What one of its hosts is called beside its address, where that is of IPv6: `fd00-0-0-0-0-0-0-1.sea.hub`. containerd 1.6 and the
    /// library of podman, skopeo and buildah cannot read such an address in the name of a registry.
    #[must_use]
    pub fn name_of(&self, host: IpAddr) -> Option<String> {
        let IpAddr::V6(address) = host else { return None };
        let groups: Vec<String> = address.segments().iter().map(|group| format!("{group:x}")).collect();
        Some(format!("{}.{}", groups.join("-"), self.domain))
    }

    /// By what runtimes ask one of its hosts: its name, where it has one, or its address.
    #[must_use]
    pub fn called_by_runtimes(&self, host: IpAddr) -> String {
        self.name_of(host).unwrap_or_else(|| host.to_string())
    }

    /// As [`Self::url_at`], for runtimes: `https://fd00-0-0-0-0-0-0-1.sea.hub:5000`.
    #[must_use]
    pub fn url_for_runtimes(&self, host: IpAddr) -> String {
        format!("{}://{}:{}", self.scheme(), self.called_by_runtimes(host), self.port)
    }

    /// Its address by that of one of its hosts: `https://[fd00::1]:5000`.
    #[must_use]
    pub fn url_at(&self, host: IpAddr) -> String {
        format!("{}://{}", self.scheme(), std::net::SocketAddr::new(host, self.port))
    }

    fn scheme(&self) -> &'static str {
        if self.insecure { "http" } else { "https" }
    }

    /// The name as it stands in front of an image's: `sea.hub:5000`.
    #[must_use]
    pub fn authority(&self) -> String {
        format!("{}:{}", bracketed(&self.domain), self.port)
    }

    /// The name under which its own repositories are kept, whatever it is called now.
    #[must_use]
    pub fn own_name(&self) -> String {
        self.kept_as.clone().unwrap_or_else(|| self.authority())
    }

    /// Takes over under which name its own repositories are kept, and for which domains it stands, which no Clusterfile says.
    pub(super) fn remember(&mut self, former: &Self) {
        let kept = former.own_name();
        self.kept_as = (kept != self.authority()).then_some(kept);
        self.add_domains(former.stands_for.clone());
    }

    /// What scripts and templates see of it. `Registry...` is where container images are.
    pub(super) fn variables(&self) -> Vec<(String, String)> {
        let of = |prefix: &str, domain: &str, port: Option<u16>, url: String| {
            let port = port.map(|port| port.to_string()).unwrap_or_default();
            [("Domain", domain.to_owned()), ("Port", port), ("URL", url)]
                .map(|(name, value)| (format!("{prefix}{name}"), value))
        };
        let local = |prefix| of(prefix, &self.domain, Some(self.port), self.authority());
        let images = match &self.external {
            None => local("Registry").into(),
            Some(it) => {
                ["Registry", "ExternalRegistry"].map(|prefix| of(prefix, &it.domain, it.port, it.name())).concat()
            }
        };
        local("LocalRegistry").into_iter().chain(images).collect()
    }

    /// Whether the cluster's hosts have to say who they are to pull.
    #[must_use]
    pub fn asks_hosts(&self) -> bool {
        self.username.is_some() && self.reads == Reads::Authenticated
    }
}

impl Cluster {
    /// The masters that run the site's registry, the one that gets images first in front.
    #[must_use]
    pub fn registry_hosts(&self) -> Vec<&Member> {
        let named = &self.registry.hosts;
        let hosts = self.masters().filter(|master| named.is_empty() || named.contains(&master.address));
        hosts.take(if self.registry.single { 1 } else { usize::MAX }).collect()
    }

    /// Whether that host runs the site's registry.
    #[must_use]
    pub fn has_registry(&self, host: IpAddr) -> bool {
        self.registry_hosts().iter().any(|member| member.address == host)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Role::{Master, Node};
    use super::super::tests::cluster;
    use super::*;

    fn hosts(cluster: &Cluster) -> Vec<String> {
        cluster.registry_hosts().iter().map(|member| member.address.to_string()).collect()
    }

    #[test]
    fn it_runs_on_every_master_or_on_one_or_on_those_that_are_named() {
        let mut cluster =
            cluster(&[("10.0.0.1", Master), ("10.0.0.2", Master), ("10.0.0.3", Master), ("10.0.0.9", Node)]);
        assert_eq!(hosts(&cluster), ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
        cluster.registry.hosts = ["10.0.0.3", "10.0.0.2"].map(|host| host.parse().unwrap()).into();
        assert_eq!(hosts(&cluster), ["10.0.0.2", "10.0.0.3"]);
        cluster.registry.single = true;
        assert_eq!(hosts(&cluster), ["10.0.0.2"]);
        assert!(!cluster.has_registry("10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn addresses_of_either_family_are_written_as_urls_have_them() {
        let registry = SiteRegistry { port: 443, ..SiteRegistry::default() };
        assert_eq!(registry.url_at("fd00::1".parse().unwrap()), "https://[fd00::1]:443");
        let for_runtimes = registry.url_for_runtimes("fd00::1".parse().unwrap());
        assert_eq!(for_runtimes, "https://fd00-0-0-0-0-0-0-1.sea.hub:443");
        assert_eq!(registry.url_for_runtimes("10.0.0.1".parse().unwrap()), "https://10.0.0.1:443");
        let registry = SiteRegistry { insecure: true, ..registry };
        assert_eq!(
            (registry.url(), registry.url_at("10.0.0.1".parse().unwrap())),
            ("http://sea.hub:443".into(), "http://10.0.0.1:443".into())
        );
    }

    #[test]
    fn its_first_name_stays_that_of_what_was_pushed_to_it() {
        let named = |port| SiteRegistry { port, ..SiteRegistry::default() };
        let (mut second, mut third, mut first_again) = (named(5001), named(5002), named(5000));
        second.remember(&named(5000));
        third.remember(&second);
        first_again.remember(&third);
        assert_eq!((second.own_name(), third.own_name()), ("sea.hub:5000".into(), "sea.hub:5000".into()));
        assert_eq!(first_again, named(5000));
    }

    #[test]
    fn a_state_of_an_earlier_release_is_read() {
        let read: SiteRegistry = serde_json::from_str(r#"{"domain": "sea.hub", "port": 5000}"#).unwrap();
        assert_eq!(read, SiteRegistry::default());
        assert_eq!(serde_json::to_string(&read).unwrap(), r#"{"domain":"sea.hub","port":5000}"#);
    }
}
