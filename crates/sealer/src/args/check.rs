//! `sealer check`.

use super::OutputFormat;
use super::hosts::{Hosts, Login, addresses};
use clap::Args;
use sealer_model::Reference;

/// Check hosts before a delivery, or a cluster after it
///
/// Ends with exit code 4 when there are problems.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The cluster image that is to be delivered, for --pre
    #[arg(value_name = "IMAGE", requires = "pre")]
    pub(crate) image: Option<Reference>,
    /// Check whether the image can be delivered to the hosts named by --masters and --nodes
    #[arg(long, conflicts_with = "post", requires = "masters", requires = "image")]
    pub(crate) pre: bool,
    /// Check a cluster that was delivered from this machine; this is what happens without --pre
    #[arg(long)]
    pub(crate) post: bool,
    /// The masters' addresses, for --pre
    #[arg(short, long, value_name = "ADDRESSES", value_parser = addresses, requires = "pre")]
    pub(crate) masters: Option<Hosts>,
    /// The other hosts' addresses, for --pre
    #[arg(short, long, value_name = "ADDRESSES", value_parser = addresses, requires = "pre")]
    pub(crate) nodes: Option<Hosts>,
    /// The cluster's name
    #[arg(long, value_name = "NAME", default_value = "my-cluster")]
    pub(crate) cluster_name: String,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
    /// Who to be on the hosts.
    #[command(flatten)]
    pub(crate) login: Login,
}
