//! `sealer support-bundle`.

use super::hosts::Login;
use clap::Args;
use std::path::PathBuf;

/// Put logs, states and configuration of a cluster into one file for somebody who shall help
///
/// Passwords, tokens, keys and the data of Kubernetes' secrets are taken out before anything is written. index.html in the archive lists
/// what is in it, and what is not and why. Look into it before you hand it on: what nobody can know for a secret is still there.
#[derive(Debug, Args)]
pub(crate) struct SupportBundle {
    /// The cluster's name
    #[arg(value_name = "CLUSTER", default_value = "my-cluster")]
    pub(crate) cluster: String,
    /// The file to write; without it, CLUSTER-support.tar.gz in this folder
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The most megabytes that the file may have
    #[arg(long, value_name = "MB", default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) max_size: u64,
    /// Who to be on the hosts.
    #[command(flatten)]
    pub(crate) login: Login,
}
