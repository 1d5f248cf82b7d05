//! Who sealer is on a host: a user, and the keys and the password that prove it.

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

/// The user and what proves it. Keys are tried in order, then the password, then the password as the answer to
/// keyboard-interactive questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user on the host.
    pub user: String,
    /// The password; also what `sudo` is given when the user is not root.
    pub password: Option<Secret>,
    /// Private keys.
    pub keys: Vec<KeyFile>,
}

impl Credentials {
    /// A user with nothing to prove it yet.
    pub fn of(user: impl Into<String>) -> Self {
        Self { user: user.into(), password: None, keys: Vec::new() }
    }

    /// The same with a password.
    #[must_use]
    pub fn with_password(self, password: Secret) -> Self {
        Self { password: Some(password), ..self }
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
