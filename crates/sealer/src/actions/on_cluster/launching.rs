//! Applications launched from this machine: each as soon as what comes before it is ready, eight at a time, each with a log of its own.

use super::super::Context;
use super::Existing;
use super::files::Folder;
use crate::failure::Failure;
use crate::settings::OPENERS;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use sealer_cluster::redact::Redactor;
use sealer_model::cluster::Secrets;
use sealer_model::launch::{ADMINISTRATOR, LaunchCommand, Launched, Order};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

const AT_ONCE: usize = 8;
/// Bytes of a log that an error shows.
const SHOWN: usize = 2000;

/// What launches applications.
pub(super) struct Launcher<'a> {
    pub(super) folder: &'a Folder,
    pub(super) kubeconfig: &'a Path,
    pub(super) existing: &'a Existing,
    pub(super) secrets: &'a Secrets,
    pub(super) context: &'a Context,
}

impl Launcher<'_> {
    /// Launches all of them. After a failure nothing more is begun, and what is under way comes to its end.
    ///
    /// # Errors
    /// That of the first one that failed.
    pub(super) async fn launch(&self, applications: &[Launched]) -> Result<(), Failure> {
        let mut order = Order::of(applications);
        let mut running: FuturesUnordered<BoxFuture<'_, (usize, Result<(), Failure>)>> = FuturesUnordered::new();
        let mut failure = None;
        loop {
            while let Some(next) = order.next().filter(|_| failure.is_none() && running.len() < AT_ONCE) {
                order.begun(next);
                let application = &applications[next];
                running.push(async move { (next, self.one(application).await) }.boxed());
            }
            match running.next().await {
                Some((ended, Ok(()))) => order.ended(ended),
                Some((_, Err(error))) => drop(failure.get_or_insert(error)),
                None => return failure.map_or(Ok(()), Err),
            }
        }
    }

    async fn one(&self, application: &Launched) -> Result<(), Failure> {
        let name = application.name();
        self.context.listener.stage(format!("launch {name}"));
        let path = self.log(name)?;
        for command in &application.commands {
            let failed = |failure: Failure| failure.within(format!("application {name} could not be launched"));
            let mut log = append(&path)?;
            writeln!(log, "$ {}", command.text()).map_err(|error| unwritable(&path, error))?;
            let errors = log.try_clone().map_err(|error| unwritable(&path, error))?;
            let mut program = self.program(command)?;
            program.envs(&application.environment).stdin(Stdio::null()).stdout(log).stderr(errors).kill_on_drop(true);
            let status = program.status().await.map_err(|error| failed(Failure::of(error)))?;
            self.take_secrets_out(&path)?;
            if !status.success() {
                let said = Failure::failed(format!("{} said: {}", command.text(), end_of(&path)));
                return Err(failed(said).hint(format!("all that it said is in {}", path.display())));
            }
        }
        Ok(())
    }

    /// Commands say what they like, and secrets are part of their environment.
    fn take_secrets_out(&self, log: &Path) -> Result<(), Failure> {
        if self.secrets.is_empty() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&fs::read(log).map_err(|error| unwritable(log, error))?).into_owned();
        let known = self.secrets.known().map(|secret| secret.reveal().to_owned());
        let left = Redactor::new(known).without_known(&said);
        if left == said { Ok(()) } else { fs::write(log, left).map_err(|error| unwritable(log, error)) }
    }

    /// Releases and manifests are this program's own business; everything else is the shell's.
    fn program(&self, command: &LaunchCommand) -> Result<Command, Failure> {
        let mut program = match command {
            LaunchCommand::Shell(text) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", text]);
                shell
            }
            LaunchCommand::Release(arguments) => {
                let own = std::env::current_exe()
                    .map_err(|error| Failure::of(error).within("cannot find this very program"))?;
                let mut own = Command::new(own);
                own.args(arguments.iter().map(|argument| self.argument(argument)));
                own.args(self.existing.kube_context.iter().flat_map(|name| ["--kube-context", name]));
                own.args(
                    self.folder.names().into_iter().flat_map(|path| ["--image-names".into(), path.into_os_string()]),
                );
                own
            }
        };
        let kubeconfig = std::path::absolute(self.kubeconfig).map_err(Failure::of)?;
        program.current_dir(self.folder.rootfs()).env("KUBECONFIG", kubeconfig);
        for name in OPENERS {
            program.env_remove(name);
        }
        Ok(program)
    }

    /// Where a master has the administrator's kubeconfig, this machine has the one that was given.
    fn argument(&self, argument: &str) -> PathBuf {
        if argument == ADMINISTRATOR {
            return std::path::absolute(self.kubeconfig).unwrap_or_else(|_| self.kubeconfig.to_owned());
        }
        argument.into()
    }

    fn log(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.context.settings.root.join("launched");
        let created = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        created.map_err(|error| unwritable(&folder, error))?;
        let path = folder.join(format!("{name}.log"));
        let mut new = OpenOptions::new();
        new.write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| unwritable(&path, error))?;
        Ok(path)
    }
}

fn append(path: &Path) -> Result<File, Failure> {
    OpenOptions::new().append(true).open(path).map_err(|error| unwritable(path, error))
}

fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    Failure::of(error).within(format!("cannot write {}", path.display()))
}

/// The last of what was said.
fn end_of(log: &Path) -> String {
    let text = String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned();
    text[text.ceil_char_boundary(text.len().saturating_sub(SHOWN))..].trim().to_owned()
}
