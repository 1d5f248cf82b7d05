//! How to reach hosts: the same options for every verb that does.

use clap::Args;
use sealer_model::ip_list::{self, InvalidIpList};
use std::net::IpAddr;
use std::path::PathBuf;

/// Who to be on the hosts.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Reaching the hosts")]
pub(crate) struct Login {
    /// The user on the hosts; without it, the Clusterfile's, or root
    #[arg(short, long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// The user's password; without a value or as -, ask for it; also SEALER_PASSWD
    ///
    /// A password in the command line can be read by every user of this machine while sealer runs, and stays in the shell's
    /// history. SEALER_PASSWD and the question do not have that problem.
    #[arg(short, long, value_name = "PASSWORD", num_args = 0..=1, default_missing_value = "-")]
    pub(crate) passwd: Option<String>,
    /// A private key; without it, ~/.ssh/id_ed25519 and ~/.ssh/id_rsa where they exist
    #[arg(long, value_name = "FILE")]
    pub(crate) pk: Option<PathBuf>,
    /// What unlocks the private key; without a value or as -, ask for it; also SEALER_PK_PASSWD
    ///
    /// The same caution as for --passwd.
    #[arg(long, value_name = "PASSWORD", num_args = 0..=1, default_missing_value = "-")]
    pub(crate) pk_passwd: Option<String>,
    /// The port of the hosts' SSH servers; without it, the Clusterfile's, or 22
    #[arg(long, value_name = "PORT")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// Take hosts over from another sealer that works on them; what it does there ends at once
    #[arg(long)]
    pub(crate) take_over: bool,
}

impl Login {
    /// The port where nobody said otherwise.
    pub(crate) const USUAL_PORT: u16 = 22;
}

/// Addresses of hosts, in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hosts(pub(crate) Vec<IpAddr>);

/// Reads a list of addresses.
pub(super) fn addresses(text: &str) -> Result<Hosts, InvalidIpList> {
    ip_list::parse(text).map(Hosts)
}
