//! The site that is checked: its hosts and their addresses, and the Clusterfile that names them, as it should be or with what is wrong in
//! it by itself.

use crate::delivery::CLUSTER;
use crate::error::{Error, Result};
use crate::hosts::host::Host;

/// Of whom something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    /// The host of this number.
    Host(usize),
    /// An address behind which the first host is, without having it.
    Translated,
    /// A second address of the first host.
    Second,
    /// An address that no machine has.
    Nobody,
}

/// Addresses of the hosts, and some in their network that are nobody's yet.
#[derive(Debug)]
pub(super) struct Addresses {
    pub(super) hosts: Vec<String>,
    network: String,
    bridge: String,
}

impl Addresses {
    /// Of three hosts behind this bridge.
    pub(super) fn of(hosts: &[Host], bridge: &str) -> Result<Self> {
        let hosts: Vec<String> = hosts.iter().map(|host| host.address.clone()).collect();
        let first = hosts.first().filter(|_| hosts.len() >= 3).and_then(|first| first.rsplit_once('.'));
        let (network, _) = first.ok_or_else(|| Error::unmet("the scenario needs three hosts with IPv4 addresses"))?;
        Ok(Self { network: network.to_owned(), bridge: bridge.to_owned(), hosts })
    }

    /// The address of whom something is told.
    pub(super) fn of_whom(&self, whom: Whom) -> String {
        match whom {
            Whom::Host(number) => self.hosts.get(number).cloned().unwrap_or_default(),
            Whom::Translated => format!("{}.251", self.network),
            Whom::Second => format!("{}.252", self.network),
            Whom::Nobody => format!("{}.253", self.network),
        }
    }

    /// The variables that faults' scripts use.
    pub(super) fn variables(&self) -> Vec<String> {
        let host = |number| self.of_whom(Whom::Host(number));
        let pairs = [
            ("FIRST", host(0)),
            ("SECOND", host(1)),
            ("THIRD", host(2)),
            ("TRANSLATED", self.of_whom(Whom::Translated)),
            ("ANOTHER", self.of_whom(Whom::Second)),
            ("GATEWAY", format!("{}.1", self.network)),
            ("BRIDGE", self.bridge.clone()),
        ];
        pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }
}

/// What a Clusterfile asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    /// The image, where nothing is strange.
    pub(super) image: &'static str,
    /// Documents of kubeadm that come on top of the image's.
    pub(super) documents: &'static str,
    /// Whether it has what is wrong by itself: two masters, strange addresses, a user who is not root, a registry that is not there, an image
    /// whose ranges clash.
    pub(super) strange: bool,
}

/// The user whose sudo leads nowhere.
const USER: &str = "{user: someone}";

/// The Clusterfile.
pub(super) fn clusterfile(site: Site, addresses: &Addresses) -> String {
    let host = |number| addresses.of_whom(Whom::Host(number));
    let mut text = format!(
        "apiVersion: sealer.io/v2\nkind: Cluster\nmetadata: {{name: {CLUSTER}}}\nspec:\n  image: {}\n  \
         ssh: {{user: root, passwdFrom: {{env: SEALER_PASSWD}}}}\n  hosts:\n",
        if site.strange { CLASHING_IMAGE } else { site.image }
    );
    if site.strange {
        let (masters, node) = (format!("{}, {}", host(0), host(1)), host(2));
        let extra = [Whom::Translated, Whom::Second, Whom::Nobody].map(|whom| addresses.of_whom(whom)).join(", ");
        text += &format!("    - {{ips: [{masters}], roles: [master]}}\n");
        text += &format!("    - {{ips: [{node}], roles: [node], ssh: {USER}}}\n");
        text += &format!("    - {{ips: [{extra}], roles: [node]}}\n");
        text += &format!("  registry: {{externalRegistry: {{domain: {}, port: 5999, insecure: true}}}}\n", host(0));
    } else {
        text += &format!("    - {{ips: [{}], roles: [master]}}\n", host(0));
        text += &format!("    - {{ips: [{}, {}], roles: [node]}}\n", host(1), host(2));
    }
    text + site.documents
}

/// The image of a strange site.
pub(super) const CLASHING_IMAGE: &str = "clashing:v1";

/// Its kubeadm file: pods get the hosts' own addresses, services half of them, and there is a part for one node only. A Clusterfile that
/// asks for that is refused before any host is asked.
pub(super) fn clashing(addresses: &Addresses) -> String {
    let network = &addresses.network;
    format!("kind: ClusterConfiguration\nnetworking: {{podSubnet: {network}.0/24, serviceSubnet: {network}.0/25}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> Addresses {
        let host = |number: u8| Host { name: format!("h{number}"), address: format!("10.9.0.{number}") };
        Addresses::of(&[host(2), host(3), host(4)], "br-1").unwrap()
    }

    #[test]
    fn only_a_strange_site_has_strange_hosts() {
        let site = Site { image: "i:v1", documents: "", strange: false };
        let usual = clusterfile(site, &addresses());
        assert!(usual.contains("[10.9.0.3, 10.9.0.4], roles: [node]") && usual.contains("image: i:v1"));
        let strange = clusterfile(Site { strange: true, ..site }, &addresses());
        assert!(strange.contains("[10.9.0.2, 10.9.0.3], roles: [master]"), "{strange}");
        assert!(strange.contains("[10.9.0.251, 10.9.0.252, 10.9.0.253]"), "{strange}");
        assert!(strange.contains("image: clashing:v1") && clashing(&addresses()).contains("podSubnet: 10.9.0.0/24"));
    }

    #[test]
    fn fewer_than_three_hosts_are_not_enough() {
        assert!(Addresses::of(&[], "br-1").is_err());
    }
}
