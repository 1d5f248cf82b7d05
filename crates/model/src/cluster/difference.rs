//! What changes between two desired states of one cluster, in words, so that a verb which cannot make a change can name it.

use super::{Cluster, SiteRegistry};
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
const BROUGHT_ABOUT: [&str; 13] = [
    "the registry's user, certificate and upstreams",
    "the registry's domain, port and insecure",
    "the registry's further hosts",
    "the external registry",
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

/// Settings that stay, and why.
const STAYS: [(&str, &str); 4] = [
    (
        REGISTRY_LEAVES,
        "a registry that goes may have the only copy of a push: name the former hosts in spec.registry.localRegistry, the first of them \
         first, or scale the master down",
    ),
    (
        REGISTRY_MOVES,
        "names that hosts pull by would lead to the registry that was left: delete the cluster and apply again, or set it back",
    ),
    (
        RUNTIME,
        "pods would have to be made anew by the other one on every host: delete the cluster and apply again, or set it back",
    ),
    (
        HOSTNAMES,
        "a node has the name that its host had when it joined: scale the host down and up again, or leave its name as it was",
    ),
];
const RUNTIME: &str = "containerRuntime";
const HOSTNAMES: &str = "names of hosts in plugins of type HOSTNAME";
const REGISTRY_LEAVES: &str = "ha and hosts of spec.registry.localRegistry";
const REGISTRY_MOVES: &str = "spec.registry.externalRegistry, which was there before or is there now";

impl Difference {
    /// Why it stays as it is, and what to do, where there is a word on it.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        let Self::Setting(name) = self else { return None };
        STAYS.iter().find(|(setting, _)| setting == name).map(|(_, reason)| *reason)
    }

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
            (RUNTIME, self.container_runtime == former.container_runtime),
            ("dataRoot", self.data_root == former.data_root),
            ("env", self.env == former.env && self.site.env_from == former.site.env_from),
            ("appNames", self.applications == former.applications),
            ("cmd", self.commands == former.commands),
            ("the kubeadm documents", self.with_api_names(&former.api_names()).site.kubeadm == former.site.kubeadm),
            ("hostAliases", self.site.host_aliases == former.site.host_aliases),
            ("roles, labels and taints", self.site.nodes == former.site.nodes),
            (
                "configs of applications",
                self.site.applications == former.site.applications
                    && self.site.parallel_launch == former.site.parallel_launch,
            ),
            (
                "env of hosts",
                self.site.host_env == former.site.host_env && self.site.host_env_from == former.site.host_env_from,
            ),
            (HOSTNAMES, self.names_stay(former)),
            ("the Config documents", self.site.configs == former.site.configs),
            ("the Plugin documents", self.site.plugins == former.site.plugins),
        ];
        let settings = self.registry_settings(former).into_iter().chain(settings);
        let changed = settings.filter(|(_, same)| !same).map(|(name, _)| Difference::Setting(name));
        differences.into_iter().chain(changed).collect()
    }

    /// Whether every host that is in both keeps its name.
    fn names_stay(&self, former: &Self) -> bool {
        let mut known =
            former.members.iter().filter(|it| self.members.iter().any(|member| member.address == it.address));
        known.all(|it| self.site.host_names.get(&it.address) == former.site.host_names.get(&it.address))
    }

    /// Settings of the registry, and whether they are the same.
    fn registry_settings(&self, former: &Self) -> [(&'static str, bool); 5] {
        let (registry, before) = (&self.registry, &former.registry);
        let place = |it: &SiteRegistry| (it.domain.clone(), it.port, it.insecure);
        let usual = SiteRegistry::default();
        let rest = |it: &SiteRegistry| SiteRegistry {
            domain: usual.domain.clone(),
            port: usual.port,
            insecure: usual.insecure,
            single: usual.single,
            hosts: Vec::new(),
            external: None,
            kept_as: None,
            stands_for: Vec::new(),
            ..it.clone()
        };
        let (hosts, once) = (self.registry_addresses(former), former.registry_addresses(self));
        // a new one in front would be taken for the one that has everything
        let stays =
            once.iter().all(|host| hosts.contains(host)) && hosts.first().is_none_or(|host| once.contains(host));
        let moves = registry.external.is_some() != before.external.is_some();
        [
            ("the registry's user, certificate and upstreams", rest(registry) == rest(before)),
            ("the registry's domain, port and insecure", place(registry) == place(before)),
            ("the registry's further hosts", hosts.len() == once.len() || !stays),
            (REGISTRY_LEAVES, stays),
            (if moves { REGISTRY_MOVES } else { "the external registry" }, registry.external == before.external),
        ]
    }

    /// The hosts that run a registry, of those that are masters in another cluster, too: hosts that come, go or change their role are told
    /// apart from this.
    fn registry_addresses(&self, other: &Self) -> Vec<IpAddr> {
        let there = |address: &IpAddr| other.masters().any(|member| member.address == *address);
        self.registry_hosts().into_iter().map(|member| member.address).filter(there).collect()
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
    use super::super::{Cluster, ExternalRegistry, Role, SiteRegistry};
    use super::Difference;

    #[test]
    fn hosts_that_are_there_keep_their_names_and_new_ones_get_theirs() {
        let former = cluster(&[("10.0.0.1", Role::Master)]);
        let mut wanted = cluster(&[("10.0.0.1", Role::Master), ("10.0.0.2", Role::Node)]);
        wanted.site.host_names.insert("10.0.0.2".parse().unwrap(), "till-1".into());
        let settings = |wanted: &Cluster| {
            let all = wanted.differences(&former).into_iter();
            all.filter(|it| !matches!(it, Difference::Hosts(_))).collect::<Vec<_>>()
        };
        assert_eq!(settings(&wanted), []);
        wanted.site.host_names.insert("10.0.0.1".parse().unwrap(), "desk".into());
        let renamed = settings(&wanted);
        assert_eq!(renamed, [Difference::Setting(super::HOSTNAMES)]);
        assert!(!renamed[0].is_brought_about() && renamed[0].reason().is_some());
    }

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
    fn names_that_the_certificate_got_since_are_no_difference_and_are_remembered() {
        let wanted = cluster(&[("10.0.0.1", Role::Master)]).with_api_names(&["a.example".into()]);
        let former = wanted.with_api_names(&["b.example".into()]);
        assert_eq!(wanted.differences(&former), []);
        let mut again = wanted.clone();
        again.remember(&former);
        assert_eq!(again, former);
        let other = wanted.with_api_names(&["c.example".into()]);
        assert_eq!(other.differences(&former), [Difference::Setting("the kubeadm documents")]);
        let mut plain = cluster(&[("10.0.0.1", Role::Master)]);
        plain.remember(&plain.clone());
        assert_eq!(plain, cluster(&[("10.0.0.1", Role::Master)]));
    }

    fn of_registry(change: impl FnOnce(&mut SiteRegistry)) -> Vec<(String, bool)> {
        let mut former = cluster(&[("10.0.0.1", Role::Master), ("10.0.0.2", Role::Master)]);
        former.registry.hosts = vec!["10.0.0.1".parse().unwrap()];
        let mut wanted = former.clone();
        change(&mut wanted.registry);
        let named = |it: &Difference| match it {
            Difference::Setting(name) => ((*name).to_owned(), it.is_brought_about()),
            other => panic!("{other:?}"),
        };
        wanted.differences(&former).iter().map(named).collect()
    }

    #[test]
    fn a_registry_is_called_otherwise_and_gets_hosts_but_none_leaves_it() {
        let one = |text: &str, is: bool| vec![(text.to_owned(), is)];
        let place = one("the registry's domain, port and insecure", true);
        assert_eq!(of_registry(|it| it.port = 5001), place);
        assert_eq!(of_registry(|it| it.domain = "hub.example".into()), place);
        assert_eq!(of_registry(|it| it.insecure = true), place);
        let users = "the registry's user, certificate and upstreams";
        assert_eq!(of_registry(|it| it.username = Some("ann".into())), one(users, true));
        assert_eq!(of_registry(|it| it.kept_as = Some("hub:1".into())), []);
        assert_eq!(of_registry(|it| it.hosts.clear()), one("the registry's further hosts", true));
        assert_eq!(of_registry(|it| it.single = true), []);
        assert_eq!(of_registry(|it| it.hosts = vec!["10.0.0.2".parse().unwrap()]), one(super::REGISTRY_LEAVES, false));
        assert_eq!(
            of_registry(|it| it.external = Some(ExternalRegistry::default())),
            one(super::REGISTRY_MOVES, false)
        );
        assert!(Difference::Setting(super::REGISTRY_LEAVES).reason().unwrap().contains("only copy"));
    }

    #[test]
    fn an_external_registry_may_be_another_one() {
        let mut former = cluster(&[("10.0.0.1", Role::Master)]);
        former.registry.external = Some(ExternalRegistry { port: Some(1), ..ExternalRegistry::default() });
        let mut wanted = former.clone();
        wanted.registry.external = Some(ExternalRegistry { port: Some(2), ..ExternalRegistry::default() });
        let found = wanted.differences(&former);
        assert!(found == [Difference::Setting("the external registry")] && found[0].is_brought_about(), "{found:?}");
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
