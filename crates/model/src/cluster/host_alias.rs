//! Names that every host of a cluster knows besides those of the cluster itself: which may be added, and what is left when some go.

use super::{API_SERVER_DOMAIN, Cluster, HostAlias};
use crate::taint::is_domain;
use std::net::IpAddr;

/// Why a name cannot be added or taken away.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHostAlias {
    /// It is no name of a host.
    #[error("\"{0}\" is no name of a host: lower-case letters, digits, - and dots")]
    Name(String),
    /// The cluster itself needs the name.
    #[error("{0} is the cluster's own name")]
    Own(String),
    /// It leads somewhere else.
    #[error("{name} is {ip} already; take it away there first")]
    Taken {
        /// The name.
        name: String,
        /// Where it leads.
        ip: IpAddr,
    },
    /// There is nothing to take away.
    #[error("{ip} has no such name; it has {}", known(.names))]
    Unknown {
        /// The address.
        ip: IpAddr,
        /// The names that it has.
        names: Vec<String>,
    },
}

fn known(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

impl Cluster {
    /// The cluster with further names of an address. Those that are there already stay as they are.
    ///
    /// # Errors
    /// A name is none, is the cluster's own, or leads elsewhere.
    pub fn with_host_alias(&self, ip: IpAddr, names: &[String]) -> Result<Self, InvalidHostAlias> {
        let mut cluster = self.clone();
        let aliases = &mut cluster.site.host_aliases;
        for name in names {
            if !is_domain(name) {
                return Err(InvalidHostAlias::Name(name.clone()));
            }
            if name == API_SERVER_DOMAIN || *name == self.registry.domain {
                return Err(InvalidHostAlias::Own(name.clone()));
            }
            if let Some(other) = aliases.iter().find(|it| it.ip != ip && it.hostnames.contains(name)) {
                return Err(InvalidHostAlias::Taken { name: name.clone(), ip: other.ip });
            }
            match aliases.iter_mut().find(|it| it.ip == ip) {
                Some(alias) if alias.hostnames.contains(name) => {}
                Some(alias) => alias.hostnames.push(name.clone()),
                None => aliases.push(HostAlias { ip, hostnames: vec![name.clone()] }),
            }
        }
        Ok(cluster)
    }

    /// The cluster without some names of an address; without any that is named, without all of it.
    ///
    /// # Errors
    /// The address does not have one of them.
    pub fn without_host_alias(&self, ip: IpAddr, names: &[String]) -> Result<Self, InvalidHostAlias> {
        let mut cluster = self.clone();
        let has: Vec<String> =
            self.site.host_aliases.iter().filter(|it| it.ip == ip).flat_map(|it| it.hostnames.clone()).collect();
        if has.is_empty() || names.iter().any(|name| !has.contains(name)) {
            return Err(InvalidHostAlias::Unknown { ip, names: has });
        }
        let goes = |name: &String| names.is_empty() || names.contains(name);
        for alias in cluster.site.host_aliases.iter_mut().filter(|it| it.ip == ip) {
            alias.hostnames.retain(|name| !goes(name));
        }
        cluster.site.host_aliases.retain(|alias| !alias.hostnames.is_empty());
        Ok(cluster)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Role;
    use super::super::tests::cluster;
    use super::*;

    fn names(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn names_come_and_go_one_by_one() {
        let (ntp, db): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let bare = cluster(&[("10.0.0.1", Role::Master)]);
        let some = bare.with_host_alias(ntp, &names(&["ntp.site", "time"])).unwrap();
        let some = some.with_host_alias(db, &names(&["db.site"])).unwrap();
        assert_eq!(some.with_host_alias(ntp, &names(&["time"])).unwrap(), some);
        let taken = some.with_host_alias(db, &names(&["time"])).unwrap_err();
        assert_eq!(taken.to_string(), "time is 192.0.2.1 already; take it away there first");
        let fewer = some.without_host_alias(ntp, &names(&["time"])).unwrap();
        assert_eq!(fewer.site.host_aliases[0].hostnames, ["ntp.site"]);
        let unknown = fewer.without_host_alias(ntp, &names(&["time"])).unwrap_err();
        assert_eq!(unknown.to_string(), "192.0.2.1 has no such name; it has ntp.site");
        let none = fewer.without_host_alias(ntp, &[]).unwrap().without_host_alias(db, &[]).unwrap();
        assert_eq!(none, bare);
        assert!(none.without_host_alias(db, &[]).is_err());
    }

    #[test]
    fn the_clusters_own_names_and_what_is_none_are_refused() {
        let bare = cluster(&[("10.0.0.1", Role::Master)]);
        let add = |name: &str| bare.with_host_alias("192.0.2.1".parse().unwrap(), &names(&[name])).unwrap_err();
        assert!(matches!(add("apiserver.cluster.local"), InvalidHostAlias::Own(_)));
        assert!(matches!(add(&bare.registry.domain), InvalidHostAlias::Own(_)));
        assert!(matches!(add("a b"), InvalidHostAlias::Name(_)));
    }
}
