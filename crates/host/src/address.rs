//! Where a host's SSH server listens.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// The port that SSH servers listen on unless told otherwise.
pub const SSH_PORT: u16 = 22;

/// An IP address and the port of its SSH server. Written `192.0.2.1`, or with the port when it is not 22: `192.0.2.1:2222`,
/// `[2001:db8::1]:2222`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostAddress {
    /// The address.
    pub ip: IpAddr,
    /// The SSH server's port.
    pub port: u16,
}

impl HostAddress {
    /// An address with the port 22.
    #[must_use]
    pub const fn new(ip: IpAddr) -> Self {
        Self { ip, port: SSH_PORT }
    }
}

impl From<HostAddress> for SocketAddr {
    fn from(address: HostAddress) -> Self {
        Self::new(address.ip, address.port)
    }
}

impl fmt::Display for HostAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            SSH_PORT => self.ip.fmt(formatter),
            _ => SocketAddr::from(*self).fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_written_only_when_it_is_unusual() {
        let address = |ip: &str, port| HostAddress { ip: ip.parse().unwrap(), port }.to_string();
        assert_eq!(address("192.0.2.1", 22), "192.0.2.1");
        assert_eq!(address("192.0.2.1", 2222), "192.0.2.1:2222");
        assert_eq!(address("2001:db8::1", 22), "2001:db8::1");
        assert_eq!(address("2001:db8::1", 2222), "[2001:db8::1]:2222");
    }
}
