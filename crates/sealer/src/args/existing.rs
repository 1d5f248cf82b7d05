//! A cluster that is there already, whoever made it.

use super::insecure::Insecure;
use clap::Args;
use std::path::PathBuf;

/// A cluster that is there already, whoever made it.
#[derive(Clone, Debug, Args)]
pub(crate) struct Existing {
    /// Launch the image's applications in the cluster that this kubeconfig leads to, whoever made it; no host is touched
    #[arg(long, value_name = "FILE", conflicts_with_all = ["masters", "nodes", "cluster_name"])]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// The kubeconfig's context, if not its current one
    #[arg(long, value_name = "CONTEXT", requires = "kubeconfig")]
    pub(crate) kube_context: Option<String>,
    /// A registry that the cluster can pull from, HOST[:PORT][/PATH]: the image's container images are pushed there first
    #[arg(long, value_name = "REGISTRY", requires = "kubeconfig")]
    pub(crate) registry: Option<String>,
    /// Call container images in manifests and charts as they are called in that registry, where nodes cannot be told about it
    #[arg(long, requires = "registry")]
    pub(crate) rewrite_images: bool,
    /// Run the commands of the image's applications on this machine, as this user, with KUBECONFIG set
    #[arg(long, requires = "kubeconfig")]
    pub(crate) commands_here: bool,
    /// Registries that need not prove who they are.
    #[command(flatten)]
    pub(crate) insecure: Insecure,
}
