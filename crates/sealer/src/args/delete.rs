//! `sealer delete`.

use super::hosts::Login;
use super::later::{NotYet, given};
use clap::Args;
use std::path::PathBuf;

/// Remove a cluster and leave its hosts as they were before
///
/// The state of the cluster is forgotten when the last host is clean. Here -p means --prune, as in the Go sealer.
#[derive(Debug, Args)]
#[command(mut_arg("passwd", |argument| argument.short(None)))]
pub(crate) struct Delete {
    /// Remove the whole cluster
    #[arg(short, long, required_unless_present_any = ["masters", "nodes"])]
    pub(crate) all: bool,
    /// The cluster's name
    #[arg(long, value_name = "NAME", default_value = "my-cluster")]
    pub(crate) cluster_name: String,
    /// The same as --yes
    #[arg(long)]
    pub(crate) force: bool,
    /// Accepted for scripts: everything that the cluster brought is removed in any case
    #[arg(short, long)]
    pub(crate) prune: bool,
    /// Do not ask before hosts are changed
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Who to be on the hosts.
    #[command(flatten)]
    pub(crate) login: Login,
    #[arg(short, long, hide = true)]
    masters: Option<String>,
    #[arg(short, long, hide = true)]
    nodes: Option<String>,
    #[arg(short = 'f', long = "Clusterfile", hide = true)]
    clusterfile: Option<PathBuf>,
    #[arg(short, long, hide = true)]
    env: Vec<String>,
}

impl Delete {
    pub(super) fn not_yet(&self) -> Vec<NotYet> {
        let whole = "remove the whole cluster with `sealer delete --all`";
        given(&[
            (self.masters.is_some(), "--masters", whole),
            (self.nodes.is_some(), "--nodes", whole),
            (self.clusterfile.is_some(), "--Clusterfile", "name the cluster with --cluster-name"),
            (!self.env.is_empty(), "--env", "no command of the image runs at removal"),
        ])
    }
}
