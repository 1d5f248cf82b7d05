//! Which hosts a cluster has after some join or leave, and whether that can be. Pure: nothing here knows whether a host answers, but
//! for what it is told.

use super::{Cluster, Member, Role};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Why hosts cannot join or leave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMembership {
    /// A host that joins is in the cluster with another role.
    #[error("host {host} is in the cluster already, as a {}", role(*.is))]
    OtherRole {
        /// The host.
        host: IpAddr,
        /// What it is.
        is: Role,
    },
    /// A host that leaves is not in the cluster.
    #[error("host {host} is not in the cluster; it has {}", joined(.present))]
    NotAMember {
        /// The host.
        host: IpAddr,
        /// The hosts that are.
        present: Vec<IpAddr>,
    },
    /// No master would be left.
    #[error("no master would be left; a whole cluster is removed with `sealer delete --all`")]
    LastMaster,
    /// etcd decides nothing with so few members, and so lets none of them go.
    #[error(
        "only {alive} of {masters} masters answer, so etcd has no quorum and lets no member go: bring {needed} of them back first"
    )]
    NoQuorum {
        /// Masters that answer.
        alive: usize,
        /// All masters.
        masters: usize,
        /// How many are needed.
        needed: usize,
    },
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Master => "master",
        Role::Node => "node",
    }
}

fn joined(hosts: &[IpAddr]) -> String {
    hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Cluster {
    /// The cluster with more hosts. One that is there already stays as it is, so that a half-made change can be asked for again. Masters
    /// stay in front, and in their order: the first one is where the registry's content comes from.
    ///
    /// # Errors
    /// A host has another role already.
    pub fn with_hosts(&self, joining: &[Member]) -> Result<Self, InvalidMembership> {
        let mut cluster = self.clone();
        for member in joining {
            match self.members.iter().find(|known| known.address == member.address) {
                Some(known) if known.role == member.role => {}
                Some(known) => return Err(InvalidMembership::OtherRole { host: known.address, is: known.role }),
                None => cluster.members.push(member.clone()),
            }
        }
        cluster.members.sort_by_key(|member| member.role != Role::Master);
        Ok(cluster)
    }

    /// The same with what another desired state says of some hosts alone.
    #[must_use]
    pub fn with_words_on(mut self, hosts: &[Member], desired: &Self) -> Self {
        let (ours, theirs) = (&mut self.site, &desired.site);
        for host in hosts.iter().map(|member| member.address) {
            copy(host, &mut ours.nodes, &theirs.nodes);
            copy(host, &mut ours.host_names, &theirs.host_names);
            copy(host, &mut ours.host_env, &theirs.host_env);
            copy(host, &mut ours.host_env_from, &theirs.host_env_from);
        }
        self
    }

    /// The cluster without some hosts, and with it what was said of them alone.
    ///
    /// # Errors
    /// A host is not in it, or no master would be left.
    pub fn without_hosts(&self, leaving: &BTreeSet<IpAddr>) -> Result<Self, InvalidMembership> {
        let present: Vec<IpAddr> = self.members.iter().map(|member| member.address).collect();
        if let Some(host) = leaving.iter().find(|host| !present.contains(host)) {
            return Err(InvalidMembership::NotAMember { host: *host, present });
        }
        let mut cluster = self.clone();
        cluster.members.retain(|member| !leaving.contains(&member.address));
        cluster.forget_others();
        if cluster.masters().next().is_none() { Err(InvalidMembership::LastMaster) } else { Ok(cluster) }
    }

    /// The cluster with these masters instead of its own, and with its nodes.
    ///
    /// # Errors
    /// One of them is a node already.
    pub fn with_masters(&self, masters: &[Member]) -> Result<Self, InvalidMembership> {
        let mut cluster = self.clone();
        cluster.members.retain(|member| member.role != Role::Master);
        if let Some(host) = masters.iter().find(|host| cluster.members.iter().any(|it| it.address == host.address)) {
            return Err(InvalidMembership::OtherRole { host: host.address, is: Role::Node });
        }
        cluster.members.splice(0..0, masters.iter().cloned());
        let is_member = |host: &IpAddr| cluster.members.iter().any(|member| member.address == *host);
        cluster.registry.hosts.retain(is_member);
        cluster.forget_others();
        Ok(cluster)
    }

    /// Takes away what is said of single hosts that are none of the cluster's.
    fn forget_others(&mut self) {
        let hosts: BTreeSet<IpAddr> = self.members.iter().map(|member| member.address).collect();
        self.site.nodes.retain(|host, _| hosts.contains(host));
        self.site.host_names.retain(|host, _| hosts.contains(host));
        self.site.host_env.retain(|host, _| hosts.contains(host));
        self.site.host_env_from.retain(|host, _| hosts.contains(host));
    }

    /// Whether etcd can let masters go, when only `alive` of all masters answer: more than half of its members must agree.
    ///
    /// # Errors
    /// They are too few.
    pub fn check_quorum(&self, alive: usize) -> Result<(), InvalidMembership> {
        let masters = self.masters().count();
        let needed = masters / 2 + 1;
        if alive >= needed { Ok(()) } else { Err(InvalidMembership::NoQuorum { alive, masters, needed }) }
    }
}

fn copy<T: Clone>(host: IpAddr, into: &mut BTreeMap<IpAddr, T>, from: &BTreeMap<IpAddr, T>) {
    into.extend(from.get(&host).map(|said| (host, said.clone())));
}

#[cfg(test)]
mod tests {
    use super::super::tests::cluster;
    use super::*;

    fn host(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn member(address: &str, role: Role) -> Member {
        Member { address: host(address), ssh_port: 22, role }
    }

    fn addresses(cluster: &Cluster) -> Vec<String> {
        cluster.members.iter().map(|member| member.address.to_string()).collect()
    }

    #[test]
    fn hosts_join_behind_those_of_their_role_and_may_be_named_again() {
        let before = cluster(&[("10.0.0.1", Role::Master), ("10.0.0.5", Role::Node)]);
        let joining =
            [member("10.0.0.6", Role::Node), member("10.0.0.2", Role::Master), member("10.0.0.1", Role::Master)];
        let after = before.with_hosts(&joining).unwrap();
        assert_eq!(addresses(&after), ["10.0.0.1", "10.0.0.2", "10.0.0.5", "10.0.0.6"]);
        assert_eq!(after.with_hosts(&joining).unwrap(), after);
    }

    #[test]
    fn hosts_that_join_come_with_what_is_said_of_them_and_leave_with_it() {
        let before = cluster(&[("10.0.0.1", Role::Master)]);
        let joining = [member("10.0.0.6", Role::Node)];
        let mut desired = before.clone();
        for address in ["10.0.0.1", "10.0.0.6"] {
            desired.site.host_names.insert(host(address), format!("at-{address}"));
            desired.site.host_env.insert(host(address), [("A".to_owned(), address.to_owned())].into());
        }
        let after = before.with_hosts(&joining).unwrap().with_words_on(&joining, &desired);
        assert_eq!(after.site.host_names.keys().collect::<Vec<_>>(), [&host("10.0.0.6")]);
        assert_eq!(after.site.host_env[&host("10.0.0.6")]["A"], "10.0.0.6");
        assert_eq!(after.without_hosts(&[host("10.0.0.6")].into()).unwrap(), before);
        let desk = [member("10.0.0.1", Role::Master)];
        let named = before.clone().with_words_on(&desk, &desired);
        let elsewhere = named.with_masters(&[member("10.0.0.9", Role::Master)]).unwrap();
        assert!(elsewhere.site.host_names.is_empty() && elsewhere.site.host_env.is_empty());
    }

    #[test]
    fn a_host_cannot_change_its_role_by_joining() {
        let before = cluster(&[("10.0.0.1", Role::Master), ("10.0.0.5", Role::Node)]);
        let error = before.with_hosts(&[member("10.0.0.5", Role::Master)]).unwrap_err();
        assert_eq!(error.to_string(), "host 10.0.0.5 is in the cluster already, as a node");
    }

    #[test]
    fn hosts_leave_but_for_the_last_master() {
        let before = cluster(&[("10.0.0.1", Role::Master), ("10.0.0.2", Role::Master), ("10.0.0.5", Role::Node)]);
        let without = |hosts: &[&str]| before.without_hosts(&hosts.iter().map(|text| host(text)).collect());
        assert_eq!(addresses(&without(&["10.0.0.1"]).unwrap()), ["10.0.0.2", "10.0.0.5"]);
        assert_eq!(without(&["10.0.0.1", "10.0.0.2"]), Err(InvalidMembership::LastMaster));
        let unknown = without(&["10.0.0.9"]).unwrap_err();
        assert_eq!(unknown.to_string(), "host 10.0.0.9 is not in the cluster; it has 10.0.0.1, 10.0.0.2, 10.0.0.5");
    }

    #[test]
    fn more_than_half_of_the_masters_must_answer() {
        for (masters, alive, well) in
            [(1, 1, true), (2, 2, true), (2, 1, false), (3, 2, true), (3, 1, false), (5, 3, true)]
        {
            let names: Vec<String> = (1..=masters).map(|number| format!("10.0.0.{number}")).collect();
            let hosts: Vec<(&str, Role)> = names.iter().map(|name| (name.as_str(), Role::Master)).collect();
            assert_eq!(cluster(&hosts).check_quorum(alive).is_ok(), well, "{alive} of {masters}");
        }
    }
}
