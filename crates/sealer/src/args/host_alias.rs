//! `sealer host-alias`.

use super::{OutputFormat, Whose};
use clap::Args;
use std::net::IpAddr;

/// Show, add, or take away names that every host of a cluster knows by its /etc/hosts
///
/// They stand in the block that the cluster has there and go with it; all other lines stay as they are. Hosts that join later know them, too.
#[derive(Debug, Args)]
pub(crate) struct HostAlias {
    /// The address; without it, the names are listed
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) ip: Option<IpAddr>,
    /// Its names, with commas between; without them --remove takes away all
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "ip")]
    pub(crate) hostnames: Vec<String>,
    /// Take the names away
    #[arg(long, requires = "ip")]
    pub(crate) remove: bool,
    /// How to list
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t, conflicts_with = "ip")]
    pub(crate) output: OutputFormat,
    /// Which cluster, and who to be on its hosts.
    #[command(flatten)]
    pub(crate) whose: Whose,
}
