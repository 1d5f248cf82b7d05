//! `sealer login` and `sealer logout`.

use super::Insecure;
use clap::Args;

/// Keep the password of a registry, after asking the registry whether it is right
#[derive(Debug, Args)]
pub(crate) struct LogIn {
    /// The registry: HOST or HOST:PORT
    #[arg(value_name = "REGISTRY")]
    pub(crate) registry: String,
    /// The user
    #[arg(short, long, value_name = "NAME")]
    pub(crate) username: String,
    /// The password; better not here, where every user of this machine can read it
    #[arg(short, long, value_name = "PASSWORD", conflicts_with = "password_stdin")]
    pub(crate) passwd: Option<String>,
    /// Read the password from standard input; without it, from SEALER_REGISTRY_PASSWD or the person at the terminal
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Do not check the registry's certificate, and speak plain HTTP to a registry that has none
    #[arg(long)]
    pub(crate) skip_tls_verify: bool,
    #[command(flatten)]
    pub(crate) insecure: Insecure,
}

/// Forget the password of a registry
#[derive(Debug, Args)]
pub(crate) struct LogOut {
    /// The registry: HOST or HOST:PORT
    #[arg(value_name = "REGISTRY")]
    pub(crate) registry: String,
}
