//! How applications are launched on the first master: their commands run in the rootfs, and a mark with the digest of what
//! was launched tells a later run that nothing is left to do.

use crate::Error;
use crate::delivery::Delivery;
use crate::step::On;
use crate::steps::registry::file;
use sealer_model::Digest;
use sealer_model::agent::{Change, Command};
use sealer_model::launch::{LaunchCommand, Launched};
use sealer_tailor::TailoredFile;

/// A release says itself how long it waits, and why it did not become ready; this only ends one that hangs. Each of its hooks may take
/// as long as the rest.
const RELEASE_SECONDS: u64 = 3600;

/// Whether all of them were launched in exactly this form.
pub(super) async fn are_launched(on: &On<'_, Delivery>, applications: &[Launched]) -> Result<bool, Error> {
    let files = on.context.tailored(on.member)?;
    for application in applications {
        let mark = mark(on, application, &files);
        let found = on.agent()?.read_file(&mark.path).await?;
        if found.as_deref() != Some(mark.digest.as_bytes()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Launches them in order.
pub(super) async fn launch(on: &On<'_, Delivery>, step: &str, applications: &[Launched]) -> Result<(), Error> {
    let files = on.context.tailored(on.member)?;
    for application in applications {
        for command in &application.commands {
            let mut program = program(on, command)?;
            program.environment.extend(application.environment.clone());
            program.directory = Some(on.context.rootfs());
            on.fleet().run(on.address(), step, program).await?;
        }
        on.change(vec![mark(on, application, &files).change()], false).await?;
    }
    Ok(())
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
}

impl Mark {
    fn change(self) -> Change {
        file(self.path, 0o644, &self.digest)
    }
}

/// The mark covers the image, because the files that the commands name are in it, and what the site changes in these files.
fn mark(on: &On<'_, Delivery>, application: &Launched, files: &[TailoredFile]) -> Mark {
    let name = application.application.as_deref().unwrap_or(".commands");
    let image = &on.context.bundle.index.digest;
    let folder = application.application.as_ref().map_or(String::new(), |name| format!("application/apps/{name}/"));
    let files = files.iter().filter(|file| file.path.starts_with(&folder));
    let files: Vec<(&str, &str)> = files.map(|file| (file.path.as_str(), file.text.as_str())).collect();
    let commands: Vec<String> = application.commands.iter().map(LaunchCommand::text).collect();
    let what = format!("{image}\n{commands:?}\n{:?}\n{files:?}", application.environment);
    let path = format!("{}/launched/{name}", on.cluster().folder());
    Mark { path, digest: Digest::of(what.as_bytes()).to_string() }
}
