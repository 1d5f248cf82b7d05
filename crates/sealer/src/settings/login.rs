//! Who to be on the hosts. A secret comes from the command line (with a warning, because everybody on this machine can read
//! it there), from the environment, or from the person at the terminal.

use super::Environment;
use super::lookup::{Lookup, Source, home};
use crate::args::Login;
use crate::failure::Failure;
use sealer_host::{Credentials, HostAddress, Jump, Secret};
use sealer_model::clusterfile::{SecretSource, Ssh};
use std::path::PathBuf;

/// Keys that OpenSSH would try, too.
const USUAL_KEYS: [&str; 3] = [".ssh/id_ed25519", ".ssh/id_ecdsa", ".ssh/id_rsa"];

/// Where an SSH agent is found.
const AGENT: &str = "SSH_AUTH_SOCK";

const PASSWORD: Source<'static> =
    Source { flag: "--passwd", variable: Some("SEALER_PASSWD"), question: "Password on the hosts: " };
const PASSPHRASE: Source<'static> =
    Source { flag: "--pk-passwd", variable: Some("SEALER_PK_PASSWD"), question: "Password of the private key: " };

const USUAL_USER: &str = "root";

/// The credentials. What was typed comes first, then what the Clusterfile says, then the environment.
///
/// # Errors
/// When a secret is to be asked for and nobody is there, or it is not where the Clusterfile says.
pub(crate) fn credentials(login: &Login, ssh: &Ssh, lookup: &mut Lookup<'_>) -> Result<Credentials, Failure> {
    let environment = lookup.environment;
    let mut secret = |typed: Option<&str>, written: Option<&SecretSource>, source: &Source<'_>| {
        exposed(typed, source).into_iter().for_each(|warning| lookup.warn(warning));
        match written.filter(|_| typed.is_none()) {
            Some(written) => lookup.referred(written, source).map(Some),
            None => secret(typed, source, lookup),
        }
    };
    let passphrase = secret(login.pk_passwd.as_deref(), ssh.key_password.as_ref(), &PASSPHRASE)?;
    let password = secret(login.passwd.as_deref(), ssh.password.as_ref(), &PASSWORD)?;
    let user = login.user.as_ref().or(ssh.user.as_ref());
    let mut credentials = Credentials::of(user.map_or(USUAL_USER, String::as_str));
    credentials.password = password;
    // who names a key wants that key and no other
    credentials.agent = environment.path(AGENT).filter(|_| login.pk.is_none() && ssh.key.is_none());
    for key in keys(login, ssh, environment) {
        credentials = credentials.with_key(key, passphrase.clone());
    }
    credentials = credentials.left_open(user.is_none(), login.pk.is_none() && ssh.key.is_none(), passphrase);
    if let Some(jump) = &login.jump {
        let address = HostAddress { ip: jump.address, port: jump.port };
        let mut there = credentials.clone();
        there.user = jump.user.clone().unwrap_or(there.user);
        credentials = credentials.through(Jump { address, credentials: there });
    }
    Ok(credentials)
}

/// A `-` asks; so does the flag without a value, which the command line turns into a `-`.
fn secret(typed: Option<&str>, source: &Source<'_>, lookup: &Lookup<'_>) -> Result<Option<Secret>, Failure> {
    match typed {
        Some("-") => lookup.answer(source).map(Some),
        Some(value) => Ok(Some(Secret::new(value))),
        None => Ok(source.variable.and_then(|name| lookup.environment.text(name)).map(Secret::new)),
    }
}

fn exposed(typed: Option<&str>, source: &Source<'_>) -> Option<String> {
    let (flag, variable) = (source.flag, source.variable?);
    typed.filter(|value| *value != "-").map(|_| {
        format!("the value of {flag} is visible to every user of this machine: set {variable} or give {flag} - instead")
    })
}

fn keys(login: &Login, ssh: &Ssh, environment: &Environment) -> Vec<PathBuf> {
    let chosen = login.pk.clone().or_else(|| ssh.key.as_ref().map(|key| home(key, environment)));
    match (chosen, environment.path("HOME")) {
        (Some(key), _) => vec![key],
        (None, Some(home)) => USUAL_KEYS.iter().map(|key| home.join(key)).filter(|key| key.is_file()).collect(),
        (None, None) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::lookup::Prompt;
    use super::*;
    use sealer_model::cluster::SecretPlace;
    use std::{fs, io};

    const NOBODY: Prompt<'static> = &|_| Err(io::ErrorKind::NotConnected.into());

    fn login(passwd: Option<&str>) -> Login {
        Login { passwd: passwd.map(str::to_owned), ..Login::default() }
    }

    /// The credentials, and what is warned about.
    fn settled(
        login: &Login,
        ssh: &Ssh,
        environment: &Environment,
        prompt: Prompt<'_>,
    ) -> Result<(Credentials, Vec<String>), Failure> {
        let mut lookup = Lookup::new(environment, prompt);
        credentials(login, ssh, &mut lookup).map(|credentials| (credentials, lookup.warnings))
    }

    fn password(credentials: &Credentials) -> Option<&str> {
        credentials.password.as_ref().map(Secret::reveal)
    }

    #[test]
    fn a_typed_password_wins_over_the_environment_and_gives_a_warning_without_it() {
        let environment = Environment::of(&[("SEALER_PASSWD", "from-environment")]);
        let (found, warnings) = settled(&login(Some("typed")), &Ssh::default(), &environment, NOBODY).unwrap();
        assert_eq!(password(&found), Some("typed"));
        assert_eq!(warnings.len(), 1);
        assert!(!warnings[0].contains("typed"), "{warnings:?}");
    }

    #[test]
    fn the_environment_gives_no_warning() {
        let environment = Environment::of(&[("SEALER_PASSWD", "from-environment")]);
        let (found, warnings) = settled(&login(None), &Ssh::default(), &environment, NOBODY).unwrap();
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
        let (found, warnings) = settled(&login(Some("-")), &Ssh::default(), &terminal, prompt).unwrap();
        assert_eq!(password(&found), Some("answered"));
        assert_eq!(warnings, [""; 0]);
    }

    fn from_file(place: SecretPlace) -> Ssh {
        Ssh { password: Some(SecretSource::At(place)), ..Ssh::default() }
    }

    #[test]
    fn a_typed_password_wins_over_the_clusterfile_and_that_over_the_usual_variable() {
        let environment = Environment::of(&[("SEALER_PASSWD", "usual"), ("SITE", "of-the-site")]);
        let ssh = from_file(SecretPlace::Variable("SITE".into()));
        let (found, _) = settled(&login(None), &ssh, &environment, NOBODY).unwrap();
        assert_eq!(password(&found), Some("of-the-site"));
        let (found, _) = settled(&login(Some("typed")), &ssh, &environment, NOBODY).unwrap();
        assert_eq!(password(&found), Some("typed"));
    }

    #[test]
    fn a_secret_in_a_file_is_its_first_line_and_others_should_not_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "hunter2\nnot this\n").unwrap();
        let ssh = from_file(SecretPlace::File(path.to_str().unwrap().into()));
        for (mode, warned) in [(0o600, 0), (0o644, 1)] {
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
            let (found, warnings) = settled(&login(None), &ssh, &Environment::of(&[]), NOBODY).unwrap();
            assert_eq!(password(&found), Some("hunter2"));
            assert_eq!(warnings.len(), warned, "{warnings:?}");
        }
    }

    #[test]
    fn a_variable_or_file_that_is_not_there_is_named() {
        let missing = [SecretPlace::Variable("NOWHERE".into()), SecretPlace::File("/nowhere/NOWHERE".into())];
        for place in missing {
            let failure = settled(&login(None), &from_file(place), &Environment::of(&[]), NOBODY).unwrap_err();
            assert!(failure.causes[0].contains("NOWHERE"), "{failure:?}");
        }
    }

    #[test]
    fn without_a_terminal_nobody_is_asked_and_the_variable_is_named() {
        let prompt: Prompt<'_> = &|_| panic!("nobody is there");
        let failure = settled(&login(Some("-")), &Ssh::default(), &Environment::of(&[]), prompt).unwrap_err();
        assert_eq!(failure.causes, ["there is no terminal to ask for --passwd at"]);
        assert_eq!(failure.hints, ["set SEALER_PASSWD instead"]);
    }
}
