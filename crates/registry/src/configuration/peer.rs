//! Other registries of the same site: where they are, and who we are there.

use crate::upstreams::pattern::Address;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A registry that gets what is pushed to this one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Peer {
    /// Where it is, `https://10.0.0.2:5000`.
    pub url: String,
    /// Who we are there.
    #[serde(default)]
    pub username: Option<String>,
    /// The file that holds the password and nothing else.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// A PEM file with the authority of its certificate.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// Do not check its certificate, and speak plain HTTP where it does not speak HTTPS.
    #[serde(default)]
    pub insecure: bool,
}

/// Checks what no type can say of peers.
///
/// # Errors
/// The first thing that cannot be, with the peer that it stands in.
pub(super) fn check(peers: &[Peer]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for peer in peers {
        let within = |reason: &str| format!("peers: url {:?}: {reason}", peer.url);
        let address = Address::of(&peer.url).map_err(|reason| within(&reason))?;
        if !seen.insert(address.host) {
            return Err(within("it stands there twice"));
        }
        if peer.username.is_some() != peer.password_file.is_some() {
            return Err(within("username and password-file belong together"));
        }
    }
    Ok(())
}
