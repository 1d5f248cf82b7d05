//! What the registry has to know and no state says: what the deliverer is given for each delivery, and what it makes once for the cluster
//! and keeps beside the authority's key.

use crate::{Error, State};
use sealer_model::Secret;
use sealer_model::intention::SecretPlaces;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What a delivery is given. A secret that is not given now stays what it is on the registry's hosts.
#[derive(Clone, Debug, Default)]
pub struct RegistrySecrets {
    /// The password of the user who may push.
    pub password: Option<Secret>,
    /// Passwords for upstreams, by their matches.
    pub upstreams: BTreeMap<String, Secret>,
    /// The password at the registry that the site has already.
    pub external: Option<Secret>,
    /// The certificate that is brought along.
    pub certificate: Option<OwnCertificate>,
    /// Where all of this came from, for whoever goes on with the work.
    pub places: SecretPlaces,
}

/// A certificate that is brought along, all PEM.
#[derive(Clone, Debug)]
pub struct OwnCertificate {
    /// The certificate and those between it and its authority.
    pub certificate: String,
    /// Its private key.
    pub key: Secret,
    /// What hosts shall trust for it.
    pub authority: String,
}

impl RegistrySecrets {
    /// Every secret among it.
    pub(crate) fn known(&self) -> impl Iterator<Item = &Secret> {
        self.password.iter().chain(self.upstreams.values()).chain(&self.external)
    }
}

/// What is made once for a cluster: by whom its hosts are known to its registries.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    /// The password of the cluster's hosts.
    pub(crate) host: Secret,
    /// The password of its registries at one another.
    pub(crate) peer: Secret,
    /// By which tokens are signed.
    pub(crate) token: Secret,
}

impl Keys {
    /// Reads them, or makes them the first time.
    pub(crate) fn open(state: &State) -> Result<Self, Error> {
        Ok(Self {
            host: word(state, "registry-host.key")?,
            peer: word(state, "registry-peer.key")?,
            token: word(state, "registry-token.key")?,
        })
    }
}

/// As many random bytes as a token's key has to have.
const BYTES: usize = 32;

fn word(state: &State, name: &str) -> Result<Secret, Error> {
    if let Some(known) = state.read_file(name)? {
        return Ok(Secret::new(known.trim()));
    }
    let path = Path::new("/dev/urandom");
    let mut bytes = [0; BYTES];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut bytes));
    read.map_err(|source| Error::State { path: path.to_owned(), source })?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    state.write(name, format!("{text}\n").as_bytes())?;
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_differ() {
        let root = tempfile::tempdir().unwrap();
        let state = State::lock(root.path(), "c").unwrap();
        let made = Keys::open(&state).unwrap();
        let again = Keys::open(&state).unwrap();
        assert_eq!((&made.host, &made.token), (&again.host, &again.token));
        assert!(made.host != made.peer && made.peer != made.token);
        assert_eq!(made.token.reveal().len(), 2 * BYTES);
    }
}
