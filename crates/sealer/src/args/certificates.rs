//! `sealer cert`.

use super::OutputFormat;
use super::hosts::Login;
use clap::{Args, Subcommand};

/// Look after a cluster's certificates
///
/// Without a verb it adds names to the certificate of the API: `sealer cert --alt-names api.site.example`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Cert {
    /// What to do; without it names are added.
    #[command(subcommand)]
    pub(crate) verb: Option<CertVerb>,
    /// Names and addresses by which the API shall be reached, besides those in its certificate
    #[arg(long, value_name = "NAMES", value_delimiter = ',', required = true)]
    pub(crate) alt_names: Vec<String>,
    /// Accepted for scripts: it always waits until the API answers with the new certificate
    #[arg(long, hide = true)]
    wait: bool,
    /// Which cluster, and who to be on its hosts.
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// What to do with certificates.
#[derive(Debug, Subcommand)]
pub(crate) enum CertVerb {
    Check(CertCheck),
    Renew(CertRenew),
}

/// List every certificate with its end: the API, etcd, front proxy, kubelets, registry
///
/// Exit code 4 when one has ended, ends within the given days or cannot be read, or a host was not reached.
#[derive(Debug, Args)]
pub(crate) struct CertCheck {
    /// Days before its end from which on a certificate counts as a problem
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub(crate) days: u16,
    /// How to print them
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
    /// Which cluster, and who to be on its hosts.
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// Renew every certificate that kubeadm made, on one master after the other
///
/// The parts of the control plane that serve with them are restarted, each when the one before is back. Kubelets renew their own.
#[derive(Debug, Args)]
pub(crate) struct CertRenew {
    /// Which cluster, and who to be on its hosts.
    #[command(flatten)]
    pub(crate) whose: Whose,
}

/// Which cluster, and who to be on its hosts.
#[derive(Debug, Args)]
pub(crate) struct Whose {
    /// The cluster's name
    #[arg(long, value_name = "NAME", default_value = "my-cluster")]
    pub(crate) cluster_name: String,
    /// Who to be on the hosts.
    #[command(flatten)]
    pub(crate) login: Login,
}
