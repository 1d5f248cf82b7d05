//! `sealer registry`.

use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// A registry over the images on this machine
#[derive(Debug, Args)]
pub(crate) struct Registry {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: RegistryVerb,
}

/// What to do with the registry.
#[derive(Debug, Subcommand)]
pub(crate) enum RegistryVerb {
    Serve(Serve),
}

/// Serve the images on this machine until told to stop
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// An OCI image layout to serve; without it, the images below --root
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5000")]
    pub(crate) addr: SocketAddr,
    /// The certificate, PEM; with it the registry speaks HTTPS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Refuse everything that would change the store
    #[arg(long)]
    pub(crate) read_only: bool,
}
