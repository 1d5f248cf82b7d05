//! `sealer registry`.

use super::OutputFormat;
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
    Gc(Gc),
    Usage(Usage),
    Verify(Verify),
}

/// The images to look after.
#[derive(Debug, Args)]
pub(crate) struct Served {
    /// An OCI image layout; without it, the images below --root
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) store: Option<PathBuf>,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
}

/// Remove what no image needs
///
/// May run while the registry serves. What an installed image needs is never removed.
#[derive(Debug, Args)]
pub(crate) struct Gc {
    #[command(flatten)]
    pub(crate) served: Served,
    /// Leave what is younger than that many minutes: a push brings layers before the image that needs them
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    pub(crate) older_than: u64,
    /// Of what came from upstreams, remove what nobody has asked for in so many days
    #[arg(long, value_name = "DAYS")]
    pub(crate) cached_days: Option<u64>,
    /// Of what came from upstreams, leave at most so many bytes; what was used least recently goes first
    #[arg(long, value_name = "BYTES")]
    pub(crate) cached_bytes: Option<u64>,
    /// Only say what would be removed
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Say what takes how much room
#[derive(Debug, Args)]
pub(crate) struct Usage {
    #[command(flatten)]
    pub(crate) served: Served,
}

/// Read everything and compare it with its digest
///
/// Ends with 4 when something is damaged or missing.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) served: Served,
}

/// Serve the images on this machine until told to stop
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// A file with all that can be chosen; what is typed here comes on top
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// An OCI image layout to serve; without it, the images below --root
    #[arg(long, value_name = "DIR", hide = true)]
    pub(crate) store: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:5000]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) addr: Option<SocketAddr>,
    /// The certificate, PEM; with it the registry speaks HTTPS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Users and passwords, as htpasswd -B writes them; writes then need one
    #[arg(long, value_name = "FILE")]
    pub(crate) htpasswd: Option<PathBuf>,
    /// The registry's own name, as in sea.hub:5000
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) domain: Option<String>,
    /// Refuse everything that would change the store
    #[arg(long)]
    pub(crate) read_only: bool,
}
