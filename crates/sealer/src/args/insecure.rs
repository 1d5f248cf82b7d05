//! Registries that need not prove who they are.

use clap::Args;

/// Registries that need not prove who they are. There is no other way to speak plain HTTP to a machine that is not this one.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Insecure {
    /// A registry whose certificate is not checked and that may speak plain HTTP: HOST for all its ports, or HOST:PORT
    #[arg(long = "insecure-registry", value_name = "HOST", value_delimiter = ',')]
    pub(crate) hosts: Vec<String>,
}
