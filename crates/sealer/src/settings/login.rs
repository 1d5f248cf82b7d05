//! Who to be on the hosts. A secret comes from the command line (with a warning, because everybody on this machine can read
//! it there), from the environment, or from the person at the terminal.

use super::Environment;
use crate::args::Login;
use crate::failure::Failure;
use sealer_host::{Credentials, Secret};
use std::io;
use std::path::PathBuf;

/// Asks the person at the terminal for a secret.
pub(crate) type Prompt<'a> = &'a dyn Fn(&str) -> io::Result<String>;

/// Keys that OpenSSH would try, too.
const USUAL_KEYS: [&str; 2] = [".ssh/id_ed25519", ".ssh/id_rsa"];

/// One secret: its flag, its variable and the question for it.
struct Source {
    flag: &'static str,
    variable: &'static str,
    question: &'static str,
}

const PASSWORD: Source = Source { flag: "--passwd", variable: "SEALER_PASSWD", question: "Password on the hosts: " };
const PASSPHRASE: Source =
    Source { flag: "--pk-passwd", variable: "SEALER_PK_PASSWD", question: "Password of the private key: " };

/// The credentials, and what to warn about.
///
/// # Errors
/// When a secret is to be asked for and nobody is there.
pub(crate) fn credentials(
    login: &Login,
    environment: &Environment,
    prompt: Prompt<'_>,
) -> Result<(Credentials, Vec<String>), Failure> {
    let mut warnings = Vec::new();
    let mut secret = |typed: Option<&str>, source: &Source| {
        warnings.extend(exposed(typed, source));
        secret(typed, source, environment, prompt)
    };
    let passphrase = secret(login.pk_passwd.as_deref(), &PASSPHRASE)?;
    let password = secret(login.passwd.as_deref(), &PASSWORD)?;
    let mut credentials = Credentials::of(&login.user);
    credentials.password = password;
    for key in keys(login, environment) {
        credentials = credentials.with_key(key, passphrase.clone());
    }
    Ok((credentials, warnings))
}

/// A `-` asks; so does the flag without a value, which the command line turns into a `-`.
fn secret(
    typed: Option<&str>,
    source: &Source,
    environment: &Environment,
    prompt: Prompt<'_>,
) -> Result<Option<Secret>, Failure> {
    match typed {
        Some("-") => answer(source, environment, prompt).map(Some),
        Some(value) => Ok(Some(Secret::new(value))),
        None => Ok(environment.text(source.variable).map(Secret::new)),
    }
}

fn answer(source: &Source, environment: &Environment, prompt: Prompt<'_>) -> Result<Secret, Failure> {
    if !environment.interactive {
        return Err(Failure::failed(format!("there is no terminal to ask for {} at", source.flag))
            .hint(format!("set {} instead", source.variable)));
    }
    match prompt(source.question) {
        Ok(answer) => Ok(Secret::new(answer)),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(Failure::interrupted()),
        Err(error) => Err(Failure::of(error).within(format!("cannot ask for {}", source.flag))),
    }
}

fn exposed(typed: Option<&str>, source: &Source) -> Option<String> {
    let Source { flag, variable, .. } = source;
    typed.filter(|value| *value != "-").map(|_| {
        format!("the value of {flag} is visible to every user of this machine: set {variable} or give {flag} - instead")
    })
}

fn keys(login: &Login, environment: &Environment) -> Vec<PathBuf> {
    match (&login.pk, environment.path("HOME")) {
        (Some(key), _) => vec![key.clone()],
        (None, Some(home)) => USUAL_KEYS.iter().map(|key| home.join(key)).filter(|key| key.is_file()).collect(),
        (None, None) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: Prompt<'static> = &|_| Err(io::ErrorKind::NotConnected.into());

    fn login(passwd: Option<&str>) -> Login {
        Login { user: "root".into(), passwd: passwd.map(str::to_owned), pk: None, pk_passwd: None, port: 22 }
    }

    fn password(credentials: &Credentials) -> Option<&str> {
        credentials.password.as_ref().map(Secret::reveal)
    }

    #[test]
    fn a_typed_password_wins_over_the_environment_and_gives_a_warning_without_it() {
        let environment = Environment::of(&[("SEALER_PASSWD", "from-environment")]);
        let (found, warnings) = credentials(&login(Some("typed")), &environment, NOBODY).unwrap();
        assert_eq!(password(&found), Some("typed"));
        assert_eq!(warnings.len(), 1);
        assert!(!warnings[0].contains("typed"), "{warnings:?}");
    }

    #[test]
    fn the_environment_gives_no_warning() {
        let environment = Environment::of(&[("SEALER_PASSWD", "from-environment")]);
        let (found, warnings) = credentials(&login(None), &environment, NOBODY).unwrap();
        assert_eq!(password(&found), Some("from-environment"));
        assert_eq!(warnings, [""; 0]);
    }

    #[test]
    fn a_dash_asks() {
        let prompt: Prompt<'_> = &|question| {
            assert_eq!(question, "Password on the hosts: ");
            Ok("answered".into())
        };
        let terminal = Environment { interactive: true, ..Environment::default() };
        let (found, warnings) = credentials(&login(Some("-")), &terminal, prompt).unwrap();
        assert_eq!(password(&found), Some("answered"));
        assert_eq!(warnings, [""; 0]);
    }

    #[test]
    fn without_a_terminal_nobody_is_asked_and_the_variable_is_named() {
        let prompt: Prompt<'_> = &|_| panic!("nobody is there");
        let failure = credentials(&login(Some("-")), &Environment::of(&[]), prompt).unwrap_err();
        assert_eq!(failure.causes, ["there is no terminal to ask for --passwd at"]);
        assert_eq!(failure.hints, ["set SEALER_PASSWD instead"]);
    }
}
