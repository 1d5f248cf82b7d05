//! The site's registry as files: its configuration, its users, its unit, and what makes the container runtimes of all hosts ask it. All of
//! this is decided here, from the desired state and secrets; `steps` bring it to the hosts.

pub(crate) mod docker;
pub(crate) mod external;
pub(crate) mod files;
pub(crate) mod hosts_toml;
pub(crate) mod other_runtimes;
mod secrets;
pub(crate) mod unit;
pub(crate) mod users;

pub(crate) use external::External;
pub(crate) use secrets::Keys;
pub use secrets::{OwnCertificate, RegistrySecrets};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealer_model::agent::Login;

/// A user and the password as HTTP and docker write them.
fn credentials(login: &Login) -> String {
    STANDARD.encode(format!("{}:{}", login.user, login.password.0))
}

/// The same as the header `Authorization` has it.
pub(crate) fn basic(login: &Login) -> String {
    format!("Basic {}", credentials(login))
}

/// The image store that is served.
pub(crate) const STORE: &str = "/var/lib/sealer/registry";

/// Where this program lies for those that systemd starts.
pub(crate) const PROGRAM: &str = "/usr/local/bin/sealer";

/// What only the running registry can enter.
pub(crate) const RUNTIME: &str = "/run/sealer-registry";
