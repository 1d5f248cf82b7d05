//! How a cluster is delivered: the options that `run`, `apply` and `plan` have in common.

use super::OutputFormat;
use super::hosts::{Hosts, Login, addresses};
use super::later::{NotYet, given};
use super::launching::Launching;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Where to, and how.
#[derive(Clone, Debug, Args)]
pub(crate) struct Delivering {
    /// The masters' addresses: one, several with commas between, or a range first-last
    #[arg(short, long, value_name = "ADDRESSES", value_parser = addresses)]
    pub(crate) masters: Option<Hosts>,
    /// The other hosts' addresses, in the same form
    #[arg(short, long, value_name = "ADDRESSES", value_parser = addresses)]
    pub(crate) nodes: Option<Hosts>,
    /// The cluster's name; without it, the Clusterfile's, or my-cluster
    #[arg(long, value_name = "NAME")]
    pub(crate) cluster_name: Option<String>,
    /// What is launched.
    #[command(flatten)]
    pub(crate) launching: Launching,
    /// Minutes that the cluster and its applications have to become ready
    #[arg(long, value_name = "MINUTES", default_value_t = 15)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1440))]
    pub(crate) deadline: u64,
    /// A check whose findings shall not stop the delivery; they are recorded all the same
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Put right what checks find where that is safe; `sealer delete --all` takes it back
    #[arg(long)]
    pub(crate) fix: bool,
    /// Accepted for scripts: what is on the hosts is compared, never assumed
    #[arg(long)]
    pub(crate) ignore_cache: bool,
    /// Print the plan and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to print the plan
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
    /// Accepted for scripts: run asks nothing
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Who to be on the hosts.
    #[command(flatten)]
    pub(crate) login: Login,
    /// A Clusterfile with the hosts and all that differs on this site; what is typed here comes on top
    #[arg(short = 'f', long = "Clusterfile", value_name = "FILE")]
    pub(crate) clusterfile: Option<PathBuf>,
    /// How far to go: apply makes the cluster, loadImage brings the image to the hosts and leaves the rest to a later run
    #[arg(long, value_enum, default_value_t)]
    mode: RunMode,
    #[arg(long, hide = true, value_enum, default_value_t)]
    distributor: Distributor,
}

impl Delivering {
    /// Whether the image is brought to the hosts and no further.
    pub(crate) fn only_loads(&self) -> bool {
        self.mode == RunMode::LoadImage
    }

    pub(super) fn not_yet(&self) -> Vec<NotYet> {
        given(&[(
            self.distributor == Distributor::P2p,
            "--distributor p2p",
            "leave it out: each blob leaves this machine once",
        )])
    }
}

/// What is to be done with the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum RunMode {
    #[default]
    Apply,
    #[value(name = "loadImage")]
    LoadImage,
}

/// How content gets to the hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Distributor {
    #[default]
    Sftp,
    P2p,
}
