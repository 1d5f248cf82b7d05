//! `sealer check`.

use super::hosts::{Hosts, Login, addresses};
use clap::{Args, ValueEnum};
use sealer_model::Reference;
use std::path::PathBuf;

/// Check hosts before a delivery, or a cluster after it
///
/// Every check says what was found, why it matters and what to do; --list names them all. Ends with exit code 4 when there are
/// problems that block.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The cluster image that is to be delivered, for --pre; without it, the Clusterfile's
    #[arg(value_name = "IMAGE", requires = "pre")]
    pub(crate) image: Option<Reference>,
    /// Check whether the image can be delivered to the hosts named by --masters and --nodes, or by a Clusterfile
    #[arg(long, conflicts_with = "post")]
    pub(crate) pre: bool,
    /// Check a cluster that was delivered from this machine; this is what happens without --pre
    #[arg(long)]
    pub(crate) post: bool,
    /// With --pre, put right what is safe to; `sealer delete --all` takes it back
    #[arg(long, requires = "pre")]
    pub(crate) fix: bool,
    /// Only name the checks, with what each is for
    #[arg(long, conflicts_with_all = ["pre", "post"])]
    pub(crate) list: bool,
    /// A check whose findings shall not count; they are told all the same
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// The masters' addresses, for --pre
    #[arg(short, long, value_name = "ADDRESSES", value_parser = addresses, requires = "pre")]
    pub(crate) masters: Option<Hosts>,
    /// The other hosts' addresses, for --pre
    #[arg(short, long, value_name = "ADDRESSES", value_parser = addresses, requires = "pre")]
    pub(crate) nodes: Option<Hosts>,
    /// The cluster's name; without it, the Clusterfile's, or my-cluster
    #[arg(long, value_name = "NAME")]
    pub(crate) cluster_name: Option<String>,
    /// A Clusterfile with the image and the hosts, for --pre; what is typed here comes on top
    #[arg(short = 'f', long = "Clusterfile", value_name = "FILE", requires = "pre")]
    pub(crate) clusterfile: Option<PathBuf>,
    /// Check again and again, so many seconds apart, and tell only what has changed; Ctrl-C ends it
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "30", require_equals = true)]
    #[arg(conflicts_with_all = ["pre", "list"], value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) watch: Option<u64>,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: CheckFormat,
    /// Who to be on the hosts.
    #[command(flatten)]
    pub(crate) login: Login,
}

/// How to print what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people
    #[default]
    Table,
    /// One JSON document
    Json,
    /// JUnit's XML, for systems that show tests
    Junit,
    /// The page of the reference
    #[value(hide = true)]
    Markdown,
}
