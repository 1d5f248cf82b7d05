//! `sealer backup` and `sealer restore`.

use super::OutputFormat;
use super::hosts::Login;
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
/// is kept beside the restored.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
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
