//! Address ranges such as `100.64.0.0/16`, and whether two of them have an address in common.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// An address range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The text is no address range.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an address range")]
pub(super) struct InvalidNetwork(String);

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let invalid = || InvalidNetwork(text.to_owned());
        let (address, prefix) = text.trim().split_once('/').ok_or_else(invalid)?;
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix: u8 = prefix.parse().map_err(|_| invalid())?;
        if prefix > longest { Err(invalid()) } else { Ok(Self { address, prefix }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.prefix)
    }
}

impl Network {
    /// Whether the address lies in the range.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && leading(self.address, self.prefix) == leading(address, self.prefix)
    }

    /// Whether any address lies in both ranges.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        if self.prefix <= other.prefix { self.contains(other.address) } else { other.contains(self.address) }
    }
}

/// The first bits of an address, all others zero.
fn leading(address: IpAddr, prefix: u8) -> u128 {
    let (bits, length) = match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    bits.checked_shr(length - u32::from(prefix)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn ranges_overlap_when_one_holds_the_other() {
        let cases = [
            ("10.96.0.0/12", "10.100.0.0/16", true),
            ("10.100.0.0/16", "10.96.0.0/12", true),
            ("10.96.0.0/22", "100.64.0.0/16", false),
            ("0.0.0.0/0", "100.64.0.0/16", true),
            ("fd00::/108", "fd00::/112", true),
            ("fd00::/112", "10.0.0.0/8", false),
            ("::/0", "fd00::/112", true),
        ];
        for (left, right, expected) in cases {
            assert_eq!(network(left).overlaps(&network(right)), expected, "{left} {right}");
        }
    }

    #[test]
    fn half_a_range_is_refused() {
        for text in ["", "10.0.0.0", "10.0.0.0/33", "fd00::/129", "10.0.0/8", "/8", "10.0.0.0/-1"] {
            assert!(text.parse::<Network>().is_err(), "{text:?} was accepted");
        }
    }
}
