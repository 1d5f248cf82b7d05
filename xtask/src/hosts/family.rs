//! Which of their addresses hosts are delivered to by.

/// A family of addresses. Docker gives every host one of IPv4, and besides one of IPv6 where its network has such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    V4,
    V6,
}

/// Addresses that only these hosts have; nobody routes them.
const NETWORK_OF_IPV6: &str = "fd00:5ea1::/64";

impl Family {
    /// What a network of this family is made with.
    pub(super) fn of_network(self) -> &'static [&'static str] {
        match self {
            Self::V4 => &[],
            Self::V6 => &["--ipv6", "--subnet", NETWORK_OF_IPV6],
        }
    }

    /// What a host of this family is made with.
    pub(super) fn of_hosts(self) -> &'static [&'static str] {
        match self {
            Self::V4 => &[],
            Self::V6 => &["--sysctl", "net.ipv6.conf.all.disable_ipv6=0"],
        }
    }

    /// Where docker tells a host's address.
    pub(super) fn address(self) -> &'static str {
        match self {
            Self::V4 => "IPAddress",
            Self::V6 => "GlobalIPv6Address",
        }
    }
}
