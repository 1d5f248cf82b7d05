//! `sealer kubeconfig`.

use super::Whose;
use clap::Args;
use std::path::PathBuf;

/// Print, or put where kubectl finds it, the administrator's access to a cluster's API
///
/// It holds a key that may do everything. Files are written as a whole, for their owner only. With --merge the entries of this cluster go
/// into the kubeconfig that is there: all others, comments too, stay byte for byte, and so does the current context unless there is none.
/// The API is named by the address of a master, so that this machine need not know the cluster's own name for it.
#[derive(Debug, Args)]
pub(crate) struct ClusterKubeconfig {
    /// Write a file of its own, which must not be there yet
    #[arg(long, value_name = "FILE", conflicts_with = "merge")]
    pub(crate) file: Option<PathBuf>,
    /// Put the cluster into a kubeconfig
    #[arg(long)]
    pub(crate) merge: bool,
    /// The kubeconfig to put it into; without it, the first that KUBECONFIG names, or ~/.kube/config
    #[arg(long, value_name = "FILE", requires = "merge")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// What the context is called; without it, as the cluster
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// Make it the current context
    #[arg(long = "use", requires = "merge")]
    pub(crate) current: bool,
    /// Where the API is: https://api.site.example:6443; without it, at the first master that answers
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// Which cluster, and who to be on its hosts.
    #[command(flatten)]
    pub(crate) whose: Whose,
}
