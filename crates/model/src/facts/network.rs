//! How a host is connected: links, routes, names, filters, and which of the other hosts' ports it gets through to.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

/// How a host is connected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Network {
    /// The network interfaces.
    pub links: Vec<Link>,
    /// The routes of the main table.
    pub routes: Vec<Route>,
    /// `/etc/hosts` without the block that is sealer's own.
    pub hosts: Vec<HostsLine>,
    /// Addresses that the host's own name leads to; none where the host could not tell.
    pub own_name: Option<Vec<String>>,
    /// `nameserver` lines of `/etc/resolv.conf`.
    pub nameservers: Vec<String>,
    /// Chains of the packet filter that drop what no rule accepts: `INPUT`, `forward`.
    pub dropping_chains: Vec<String>,
    /// Chains that an earlier Kubernetes made.
    pub kubernetes_chains: usize,
    /// Virtual services of the kernel's load balancer.
    pub virtual_services: usize,
    /// What came of knocking at other hosts.
    pub reach: Vec<Reach>,
}

/// A network interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// `eth0`.
    pub name: String,
    /// Its hardware address.
    pub mac: String,
    /// The largest packet, in bytes.
    pub mtu: u32,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Where it leads; a prefix of zero length is the default route.
    pub destination: Subnet,
    /// The interface.
    pub link: String,
}

/// A range of addresses: `10.96.0.0/22`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    /// Any address in it.
    pub address: IpAddr,
    /// How many leading bits all of its addresses share.
    pub prefix: u8,
}

impl Subnet {
    /// Reads `10.96.0.0/22`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (address, prefix) = text.trim().split_once('/')?;
        let (address, prefix): (IpAddr, u8) = (address.parse().ok()?, prefix.parse().ok()?);
        (prefix <= Self::bits(address)).then_some(Self { address, prefix })
    }

    /// Whether an address lies in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let same_family = self.address.is_ipv4() == address.is_ipv4();
        same_family && self.leading(self.address) == self.leading(address)
    }

    /// Whether both share an address.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        if self.prefix <= other.prefix { self.contains(other.address) } else { other.contains(self.address) }
    }

    fn leading(&self, address: IpAddr) -> u128 {
        let value = match address {
            IpAddr::V4(address) => u128::from(address.to_bits()),
            IpAddr::V6(address) => address.to_bits(),
        };
        value.checked_shr(u32::from(Self::bits(address) - self.prefix.min(Self::bits(address)))).unwrap_or(0)
    }

    const fn bits(address: IpAddr) -> u8 {
        if address.is_ipv4() { 32 } else { 128 }
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.prefix)
    }
}

/// A line of `/etc/hosts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostsLine {
    /// The address.
    pub address: IpAddr,
    /// The names that lead to it.
    pub names: Vec<String>,
}

/// What came of knocking at a port of another host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The other host, by address or name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What came of it.
    pub reached: Reached,
}

/// What came of knocking at a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reached {
    /// Something listens there.
    Answered,
    /// The other host says that nothing does: so nothing on the way is in between.
    Refused,
    /// No answer came in time.
    Silent,
    /// It failed otherwise; the text is the host's own.
    Failed(String),
}

impl Network {
    /// The interface by which an address in a connected network is reached, which for the host's own address is the one that
    /// holds it.
    #[must_use]
    pub fn link_of(&self, address: IpAddr) -> Option<&Link> {
        let near = self.routes.iter().filter(|route| route.destination.contains(address));
        let route = near.max_by_key(|route| route.destination.prefix)?;
        self.links.iter().find(|link| link.name == route.link)
    }

    /// Whether packets to anywhere have a way of this family.
    #[must_use]
    pub fn has_default_route(&self, like: IpAddr) -> bool {
        let default = |route: &Route| route.destination.prefix == 0;
        self.routes.iter().any(|route| default(route) && route.destination.address.is_ipv4() == like.is_ipv4())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subnet(text: &str) -> Subnet {
        Subnet::read(text).unwrap()
    }

    #[test]
    fn ranges_of_one_family_overlap_when_one_holds_the_other() {
        assert!(subnet("10.96.0.0/12").overlaps(&subnet("10.100.7.0/24")));
        assert!(subnet("10.100.7.0/24").overlaps(&subnet("10.96.0.0/12")));
        assert!(subnet("0.0.0.0/0").overlaps(&subnet("10.0.0.0/8")));
        assert!(!subnet("10.96.0.0/22").overlaps(&subnet("10.96.4.0/24")));
        assert!(!subnet("10.0.0.0/8").overlaps(&subnet("fd00::/8")));
        assert!(subnet("fd00:1::/32").contains("fd00:1::7".parse().unwrap()));
        assert!(subnet("::/0").contains("fd00:1::7".parse().unwrap()));
    }

    #[test]
    fn what_is_no_range_is_none() {
        for text in ["", "10.0.0.0", "10.0.0.0/33", "x/8", "fd00::/129"] {
            assert_eq!(Subnet::read(text), None, "{text}");
        }
    }
}
