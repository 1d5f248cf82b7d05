//! `sealer upgrade` and `sealer rollback`.

use super::OutputFormat;
use super::hosts::Login;
use clap::Args;
use sealer_model::Reference;

/// Bring a cluster to another image: Kubernetes, container runtime and applications
///
/// Masters are upgraded one by one, then nodes in batches; each is drained and has to be ready again before the next one begins. etcd is
/// saved to a file on the first master before anything is changed. After a failure the cluster works, and the same command goes on.
#[derive(Debug, Args)]
pub(crate) struct Upgrade {
    /// The cluster image to go on to
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Reference,
    /// What both verbs have in common.
    #[command(flatten)]
    pub(crate) change: ImageChange,
}

/// Bring a cluster back to the image that it ran before
///
/// The same steps as an upgrade. What a newer minor version of Kubernetes or etcd wrote an older one may not read; --to-snapshot has etcd go
/// back, too, to what it held before the upgrade.
#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// The image to go back to; without it, the one before
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Option<Reference>,
    /// Have etcd go back to the snapshot that the upgrade took; what was written to the cluster since is lost
    #[arg(long)]
    pub(crate) to_snapshot: bool,
    /// What both verbs have in common.
    #[command(flatten)]
    pub(crate) change: ImageChange,
}

/// How a cluster is brought to another image.
#[derive(Debug, Args)]
pub(crate) struct ImageChange {
    /// The cluster's name
    #[arg(long, value_name = "NAME", default_value = "my-cluster")]
    pub(crate) cluster_name: String,
    /// Nodes that may be away at the same time
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) max_unavailable: u16,
    /// Minutes that each node has to come back, and the cluster and its applications to become ready
    #[arg(long, value_name = "MINUTES", default_value_t = 15)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1440))]
    pub(crate) deadline: u64,
    /// Applications to launch instead of the image's own list; "" launches nothing
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) apps: Option<Vec<String>>,
    /// A check whose findings shall not stop the upgrade; they are recorded all the same
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Put right what checks find where that is safe; `sealer delete --all` takes it back
    #[arg(long)]
    pub(crate) fix: bool,
    /// Accepted for scripts: what is on the hosts is compared, never assumed
    #[arg(long)]
    ignore_cache: bool,
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
