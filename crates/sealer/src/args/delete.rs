//! `sealer delete`.

use super::OutputFormat;
use super::hosts::{Hosts, Login, addresses};
use super::later::{NotYet, given};
use clap::Args;
use std::path::PathBuf;

/// Remove a cluster, or single hosts from it, and leave the hosts as they were before
///
/// A host that leaves is drained first. The state of the cluster is forgotten when the last host is clean. With --all --force, hosts that
/// cannot be reached are left as they are and listed, and exit code 3 says so; the same command cleans them when they are back, or
/// forgets the cluster when none of them answers a second time. Here -p means --prune, as in the Go sealer.
#[derive(Debug, Args)]
#[command(mut_arg("passwd", |argument| argument.short(None)))]
pub(crate) struct Delete {
    /// Remove the whole cluster
    #[arg(short, long, required_unless_present_any = ["masters", "nodes"], conflicts_with_all = ["masters", "nodes"])]
    pub(crate) all: bool,
    /// Masters to remove: one address, several with commas between, or a range first-last
    #[arg(short, long, value_name = "ADDRESSES", value_parser = addresses)]
    pub(crate) masters: Option<Hosts>,
    /// Other hosts to remove, in the same form
    #[arg(short, long, value_name = "ADDRESSES", value_parser = addresses)]
    pub(crate) nodes: Option<Hosts>,
    /// The cluster's name
    #[arg(long, value_name = "NAME", default_value = "my-cluster")]
    pub(crate) cluster_name: String,
    /// Ask nothing, leave out hosts that cannot be reached, and of single hosts remove even those whose pods do not go
    #[arg(long)]
    pub(crate) force: bool,
    /// Accepted for scripts: everything that the cluster brought is removed in any case
    #[arg(short, long)]
    pub(crate) prune: bool,
    /// Do not ask before hosts are changed
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Minutes that draining a node may take, and that the cluster has to become ready without it
    #[arg(long, value_name = "MINUTES", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1440))]
    pub(crate) deadline: u64,
    /// Print the plan and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to print the plan
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t, requires = "dry_run")]
    pub(crate) output: OutputFormat,
    /// Who to be on the hosts.
    #[command(flatten)]
    pub(crate) login: Login,
    #[arg(short = 'f', long = "Clusterfile", hide = true)]
    clusterfile: Option<PathBuf>,
    #[arg(short, long, hide = true)]
    env: Vec<String>,
}

impl Delete {
    pub(super) fn not_yet(&self) -> Vec<NotYet> {
        given(&[
            (self.clusterfile.is_some(), "--Clusterfile", "name the cluster with --cluster-name"),
            (!self.env.is_empty(), "--env", "no command of the image runs at removal"),
        ])
    }
}
