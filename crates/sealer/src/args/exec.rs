//! `sealer exec`.

use super::OutputFormat;
use super::hosts::{Hosts, Login, addresses};
use clap::{Args, ValueEnum};
use sealer_model::cluster;

/// Run a program on the hosts of a cluster, without a shell
///
/// Lines are printed as they come, with the host in front. Words reach the program as they are typed: nothing is expanded on the hosts. They
/// can be read there while it runs. Exit code 4 when it failed on a host, or a host could not be reached; the others run all the same.
#[derive(Debug, Args)]
pub(crate) struct Exec {
    /// Only hosts in these roles
    #[arg(long, value_enum, value_name = "ROLES", value_delimiter = ',', conflicts_with = "hosts")]
    pub(crate) roles: Vec<Role>,
    /// Only these hosts: one address, several with commas between, or a range first-last
    #[arg(long, value_name = "ADDRESSES", value_parser = addresses)]
    pub(crate) hosts: Option<Hosts>,
    /// How many hosts at the same time
    #[arg(long, value_name = "COUNT", default_value_t = 16)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) parallel: u16,
    /// Seconds after which the program is ended
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=86400))]
    pub(crate) timeout: u64,
    /// The cluster's name
    #[arg(long, value_name = "NAME", default_value = "my-cluster")]
    pub(crate) cluster_name: String,
    /// How to print: lines as they come, or one document at the end
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
    /// Who to be on the hosts.
    #[command(flatten)]
    pub(crate) login: Login,
    /// The program and its arguments, after --
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

/// What hosts do in a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// They run the control plane
    Master,
    /// They run applications only
    Node,
}

impl From<Role> for cluster::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Master => Self::Master,
            Role::Node => Self::Node,
        }
    }
}
