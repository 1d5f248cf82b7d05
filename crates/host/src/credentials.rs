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
    /// What of this nobody chose.
    pub open: Open,
}

/// What nobody chose, so that the user's own configuration of SSH may say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// The user is the usual one.
    pub user: bool,
    /// The keys are the usual ones.
    pub keys: bool,
    /// What opens other keys, where they are locked.
    pub passphrase: Option<Secret>,
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
        Self { user: user.into(), password: None, keys: Vec::new(), agent: None, jump: None, open: Open::default() }
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

    /// The same, of which the user and the keys are only the usual ones.
    #[must_use]
    pub fn left_open(self, user: bool, keys: bool, passphrase: Option<Secret>) -> Self {
        Self { open: Open { user, keys, passphrase }, ..self }
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
