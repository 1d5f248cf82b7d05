//! Proving who we are: each key, then those of an agent, then the password, then the password as the answer to the server's questions.

use super::Verifier;
use crate::address::HostAddress;
use crate::credentials::{Credentials, KeyFile, Secret};
use crate::error::{Error, Result};
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::{Algorithm, HashAlg, PrivateKey, PrivateKeyWithHashAlg, load_secret_key};
use russh::{MethodKind, MethodSet};
use std::path::Path;
use std::sync::Arc;

/// A server that keeps asking is not going to be satisfied by one password.
const MOST_QUESTIONS: usize = 4;

/// Servers give up on who tries many keys, six things in all where nobody said otherwise, and a password may come after them.
const MOST_AGENT_KEYS: usize = 3;

/// Tries everything that the credentials hold.
pub(super) async fn prove(
    handle: &mut Handle<Verifier>,
    address: HostAddress,
    credentials: &Credentials,
) -> Result<()> {
    let (refused, offered) = (Vec::new(), MethodSet::empty());
    let mut attempt = Attempt { handle, address, credentials, refused, offered };
    if attempt.everything().await? { Ok(()) } else { Err(attempt.refusal()) }
}

struct Attempt<'a> {
    handle: &'a mut Handle<Verifier>,
    address: HostAddress,
    credentials: &'a Credentials,
    refused: Vec<String>,
    offered: MethodSet,
}

impl Attempt<'_> {
    async fn everything(&mut self) -> Result<bool> {
        if self.nothing().await? {
            return Ok(true);
        }
        for file in &self.credentials.keys {
            if self.key(file).await? {
                return Ok(true);
            }
        }
        if let Some(socket) = &self.credentials.agent
            && self.agent(socket).await?
        {
            return Ok(true);
        }
        let Some(password) = &self.credentials.password else {
            return Ok(false);
        };
        // Where a server takes passwords, asking it in another way would only count as one more failure.
        if self.offered.contains(&MethodKind::Password) {
            return self.password(password).await;
        }
        let asks = self.offered.contains(&MethodKind::KeyboardInteractive);
        Ok(asks && self.answers(password).await?)
    }

    /// Proves nothing, to learn what the server takes: a password is not sent to a server that does not want one.
    async fn nothing(&mut self) -> Result<bool> {
        let answer = self.handle.authenticate_none(&self.credentials.user).await;
        let accepted = self.judge(String::new(), answer)?;
        self.refused.clear();
        Ok(accepted)
    }

    async fn key(&mut self, file: &KeyFile) -> Result<bool> {
        let key = Arc::new(load(file.clone()).await.map_err(|source| Error::Key {
            host: self.address.to_string(),
            path: file.path.clone(),
            source: Box::new(source),
        })?);
        let hash = self.hash_for(&key.algorithm()).await?;
        let key = PrivateKeyWithHashAlg::new(key, hash);
        let answer = self.handle.authenticate_publickey(&self.credentials.user, key).await;
        self.judge(format!("key {}", file.path.display()), answer)
    }

    /// The hash that an RSA key signs with; other keys have one of their own.
    async fn hash_for(&self, algorithm: &Algorithm) -> Result<Option<HashAlg>> {
        if !matches!(algorithm, Algorithm::Rsa { .. }) {
            return Ok(None);
        }
        Ok(self.handle.best_supported_rsa_hash().await.map_err(|source| self.broken(source))?.flatten())
    }

    /// Lets an agent sign with its keys. One that cannot be asked is told among what was refused: there may be other ways in.
    async fn agent(&mut self, socket: &Path) -> Result<bool> {
        let asking = async {
            let mut agent = AgentClient::connect_uds(socket).await?;
            let identities = agent.request_identities().await?;
            Ok::<_, russh::keys::Error>((agent, identities))
        };
        let (mut agent, identities) = match asking.await {
            Ok(both) => both,
            Err(error) => {
                self.refused.push(format!("the agent at {} does not answer ({error})", socket.display()));
                return Ok(false);
            }
        };
        let keys = identities.into_iter().filter_map(|identity| match identity {
            AgentIdentity::PublicKey { key, comment } => Some((key, comment)),
            AgentIdentity::Certificate { .. } => None,
        });
        for (key, comment) in keys.take(MOST_AGENT_KEYS) {
            let hash = self.hash_for(&key.algorithm()).await?;
            let user = &self.credentials.user;
            match self.handle.authenticate_publickey_with(user, key, hash, &mut agent).await {
                Err(error) => self.refused.push(format!("the agent did not sign with {comment} ({error})")),
                Ok(answer) => {
                    if self.judge(format!("the agent's key {comment}"), Ok(answer))? {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    async fn password(&mut self, password: &Secret) -> Result<bool> {
        let user = &self.credentials.user;
        let answer = self.handle.authenticate_password(user, password.reveal()).await;
        self.judge("password".to_owned(), answer)
    }

    async fn answers(&mut self, password: &Secret) -> Result<bool> {
        let user = &self.credentials.user;
        let begun = self.handle.authenticate_keyboard_interactive_start(user, None).await;
        let mut reply = begun.map_err(|source| self.broken(source))?;
        for _ in 0..MOST_QUESTIONS {
            let KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } = &reply else {
                break;
            };
            // A question whose answer may be seen is not one for a password.
            let answer = |echo| {
                if echo { String::new() } else { password.reveal().to_owned() }
            };
            let answers = prompts.iter().map(|prompt| answer(prompt.echo)).collect();
            let answered = self.handle.authenticate_keyboard_interactive_respond(answers).await;
            reply = answered.map_err(|source| self.broken(source))?;
        }
        if let KeyboardInteractiveAuthResponse::Failure { remaining_methods, .. } = &reply {
            self.offered = remaining_methods.clone();
        }
        self.refused.push("keyboard-interactive was refused".to_owned());
        Ok(matches!(reply, KeyboardInteractiveAuthResponse::Success))
    }

    fn judge(&mut self, what: String, answer: std::result::Result<AuthResult, russh::Error>) -> Result<bool> {
        match answer.map_err(|source| self.broken(source))? {
            AuthResult::Success => Ok(true),
            AuthResult::Failure { remaining_methods, partial_success } => {
                let became = if partial_success { "was not enough" } else { "was refused" };
                self.refused.push(format!("{what} {became}"));
                self.offered = remaining_methods;
                Ok(false)
            }
        }
    }

    fn broken(&self, source: russh::Error) -> Error {
        Error::Ssh { host: self.address.to_string(), source: Box::new(source) }
    }

    fn refusal(&self) -> Error {
        let refused = match self.refused.as_slice() {
            [] => "neither a key nor a password that the server takes was given".to_owned(),
            refused => refused.join(", "),
        };
        let accepted: Vec<&str> = self.offered.iter().map(<&str>::from).collect();
        let accepted = if accepted.is_empty() { "nothing else".into() } else { accepted.join(", ") };
        let host = self.address.to_string();
        Error::Refused { host, user: self.credentials.user.clone(), refused, accepted }
    }
}

/// Opening a locked key costs a deliberate amount of processor time, and reading it costs disk.
async fn load(file: KeyFile) -> std::result::Result<PrivateKey, russh::keys::Error> {
    let read = move || load_secret_key(&file.path, file.passphrase.as_ref().map(Secret::reveal));
    tokio::task::spawn_blocking(read).await.expect("a key file is read without panic")
}
