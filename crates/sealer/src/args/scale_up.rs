//! `sealer scale-up`, which the Go sealer also calls `join`.

use super::OutputFormat;
use super::hosts::{Hosts, Login, addresses};
use super::later::{NotYet, given};
use clap::Args;
use std::path::PathBuf;

/// Add hosts to a cluster
///
/// The cluster's own image is delivered to the new hosts, and the others learn of them. After a failure or an interruption the same
/// command goes on where it stopped.
#[derive(Debug, Args)]
#[command(visible_alias = "join")]
pub(crate) struct ScaleUp {
    /// The new masters' addresses: one, several with commas between, or a range first-last
    #[arg(short, long, value_name = "ADDRESSES", value_parser = addresses)]
    #[arg(required_unless_present = "nodes")]
    pub(crate) masters: Option<Hosts>,
    /// The other new hosts' addresses, in the same form
    #[arg(short, long, value_name = "ADDRESSES", value_parser = addresses)]
    pub(crate) nodes: Option<Hosts>,
    /// The cluster's name
    #[arg(long, value_name = "NAME", default_value = "my-cluster")]
    pub(crate) cluster_name: String,
    /// Minutes that the cluster and its applications have to become ready
    #[arg(long, value_name = "MINUTES", default_value_t = 15)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1440))]
    pub(crate) deadline: u64,
    /// A check whose findings shall not stop it; they are recorded all the same
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Put right what checks find where that is safe; `sealer delete --all` takes it back
    #[arg(long)]
    pub(crate) fix: bool,
    /// Print the plan and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to print the plan
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t, requires = "dry_run")]
    pub(crate) output: OutputFormat,
    /// Who to be on the hosts.
    #[command(flatten)]
    pub(crate) login: Login,
    /// Accepted for scripts: nothing is asked
    #[arg(short, long, hide = true)]
    yes: bool,
    #[arg(short = 'f', long = "Clusterfile", hide = true)]
    clusterfile: Option<PathBuf>,
    #[arg(short, long, hide = true)]
    env: Vec<String>,
}

impl ScaleUp {
    pub(super) fn not_yet(&self) -> Vec<NotYet> {
        given(&[
            (
                self.clusterfile.is_some(),
                "scale-up --Clusterfile",
                "write the hosts into the file and use `sealer apply -f`",
            ),
            (!self.env.is_empty(), "scale-up --env", "write it into the Clusterfile that the cluster is made from"),
        ])
    }
}
