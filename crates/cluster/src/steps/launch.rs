//! How applications are launched on the first master: their commands run in the rootfs, side by side where nobody waits for another, what
//! they say is kept there, and a mark with the digest of what was launched tells a later run that nothing is left to do.

use crate::Error;
use crate::delivery::Delivery;
use crate::step::On;
use crate::steps::registry::file;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use sealer_model::Digest;
use sealer_model::agent::{Change, Command};
use sealer_model::cluster::{Cluster, Environment, Secrets};
use sealer_model::launch::{LaunchCommand, Launched, Order};
use sealer_tailor::TailoredFile;

/// What launching these touches: its own notes, and in the cluster what the applications of these names consist of. An image whose
/// applications contradict one another is refused elsewhere.
pub(super) fn touches<E>(cluster: &Cluster, launched: Result<Vec<Launched>, E>) -> Vec<String> {
    let named = launched.unwrap_or_default().into_iter().map(|it| format!("application {}", it.name()));
    [format!("{}/launched/", cluster.folder())].into_iter().chain(named).collect()
}

/// A release says itself how long it waits, and why it did not become ready; this only ends one that hangs. Each of its hooks may take
/// as long as the rest.
const RELEASE_SECONDS: u64 = 3600;

/// Applications that are launched at the same time.
const AT_ONCE: usize = 8;

/// Whether all of them were launched in exactly this form.
pub(super) async fn are_launched(on: &On<'_, Delivery>, applications: &[Launched]) -> Result<bool, Error> {
    let files = on.context.tailored(on.member)?;
    for application in applications {
        if !is_launched(on, &mark(on, application, &files)).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn is_launched(on: &On<'_, Delivery>, mark: &Mark) -> Result<bool, Error> {
    let found = on.agent()?.read_file(&mark.path).await?;
    Ok(found.as_deref() == Some(mark.digest.as_bytes()))
}

/// Launches those that are not launched yet, each as soon as what comes before it is ready. After a failure nothing more is begun, and
/// what is under way comes to its end.
pub(super) async fn launch(on: &On<'_, Delivery>, step: &str, applications: &[Launched]) -> Result<(), Error> {
    let files = on.context.tailored(on.member)?;
    let mut order = Order::of(applications);
    let mut running: FuturesUnordered<BoxFuture<'_, (usize, Result<String, Error>)>> = FuturesUnordered::new();
    let mut failure = None;
    loop {
        while let Some(next) = order.next().filter(|_| failure.is_none() && running.len() < AT_ONCE) {
            order.begun(next);
            let mark = mark(on, &applications[next], &files);
            running.push(async move { (next, one(on, step, &applications[next], &mark).await) }.boxed());
        }
        let Some((ended, result)) = running.next().await else { break };
        let application = &applications[ended];
        match result {
            Ok(log) => {
                // one after the other, whatever runs beside it
                let mark = mark(on, application, &files).change();
                let log = (!log.is_empty()).then(|| keep(on, application, &log));
                on.change(log.into_iter().chain([mark]).collect(), false).await?;
                order.ended(ended);
            }
            Err(error) => drop(failure.get_or_insert(error)),
        }
    }
    failure.map_or(Ok(()), Err)
}

/// Launches one application and returns what its commands said; nothing where it is launched already.
async fn one(on: &On<'_, Delivery>, step: &str, application: &Launched, mark: &Mark) -> Result<String, Error> {
    let mut log = String::new();
    if is_launched(on, mark).await? {
        return Ok(log);
    }
    for command in &application.commands {
        let mut program = program(on, command)?;
        program.environment.extend(application.environment.clone());
        program.directory = Some(on.context.rootfs());
        let finished = on.fleet().run_whole(on.address(), step, program).await?;
        let said = [&finished.output, &finished.errors].map(|text| end_of(text)).concat();
        let said = on.fleet().without_secrets(&said);
        log += &format!("$ {}\n{said}exit code {}\n", command.text(), finished.exit);
        if finished.exit != 0 {
            let path = log_path(on, application);
            on.change(vec![keep(on, application, &log)], false).await?;
            let source = finished.successful().map(drop).map_err(Error::from).err().map(Box::new);
            return Err(Error::NotLaunched { application: application.name().to_owned(), log: path, source });
        }
    }
    Ok(log)
}

/// Bytes that are kept of what one command said in either way.
const MOST_KEPT: usize = 256 * 1024;

fn end_of(text: &str) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(MOST_KEPT))..]
}

/// Keeps what commands said on the host, for its administrator alone: anything may be in it.
fn keep(on: &On<'_, Delivery>, application: &Launched, log: &str) -> Change {
    file(log_path(on, application), 0o600, log)
}

fn log_path(on: &On<'_, Delivery>, application: &Launched) -> String {
    format!("{}/launched/{}.log", on.cluster().folder(), application.name())
}

/// Releases are made by the agent's own program: it is this version's, whatever the host had before.
fn program(on: &On<'_, Delivery>, command: &LaunchCommand) -> Result<Command, Error> {
    match command {
        LaunchCommand::Shell(text) => Ok(on.context.command("sh", &["-c", text])),
        LaunchCommand::Release(arguments) => {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let command = on.context.command(on.fleet().agent_program(on.address())?, &arguments);
            Ok(Command { timeout_seconds: RELEASE_SECONDS, ..command })
        }
    }
}

/// What tells that these were launched.
pub(super) fn marks(on: &On<'_, Delivery>, applications: &[Launched]) -> Result<Vec<Change>, Error> {
    let files = on.context.tailored(on.member)?;
    Ok(applications.iter().map(|application| mark(on, application, &files).change()).collect())
}

struct Mark {
    path: String,
    digest: String,
    mode: u32,
}

impl Mark {
    fn change(self) -> Change {
        file(self.path, self.mode, &self.digest)
    }
}

/// From a digest that covers secrets, somebody could try out what they are.
pub(super) fn mark_mode(environment: &Environment, secrets: &Secrets) -> u32 {
    if secrets.are_in(environment) { 0o600 } else { 0o644 }
}

/// The mark covers the image, because the files that the commands name are in it, and what the site changes in these files.
fn mark(on: &On<'_, Delivery>, application: &Launched, files: &[TailoredFile]) -> Mark {
    let name = application.name();
    let image = &on.context.bundle.index.digest;
    let folder = application.application.as_ref().map_or(String::new(), |name| format!("application/apps/{name}/"));
    let files = files.iter().filter(|file| file.path.starts_with(&folder));
    let files: Vec<(&str, &str)> = files.map(|file| (file.path.as_str(), file.text.as_str())).collect();
    let commands: Vec<String> = application.commands.iter().map(LaunchCommand::text).collect();
    let what = format!("{image}\n{commands:?}\n{:?}\n{files:?}", application.environment);
    let path = format!("{}/launched/{name}", on.cluster().folder());
    Mark {
        path,
        digest: Digest::of(what.as_bytes()).to_string(),
        mode: mark_mode(&application.environment, on.fleet().secrets()),
    }
}
