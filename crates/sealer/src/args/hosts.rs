//! How to reach hosts: the same options for every verb that does.

use super::byte_size::ByteSize;
use clap::Args;
use sealer_model::ip_list::{self, InvalidIpList};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

/// Who to be on the hosts.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Reaching the hosts")]
pub(crate) struct Login {
    /// The user on the hosts; without it, the Clusterfile's, that of ~/.ssh/config, or root
    #[arg(short, long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// The user's password; without a value or as -, ask for it; also SEALER_PASSWD
    ///
    /// A password in the command line can be read by every user of this machine while sealer runs, and stays in the shell's
    /// history. SEALER_PASSWD and the question do not have that problem.
    #[arg(short, long, value_name = "PASSWORD", num_args = 0..=1, default_missing_value = "-")]
    pub(crate) passwd: Option<String>,
    /// A private key; without it, those of ~/.ssh/config, or id_ed25519, id_ecdsa and id_rsa, then those of the agent at SSH_AUTH_SOCK
    #[arg(long, value_name = "FILE")]
    pub(crate) pk: Option<PathBuf>,
    /// What unlocks the private key; without a value or as -, ask for it; also SEALER_PK_PASSWD
    ///
    /// The same caution as for --passwd.
    #[arg(long, value_name = "PASSWORD", num_args = 0..=1, default_missing_value = "-")]
    pub(crate) pk_passwd: Option<String>,
    /// The port of the hosts' SSH servers; without it, the Clusterfile's, that of ~/.ssh/config, or 22
    #[arg(long, value_name = "PORT")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// A host through which the others are reached, with the same keys and password; without it, those of ~/.ssh/config
    #[arg(long, value_name = "[USER@]ADDRESS[:PORT]")]
    pub(crate) jump: Option<JumpHost>,
    /// Take hosts over from another sealer that works on them; what it does there ends at once
    #[arg(long)]
    pub(crate) take_over: bool,
    /// The most bytes of an image that leave this machine in a second, for all hosts together: 20M
    #[arg(long, value_name = "SIZE", value_parser = ByteSize::parse)]
    pub(crate) bandwidth: Option<ByteSize>,
}

impl Login {
    /// The port where nobody said otherwise.
    pub(crate) const USUAL_PORT: u16 = 22;
}

/// A host through which others are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JumpHost {
    /// Who to be there; without it, the same as on the hosts.
    pub(crate) user: Option<String>,
    /// Its address.
    pub(crate) address: IpAddr,
    /// The port of its SSH server.
    pub(crate) port: u16,
}

impl FromStr for JumpHost {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (user, place) = text.rsplit_once('@').map_or((None, text), |(user, place)| (Some(user.to_owned()), place));
        if let Ok(address) = place.trim_matches(['[', ']']).parse() {
            return Ok(Self { user, address, port: Login::USUAL_PORT });
        }
        let socket: SocketAddr =
            place.parse().map_err(|_| format!("\"{place}\" is not an IP address, with or without a port"))?;
        Ok(Self { user, address: socket.ip(), port: socket.port() })
    }
}

/// Addresses of hosts, in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hosts(pub(crate) Vec<IpAddr>);

/// Reads a list of addresses.
pub(super) fn addresses(text: &str) -> Result<Hosts, InvalidIpList> {
    ip_list::parse(text).map(Hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_host_has_an_address_and_may_have_a_user_and_a_port() {
        let jump = |user: Option<&str>, address: &str, port| JumpHost {
            user: user.map(str::to_owned),
            address: address.parse().unwrap(),
            port,
        };
        assert_eq!("192.0.2.1".parse(), Ok(jump(None, "192.0.2.1", 22)));
        assert_eq!("ann@192.0.2.1:2222".parse(), Ok(jump(Some("ann"), "192.0.2.1", 2222)));
        assert_eq!("ann@[2001:db8::1]:2222".parse(), Ok(jump(Some("ann"), "2001:db8::1", 2222)));
        assert_eq!("2001:db8::1".parse(), Ok(jump(None, "2001:db8::1", 22)));
        let refused = "bastion.example".parse::<JumpHost>().unwrap_err();
        assert!(refused.contains("bastion.example"), "{refused}");
    }
}
