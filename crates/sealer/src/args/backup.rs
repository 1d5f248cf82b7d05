//! `sealer backup` and `sealer restore`.

use super::OutputFormat;
use super::hosts::{Hosts, Login, addresses};
use clap::Args;
use std::path::PathBuf;

/// Save what a cluster's control plane knows to one file: etcd, certificates, configurations
///
/// The file holds the cluster's keys and secrets, unencrypted; only its owner may read it. It appears whole and verified or not at all.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The cluster's name
    #[arg(value_name = "CLUSTER", default_value = "my-cluster")]
    pub(crate) cluster: String,
    /// The file to write; without it, CLUSTER-TIME.backup in the current folder
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Who to be on the hosts.
    #[command(flatten)]
    pub(crate) login: Login,
}

/// Bring a cluster's masters back to what a backup of them holds
///
/// What was written to the cluster after the backup is lost. The control plane stands still meanwhile; pods run on. etcd's former data
/// is kept beside the restored. With --masters the cluster gets these instead of its masters, which have to be gone: they receive the
/// cluster's image and begin with what the backup holds.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// New masters' addresses, where the former masters are gone: one, several with commas between, or a range first-last
    #[arg(short, long, value_name = "ADDRESSES", value_parser = addresses)]
    pub(crate) masters: Option<Hosts>,
    /// Minutes that the cluster and its applications have to become ready on new masters
    #[arg(long, value_name = "MINUTES", default_value_t = 15)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1440))]
    pub(crate) deadline: u64,
    /// A check of new masters whose findings shall not stop it; they are recorded all the same
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Print the plan and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to print the plan
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t, requires = "dry_run")]
    pub(crate) output: OutputFormat,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Who to be on the hosts.
    #[command(flatten)]
    pub(crate) login: Login,
}
