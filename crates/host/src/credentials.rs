//! Who sealer is on a host: a user, and the keys and the password that prove it.

use crate::address::HostAddress;
use std::path::PathBuf;

pub use sealer_model::Secret;

/// A private key in a file: ed25519, ECDSA or RSA, in OpenSSH's or PKCS#8 form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    /// The file.
    pub path: PathBuf,
    /// What opens it, where it is locked.
    pub passphrase: Option<Secret>,
}

/// The user and what proves it. Keys are tried in order, then those of an agent, then the password, then the password as the answer to
/// keyboard-interactive questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user on the host.
    pub user: String,
    /// The password; also what `sudo` is given when the user is not root.
    pub password: Option<Secret>,
    /// Private keys.
    pub keys: Vec<KeyFile>,
    /// The socket of an SSH agent, which has further keys and signs with them.
    pub agent: Option<PathBuf>,
    /// A host through which the others are reached.
    pub jump: Option<Box<Jump>>,
}

/// A host through which others are reached: it passes on bytes and learns nothing of what is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jump {
    /// Where its SSH server listens.
    pub address: HostAddress,
    /// Who sealer is there.
    pub credentials: Credentials,
}

impl Credentials {
    /// A user with nothing to prove it yet.
    pub fn of(user: impl Into<String>) -> Self {
        Self { user: user.into(), password: None, keys: Vec::new(), agent: None, jump: None }
    }

    /// The same with a password.
    #[must_use]
    pub fn with_password(self, password: Secret) -> Self {
        Self { password: Some(password), ..self }
    }

    /// The same with the keys of an agent.
    #[must_use]
    pub fn with_agent(self, socket: impl Into<PathBuf>) -> Self {
        Self { agent: Some(socket.into()), ..self }
    }

    /// The same, reached through another host.
    #[must_use]
    pub fn through(self, jump: Jump) -> Self {
        Self { jump: Some(Box::new(jump)), ..self }
    }

    /// The same with one more key.
    #[must_use]
    pub fn with_key(mut self, path: impl Into<PathBuf>, passphrase: Option<Secret>) -> Self {
        self.keys.push(KeyFile { path: path.into(), passphrase });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let credentials = Credentials::of("root").with_password(Secret::new("hunter2"));
        assert!(!format!("{credentials:?}").contains("hunter2"));
    }
}
