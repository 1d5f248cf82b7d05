//! Becoming root: nothing to do for root itself, `sudo` for everybody else, with the password only where sudo asks for one.

use crate::credentials::{Credentials, Secret};
use crate::error::{Error, Result};
use crate::host::{Transport, run};
use crate::process::Exit;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

/// What stands before every command, and what is sent before its input.
#[derive(Clone, Debug)]
pub(crate) enum Elevation {
    /// The user is root.
    None,
    /// sudo asks for nothing.
    Sudo,
    /// sudo asks for a password.
    SudoWithPassword(Secret),
}

impl Elevation {
    /// Finds out which one a host needs.
    pub(crate) async fn find(transport: &Transport, credentials: &Credentials) -> Result<Self> {
        if Self::None.answers(transport, r#"test "$(id -u)" = 0"#).await?.is_ok() {
            return Ok(Self::None);
        }
        let mut reason = match Self::Sudo.answers(transport, "exit 0").await? {
            Ok(()) => return Ok(Self::Sudo),
            Err(reason) => reason,
        };
        if let Some(password) = &credentials.password {
            let sudo = Self::SudoWithPassword(password.clone());
            match sudo.answers(transport, "exit 0").await? {
                Ok(()) => return Ok(sudo),
                Err(refusal) => reason = refusal,
            }
        }
        Err(Error::NotRoot { host: transport.name(), user: credentials.user.clone(), reason })
    }

    /// The command as root.
    pub(crate) fn command(&self, command: &str) -> String {
        match self {
            Self::None => command.to_owned(),
            Self::Sudo => format!("sudo -n {command}"),
            // -k: sudo asks even if it remembers, so that the first line of the input is always the password.
            Self::SudoWithPassword(_) => format!("sudo -k -S -p '' {command}"),
        }
    }

    /// What must be sent before the command's own input.
    pub(crate) fn greeting(&self) -> String {
        match self {
            Self::None | Self::Sudo => String::new(),
            Self::SudoWithPassword(password) => format!("{}\n", password.reveal()),
        }
    }

    async fn answers(&self, transport: &Transport, script: &str) -> Result<std::result::Result<(), String>> {
        let answer = run(transport, self, script, &[], LIMIT).await?;
        Ok(if answer.exit == Exit::Status(0) { Ok(()) } else { Err(answer.errors) })
    }
}
