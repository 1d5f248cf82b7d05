//! `sealer login` and `sealer logout`. Passwords are kept as docker keeps them, in a file that only this user may read.

use super::Context;
use super::blocking::blocking;
use super::remote::{self, Wishes};
use crate::args::{LogIn, LogOut};
use crate::failure::Failure;
use crate::output;
use crate::settings::Environment;
use sealer_image::remote::{forget_login, keep_login};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Where a password may be given besides standard input.
const VARIABLE: &str = "SEALER_REGISTRY_PASSWD";

/// The longest password that standard input may hold.
const LONGEST: u64 = 64 * 1024;

/// Keeps a password that the registry accepts.
///
/// # Errors
/// When nobody tells the password, the registry does not accept it, or the file cannot be written.
pub(super) async fn log_in(request: LogIn, context: &Context) -> Result<(), Failure> {
    let (environment, typed, stdin) = (context.environment.clone(), request.passwd.clone(), request.password_stdin);
    if typed.is_some() {
        context.listener.warn(format!(
            "the value of --passwd is visible to every user of this machine: use --password-stdin or {VARIABLE} instead"
        ));
    }
    let password = blocking(move || password(typed, stdin, &environment)).await?;
    let (registry, user) = (request.registry, request.username);
    let mut insecure = request.insecure.hosts;
    insecure.extend(request.skip_tls_verify.then(|| registry.clone()));
    let client = remote::client(Wishes { insecure, ..Wishes::default() }, context).await?;
    let tried = client.try_login(&registry, &user, &password).await;
    tried.map_err(|error| Failure::of(error).within(format!("cannot log in to {registry}")))?;
    let (path, kept) = (file(&context.settings.root), registry.clone());
    blocking(move || Ok(keep_login(&path, &kept, &user, &password)?)).await?;
    output::print(format!("logged in to {registry}\n"))
}

/// Forgets a password.
///
/// # Errors
/// When there is none, or the file cannot be written.
pub(super) async fn log_out(request: LogOut, context: &Context) -> Result<(), Failure> {
    let (path, registry) = (file(&context.settings.root), request.registry);
    let named = registry.clone();
    if blocking(move || Ok(forget_login(&path, &registry)?)).await? {
        return output::print(format!("logged out of {named}\n"));
    }
    Err(Failure::failed(format!("sealer keeps no password for {named}"))
        .hint("what `docker login` or `podman login` keeps is forgotten with `docker logout` or `podman logout`"))
}

/// Read before the files of other tools.
fn file(root: &Path) -> PathBuf {
    root.join("auth.json")
}

fn password(typed: Option<String>, stdin: bool, environment: &Environment) -> Result<String, Failure> {
    if let Some(typed) = typed {
        return Ok(typed);
    }
    if stdin {
        let mut text = String::new();
        let read = std::io::stdin().lock().take(LONGEST).read_to_string(&mut text);
        read.map_err(|error| Failure::of(error).within("cannot read the password from standard input"))?;
        return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
    }
    match environment.text(VARIABLE) {
        Some(password) => Ok(password),
        None if environment.interactive => rpassword::prompt_password("Password: ").map_err(Failure::of),
        None => Err(Failure::failed("there is no terminal to ask for the password at")
            .hint(format!("give it with --password-stdin, or set {VARIABLE}"))),
    }
}
