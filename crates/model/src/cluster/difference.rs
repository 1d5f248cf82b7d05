//! What changes between two desired states of one cluster, in words, so that a verb which cannot make a change can name it.

use super::Cluster;
use std::net::IpAddr;

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Hosts that are new, gone, or have another role or port.
    Hosts(String),
    /// Another image.
    Image(String),
    /// Something else, by its name in a Clusterfile.
    Setting(&'static str),
}

/// Settings that a further delivery brings about: files are written anew, applications whose files, environment or commands are other
/// than before are launched again, plugins that are new run, nodes are marked.
const BROUGHT_ABOUT: [&str; 10] = [
    "the registry's user, certificate and upstreams",
    "env",
    "appNames",
    "cmd",
    "hostAliases",
    "roles, labels and taints",
    "configs of applications",
    "env of hosts",
    "the Config documents",
    "the Plugin documents",
];

impl Difference {
    /// Whether delivering the same image once more makes it so.
    #[must_use]
    pub fn is_brought_about(&self) -> bool {
        matches!(self, Self::Setting(name) if BROUGHT_ABOUT.contains(name))
    }
}

impl Cluster {
    /// What differs from how the cluster was asked for before; the name is not compared.
    #[must_use]
    pub fn differences(&self, former: &Self) -> Vec<Difference> {
        let mut differences: Vec<Difference> =
            self.hosts_that_differ(former).map(Difference::Hosts).into_iter().collect();
        if self.image_digest != former.image_digest {
            let (new, old) = (self.image_digest.short(), former.image_digest.short());
            differences.push(Difference::Image(format!("{} ({new}) instead of {} ({old})", self.image, former.image)));
        }
        let settings = [
            ("registry", self.registry.is_in_the_same_place(&former.registry)),
            (
                "the registry's user, certificate and upstreams",
                self.registry == former.registry || !self.registry.is_in_the_same_place(&former.registry),
            ),
            ("dataRoot", self.data_root == former.data_root),
            ("env", self.env == former.env),
            ("appNames", self.applications == former.applications),
            ("cmd", self.commands == former.commands),
            ("the kubeadm documents", self.site.kubeadm == former.site.kubeadm),
            ("hostAliases", self.site.host_aliases == former.site.host_aliases),
            ("roles, labels and taints", self.site.nodes == former.site.nodes),
            (
                "configs of applications",
                self.site.applications == former.site.applications
                    && self.site.parallel_launch == former.site.parallel_launch,
            ),
            ("env of hosts", self.site.host_env == former.site.host_env),
            ("the Config documents", self.site.configs == former.site.configs),
            ("the Plugin documents", self.site.plugins == former.site.plugins),
        ];
        let changed = settings.into_iter().filter(|(_, same)| !same).map(|(name, _)| Difference::Setting(name));
        differences.into_iter().chain(changed).collect()
    }

    fn hosts_that_differ(&self, former: &Self) -> Option<String> {
        let missing_in = |other: &Self, mine: &Self| -> Vec<IpAddr> {
            let there = |address| other.members.iter().any(|member| member.address == address);
            mine.members.iter().map(|member| member.address).filter(|address| !there(*address)).collect()
        };
        let (added, removed) = (missing_in(former, self), missing_in(self, former));
        let changed: Vec<IpAddr> = self
            .members
            .iter()
            .filter(|member| former.members.iter().any(|old| old.address == member.address && old != *member))
            .map(|member| member.address)
            .collect();
        let named = |what: &str, hosts: &[IpAddr]| {
            let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
            (!hosts.is_empty()).then(|| format!("{what} {}", hosts.join(", ")))
        };
        let parts = [named("new:", &added), named("gone:", &removed), named("role or port changed:", &changed)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() && self.members != former.members {
            return Some("in another order".to_owned());
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::cluster;
    use super::super::{Cluster, Role};
    use super::Difference;

    #[test]
    fn only_what_changed_is_named() {
        let former = cluster(&[("10.0.0.1", Role::Master), ("10.0.0.2", Role::Node)]);
        assert_eq!(former.differences(&former), []);
        let mut wanted = cluster(&[("10.0.0.1", Role::Master), ("10.0.0.3", Role::Node)]);
        wanted.env.insert("A".into(), "1".into());
        let hosts = Difference::Hosts("new: 10.0.0.3; gone: 10.0.0.2".into());
        assert_eq!(wanted.differences(&former), [hosts, Difference::Setting("env")]);
        wanted.data_root = "/elsewhere".into();
        let is = wanted.differences(&former).iter().map(Difference::is_brought_about).collect::<Vec<_>>();
        assert_eq!(is, [false, false, true]);
    }

    #[test]
    fn another_role_and_another_order_are_differences() {
        let former = cluster(&[("10.0.0.1", Role::Master), ("10.0.0.2", Role::Master)]);
        let other = cluster(&[("10.0.0.2", Role::Master), ("10.0.0.1", Role::Master)]);
        assert_eq!(other.differences(&former), [Difference::Hosts("in another order".into())]);
        let node = cluster(&[("10.0.0.1", Role::Master), ("10.0.0.2", Role::Node)]);
        assert_eq!(node.differences(&former), [Difference::Hosts("role or port changed: 10.0.0.2".into())]);
        let renamed = Cluster { name: "other".into(), ..former.clone() };
        assert_eq!(renamed.differences(&former), []);
    }
}
