//! `sealer clusterfile`, and how the other verbs read a Clusterfile.

use super::Context;
use super::blocking::blocking;
use crate::args::{Clusterfile as Request, ClusterfileVerb, Convert, Init, Lint, Login, OutputFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use sealer_model::cluster::SecretPlace;
use sealer_model::clusterfile::{
    Clusterfile, Draft, Finding, SecretSource, Severity, Ssh, UnfitClusterfile, convert, json_schema, reference_page,
};
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Does what was asked for with a Clusterfile.
///
/// # Errors
/// When a file cannot be read or written, or cannot be converted.
pub(super) async fn clusterfile(request: Request, context: &Context) -> Result<Exit, Failure> {
    match request.verb {
        ClusterfileVerb::Lint(it) => return lint(it).await,
        ClusterfileVerb::Convert(it) => converted(it).await?,
        ClusterfileVerb::Init(it) => init(*it, context).await?,
        ClusterfileVerb::Schema => output::print(json_schema())?,
        ClusterfileVerb::Reference => output::print(reference_page())?,
    }
    Ok(Exit::Done)
}

/// Reads a Clusterfile that a delivery may start with; warnings are told.
///
/// # Errors
/// When it cannot be read, with everything that is wrong with it, or with what this version cannot do.
pub(super) async fn read_fit(path: PathBuf, context: &Context) -> Result<Clusterfile, Failure> {
    let text = text_of(path.clone()).await?;
    let clusterfile = Clusterfile::read(&path.display().to_string(), &text);
    clusterfile.fit().map_err(|unfit| unfit_failure(clusterfile.file(), unfit))?;
    for finding in clusterfile.findings() {
        let hint = finding.hint.as_deref().map(|hint| format!("; {hint}")).unwrap_or_default();
        let Finding { file, line, field, message, .. } = finding;
        context.listener.warn(format!("{file}:{line}: {field}: {message}{hint}"));
    }
    Ok(clusterfile)
}

/// Every finding is a cause of its own; their hints stand with them.
pub(super) fn unfit_failure(file: &str, unfit: UnfitClusterfile) -> Failure {
    let mut failure = Failure::failed(format!("{file} cannot be used; no host was touched"));
    failure.causes.extend(unfit.findings.iter().map(ToString::to_string));
    failure
}

/// More than any Clusterfile has: whoever names a larger file has named the wrong one.
const LONGEST: u64 = 16 * 1024 * 1024;

async fn text_of(path: PathBuf) -> Result<String, Failure> {
    blocking(move || {
        let unreadable = |error| Failure::of(error).within(format!("cannot read {}", path.display()));
        let file = std::fs::File::open(&path).map_err(unreadable)?;
        let mut text = String::new();
        file.take(LONGEST + 1).read_to_string(&mut text).map_err(unreadable)?;
        if text.len() as u64 > LONGEST {
            return Err(Failure::failed(format!("{} is larger than any Clusterfile", path.display())));
        }
        Ok(text)
    })
    .await
}

async fn lint(request: Lint) -> Result<Exit, Failure> {
    let text = text_of(request.file.clone()).await?;
    let clusterfile = Clusterfile::read(&request.file.display().to_string(), &text);
    let findings = clusterfile.findings();
    match request.output {
        OutputFormat::Json => output::print_json(&findings)?,
        OutputFormat::Table if findings.is_empty() => output::print("no problems found\n")?,
        OutputFormat::Table => output::print(findings.iter().map(|it| format!("{it}\n")).collect::<String>())?,
    }
    let wrong = findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if wrong { Exit::ProblemsFound } else { Exit::Done })
}

async fn converted(request: Convert) -> Result<(), Failure> {
    let text = text_of(request.file.clone()).await?;
    let file = request.file.display().to_string();
    output::print(convert(&file, &text).map_err(|unfit| unfit_failure(&file, unfit))?)
}

async fn init(request: Init, context: &Context) -> Result<(), Failure> {
    if request.login.passwd.is_some() || request.login.pk_passwd.is_some() {
        let warning = "a secret is never written into a Clusterfile: the new one asks for it when it is used";
        context.listener.warn(warning.to_owned());
    }
    let path = request.file.clone();
    let text = draft(request).commented();
    match path {
        Some(path) if path != Path::new("-") => blocking(move || write_new(&path, &text)).await,
        _ => output::print(text),
    }
}

fn draft(request: Init) -> Draft {
    let hosts = |hosts: Option<crate::args::Hosts>| hosts.map(|hosts| hosts.0).unwrap_or_default();
    let applications = request.launching.applications();
    Draft {
        name: request.cluster_name,
        image: request.image.map(|image| image.to_string()),
        masters: request.masters.0,
        nodes: hosts(request.nodes),
        ssh: ssh(request.login),
        env: request.launching.env,
        applications,
        commands: request.launching.cmds,
        ..Draft::default()
    }
}

/// What the new file says of reaching hosts; of a secret only that it is asked for.
fn ssh(login: Login) -> Ssh {
    let asked = |typed: Option<String>| typed.map(|_| SecretSource::At(SecretPlace::Prompt));
    Ssh {
        user: login.user,
        password: asked(login.passwd),
        key: login.pk.map(|key| key.display().to_string()),
        key_password: asked(login.pk_passwd),
        port: login.port,
    }
}

/// A file that is there is somebody's work and stays.
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let within = |error| Failure::of(error).within(format!("cannot write {}", path.display()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(within)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(within)
}
