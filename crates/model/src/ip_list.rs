//! Lists of hosts as people type them: one address, several with commas between, or a range `first-last`. Ranges may be
//! parts of a list. The order is kept, because the first master is special.

use std::net::{IpAddr, Ipv4Addr};

/// More hosts than any cluster has: a range longer than this is a slip of the hand.
const LONGEST_RANGE: u32 = 4096;

/// The text is not a list of addresses.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIpList {
    /// Nothing between two commas, or nothing at all.
    #[error("an address is missing in \"{0}\"")]
    Empty(String),
    /// Not an address.
    #[error("\"{0}\" is not an IP address")]
    Address(String),
    /// A number of hosts, which some tools accept here.
    #[error("\"{0}\" is a number; give the hosts' IP addresses")]
    Count(String),
    /// More than one dash.
    #[error("\"{0}\" is not a range of the form first-last")]
    Range(String),
    /// Ranges are for IPv4: nobody means all 2^64 addresses of a network.
    #[error("\"{0}\" is a range of IPv6 addresses; give them one by one")]
    RangeOfIpv6(String),
    /// The range runs backwards or has one address only.
    #[error("the range \"{0}\" does not end after its start")]
    Backwards(String),
    /// See [`LONGEST_RANGE`].
    #[error("the range \"{range}\" has {length} addresses; {LONGEST_RANGE} are the most")]
    TooLong {
        /// The range as given.
        range: String,
        /// How many addresses it has.
        length: u32,
    },
}

/// Reads a list of addresses.
///
/// # Errors
/// At the first item that is neither an address nor a range.
pub fn parse(text: &str) -> Result<Vec<IpAddr>, InvalidIpList> {
    let mut addresses = Vec::new();
    for item in text.split(',').map(str::trim) {
        match item.split_once('-') {
            _ if item.is_empty() => return Err(InvalidIpList::Empty(text.to_owned())),
            Some((first, last)) => addresses.extend(range(item, first, last)?),
            None => addresses.push(address(item)?),
        }
    }
    Ok(addresses)
}

fn address(item: &str) -> Result<IpAddr, InvalidIpList> {
    if item.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidIpList::Count(item.to_owned()));
    }
    item.parse().map_err(|_| InvalidIpList::Address(item.to_owned()))
}

fn range(item: &str, first: &str, last: &str) -> Result<impl Iterator<Item = IpAddr> + use<>, InvalidIpList> {
    if first.is_empty() || last.is_empty() || last.contains('-') {
        return Err(InvalidIpList::Range(item.to_owned()));
    }
    let (IpAddr::V4(first), IpAddr::V4(last)) = (address(first)?, address(last)?) else {
        return Err(InvalidIpList::RangeOfIpv6(item.to_owned()));
    };
    let (first, last) = (u32::from(first), u32::from(last));
    if last <= first {
        return Err(InvalidIpList::Backwards(item.to_owned()));
    }
    let length = (last - first).saturating_add(1);
    if length > LONGEST_RANGE {
        return Err(InvalidIpList::TooLong { range: item.to_owned(), length });
    }
    Ok((first..=last).map(|number| IpAddr::V4(Ipv4Addr::from(number))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Vec<String> {
        parse(text).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_address_a_list_and_a_range() {
        assert_eq!(listed("1.1.1.1"), ["1.1.1.1"]);
        assert_eq!(listed("1.1.1.1,2.2.2.2"), ["1.1.1.1", "2.2.2.2"]);
        assert_eq!(listed("1.1.1.1-1.1.1.255").len(), 255);
    }

    #[test]
    fn a_range_crosses_octets_and_may_be_part_of_a_list() {
        assert_eq!(
            listed("10.0.0.9, 10.0.0.254-10.0.1.1"),
            ["10.0.0.9", "10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"]
        );
    }

    #[test]
    fn ipv6_goes_one_by_one() {
        assert_eq!(listed("fd00::1,fd00::2"), ["fd00::1", "fd00::2"]);
        assert_eq!(parse("fd00::1-fd00::2"), Err(InvalidIpList::RangeOfIpv6("fd00::1-fd00::2".into())));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in [
            "",
            "1.1.1.1,2.2.2",
            "1.1.1.1,",
            "1.1.1.1,2.2.2.345",
            ",",
            "a-b-c",
            "1.1.1.1-",
            "-",
            "-1.1.1.1",
            "1.1.1.1-1.1.1.2-1.1.1.3",
            "1.1.1.1-fd00::1",
            "host-1",
        ] {
            assert!(parse(text).is_err(), "{text:?} was accepted");
        }
        assert_eq!(parse("3"), Err(InvalidIpList::Count("3".into())));
    }

    #[test]
    fn ranges_run_forwards_and_have_an_end_in_sight() {
        let backwards = |text: &str| Err(InvalidIpList::Backwards(text.into()));
        assert_eq!(parse("1.1.1.2-1.1.1.1"), backwards("1.1.1.2-1.1.1.1"));
        assert_eq!(parse("1.1.1.1-1.1.1.1"), backwards("1.1.1.1-1.1.1.1"));
        let all = "0.0.0.0-255.255.255.255";
        assert_eq!(parse(all), Err(InvalidIpList::TooLong { range: all.into(), length: u32::MAX }));
    }
}
