//! `sealer adopt`.

use super::hosts::Login;
use clap::Args;
use std::net::IpAddr;
use std::path::PathBuf;

/// Take over a cluster that the Go sealer made
///
/// Its Clusterfile is read from the cluster, or from root's home on the master; the nodes are those that the API knows. Nothing on the
/// hosts changes. Afterwards status, check, exec, cert, kubeconfig, backup, scale-up of workers and delete work on it; what would put this
/// sealer's way of installing over the other's is refused. No password of the Clusterfile is kept.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// A master of the cluster
    #[arg(value_name = "MASTER")]
    pub(crate) master: IpAddr,
    /// Its Clusterfile, instead of the one that the cluster has
    #[arg(short = 'f', long = "Clusterfile", value_name = "FILE")]
    pub(crate) clusterfile: Option<PathBuf>,
    /// Who to be on the hosts.
    #[command(flatten)]
    pub(crate) login: Login,
}
