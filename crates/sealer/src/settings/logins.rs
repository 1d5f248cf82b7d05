//! Credentials for several groups of hosts: what is the same is settled once, so that nobody is asked twice for one password or
//! warned twice of one thing.

use super::login::credentials;
use super::lookup::Lookup;
use crate::args::Login;
use crate::failure::Failure;
use sealer_host::Credentials;
use sealer_model::clusterfile::Ssh;

/// The credentials that were settled so far.
pub(crate) struct Logins<'a, 'b> {
    login: &'a Login,
    lookup: &'a mut Lookup<'b>,
    settled: Vec<(Ssh, Credentials)>,
}

impl<'a, 'b> Logins<'a, 'b> {
    /// None so far.
    pub(crate) fn new(login: &'a Login, lookup: &'a mut Lookup<'b>) -> Self {
        Self { login, lookup, settled: Vec::new() }
    }

    /// The credentials for hosts of which a Clusterfile says this.
    ///
    /// # Errors
    /// When a secret is to be asked for and nobody is there, or it is not where the Clusterfile says.
    pub(crate) fn of(&mut self, ssh: &Ssh) -> Result<Credentials, Failure> {
        // the port is no part of who one is
        let who = Ssh { port: None, ..ssh.clone() };
        if let Some((_, credentials)) = self.settled.iter().find(|(settled, _)| *settled == who) {
            return Ok(credentials.clone());
        }
        let credentials = credentials(self.login, &who, self.lookup)?;
        self.settled.push((who, credentials.clone()));
        Ok(credentials)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Environment;
    use super::super::lookup::Prompt;
    use super::*;
    use sealer_model::cluster::SecretPlace;
    use sealer_model::clusterfile::SecretSource;
    use std::cell::Cell;

    #[test]
    fn one_password_is_asked_for_once() {
        let asked = Cell::new(0);
        let prompt: Prompt<'_> = &|_| {
            asked.set(asked.get() + 1);
            Ok("answered".into())
        };
        let login = Login::default();
        let environment = Environment { interactive: true, ..Environment::default() };
        let mut lookup = Lookup::new(&environment, prompt);
        let mut logins = Logins::new(&login, &mut lookup);
        let ssh = Ssh { password: Some(SecretSource::At(SecretPlace::Prompt)), ..Ssh::default() };
        let first = logins.of(&ssh).unwrap();
        let second = logins.of(&Ssh { port: Some(2222), ..ssh.clone() }).unwrap();
        assert_eq!(first, second);
        assert_eq!(asked.get(), 1);
        let other = logins.of(&Ssh { user: Some("admin".into()), ..ssh }).unwrap();
        assert_eq!(other.user, "admin");
        assert_eq!(asked.get(), 2);
    }
}
